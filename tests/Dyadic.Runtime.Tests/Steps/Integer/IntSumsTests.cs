using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

/// <summary>Sums of products of codes: by their definition, on vectors, on generated kernels and on several threads.</summary>
public class IntSumsTests
{
    public static TheoryData<int, int, int, bool, bool> Products => new()
    {
        { 1, 1, 1, false, false }, { 5, 7, 3, true, false }, { 17, 70, 33, true, true }, { 3, 0, 4, false, true }, { 2, 40000, 3, false, false },
    };

    [Theory, MemberData(nameof(Products))]
    public void Products_equal_their_definition(int m, int k, int n, bool perRow, bool perColumn)
    {
        foreach (DType a in (DType[])[DType.Int8, DType.UInt8])
            foreach (DType b in (DType[])[DType.Int8, DType.UInt8])
                Equal(new IntMatMul(), [m, n], (a, [m, k]), (b, [k, n]), (a, [perRow ? m : 1]), (b, [perColumn ? n : 1]));
    }

    [Fact]
    public void Batches_of_products_equal_their_definition() =>
        Equal(new IntMatMul(), [2, 3, 5, 4], (DType.UInt8, [2, 1, 5, 9]), (DType.Int8, [3, 9, 4]), (DType.UInt8, [5]), (DType.Int8, [4]));

    [Theory, InlineData(1, 6), InlineData(2, 6), InlineData(6, 6)]
    public void Convolutions_equal_their_definition(int groups, int channels)
    {
        Window window = new(3, 2, 2, 1, 1, 0, 0, 1, 1, 2);
        foreach (DType w in (DType[])[DType.Int8, DType.UInt8])
            Equal(
                new IntConvSums(window, groups), [2, 12, window.OutputHeight(7), window.OutputWidth(6)],
                (DType.UInt8, [2, channels, 7, 6]), (w, [12, channels / groups, 3, 2]), (DType.UInt8, [1]), (w, [12]));
    }

    // Extremes come often, so that sums leave int32 where they can.
    private static void Equal(IntStep step, int[] y, params (DType Type, int[] Dims)[] inputs)
    {
        Rng rng = new(9);
        (DType Type, int[] Dims, byte[] Data)[] filled = [.. inputs.Select(i => (i.Type, i.Dims, Codes(rng, i.Dims.Aggregate(1, (a, b) => a * b))))];
        byte[] expected = StepCheck.Equal(step, (DType.Int32, y), filled);
        StepCall call = new(step, inputs, (DType.Int32, y));
        for (int i = 0; i < inputs.Length; i++) filled[i].Data.CopyTo(call.Input(i));
        foreach (ExecutionMode mode in ExecutionMode.Rungs)
        {
            call.Output(0).Fill(0xAB);
            call.Run(mode);
            Assert.Equal(expected, call.Output(0).ToArray());
        }
    }

    private static byte[] Codes(Rng rng, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => rng.NextInt(4) switch { 0 => (byte)0x80, 1 => (byte)0xFF, 2 => (byte)0x7F, _ => (byte)rng.NextInt(256) })];
}
