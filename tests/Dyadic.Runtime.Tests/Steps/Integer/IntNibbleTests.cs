using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

/// <summary>Products whose weights are read at four bits: the bytes of the definition, and of the same weights held as bytes.</summary>
public unsafe class IntNibbleTests
{
    private static readonly IntFormat[] Formats = [IntFormat.Full(DType.UInt8, 77), IntFormat.Full(DType.UInt8), IntFormat.Full(DType.Int8, -9), IntFormat.Full(DType.Int8, 127)];

    public static TheoryData<int, int> Sizes
    {
        get
        {
            TheoryData<int, int> sizes = [];
            foreach (int inner in (int[])[1, 31, 32, 33, 63, 64, 65, 255, 257, 577])
                foreach (int outs in (int[])[1, 15, 16, 17, 48]) sizes.Add(inner, outs);
            return sizes;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_rung_gives_the_codes_of_the_definition(int inner, int outs)
    {
        Rng rng = new((ulong)(inner * 100 + outs));
        foreach (int rows in (int[])[1, 2, 3, 4, 5, 9])
        {
            IntFormat from = Formats[(rows + inner) % Formats.Length];
            sbyte[] weights = [.. Enumerable.Range(0, inner * outs).Select(_ => (sbyte)(rng.NextInt(0, 16) - 8))];
            WeightCodes codes = WeightCodes.Of(weights, outs, byColumns: true);
            Assert.True(codes.AreNibbles);
            int[] bias = StepCheck.Biases(rng, outs);
            DyadicScale[] narrow = StepCheck.Scales(rng, outs, 0.01), wide = StepCheck.Scales(rng, outs, 2);
            byte[] x = StepCheck.Random(rng, from.Type, [rows, inner]);
            Check(new IntLinear(codes, bias, narrow, from, Formats[0]), new IntLinear(codes.Rows(), bias, narrow, from, Formats[0]), DType.UInt8);
            IntFormat to = IntFormat.Full(DType.Int16, 11);
            Check(new IntWideLinear(codes, bias, wide, from, to), new IntWideLinear(WeightCodes.Of(codes.Rows(), outs), bias, wide, from, to), DType.Int16);

            void Check(IntStep step, IntStep bytes, DType type)
            {
                byte[] expected = StepCheck.Equal(step, (type, [rows, outs]), (from.Type, [rows, inner], x));
                Assert.Equal(expected, StepCheck.Equal(bytes, (type, [rows, outs]), (from.Type, [rows, inner], x)));
                foreach (ExecutionMode mode in ExecutionMode.Rungs) Assert.Equal(expected, Prepared(step, mode, x, from.Type, [rows, inner], type, [rows, outs]));
            }
        }
    }

    // Every sum of pairs is as large as it can be: none may saturate or leave int16 before it is widened.
    [Theory]
    [InlineData(-8, (byte)255)]
    [InlineData(-8, (byte)0)]
    [InlineData(7, (byte)255)]
    [InlineData(7, (byte)0)]
    public void The_largest_sums_are_exact(int weight, byte value)
    {
        const int inner = 4096;
        sbyte[] weights = new sbyte[inner * 16];
        Array.Fill(weights, (sbyte)weight);
        WeightCodes codes = WeightCodes.Of(weights, 16, byColumns: true);
        foreach (IntFormat from in Formats)
            foreach (int rows in (int[])[1, 4])
            {
                byte[] x = new byte[rows * inner];
                Array.Fill(x, value);
                int[] sums = new int[rows * 16];
                foreach (ExecutionMode mode in StepCheck.Modes)
                {
                    fixed (byte* from0 = x)
                    fixed (int* y = sums) NibbleLinear.Sums(rows, from0, codes, y, from, in mode);
                    Assert.All(sums, s => Assert.Equal(inner * weight * (from.Read(value) - from.Zero), s));
                }
            }
    }

    [Fact]
    public void Weights_are_held_at_half_a_byte()
    {
        sbyte[] weights = new sbyte[256 * 128];
        WeightCodes codes = WeightCodes.Of(weights, 128, byColumns: true);
        Assert.Equal(weights.Length / 2 + 128 * sizeof(int), codes.HeldBytes);
        Assert.Equal(weights, codes.Bytes.ToArray());
        weights[77] = 8;
        Assert.False(WeightCodes.Of(weights, 128, byColumns: true).AreNibbles);
        weights[77] = -9;
        Assert.False(WeightCodes.Of(weights, 128, byColumns: true).AreNibbles);
    }

    private static byte[] Prepared(IntStep step, ExecutionMode mode, byte[] x, DType from, int[] given, DType to, int[] made)
    {
        byte[] y = new byte[made[0] * made[1] * to.Size()];
        step.Prepare(in mode);
        fixed (byte* source = x)
        fixed (byte* target = y) step.Run([new TensorView(from, given, source)], [new TensorView(to, made, target)], in mode);
        return y;
    }
}
