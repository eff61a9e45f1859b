using System.Runtime.InteropServices;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.Contractions;

public sealed unsafe class FloatContractionTests
{
    public static TheoryData<InstructionSet> Sets => [InstructionSet.None, .. InstructionSets.Available];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_set_gives_the_bits_of_the_definition_within_its_buffers(InstructionSet set)
    {
        Rng random = new(7);
        for (int n = 0; n < 400; n++) Check(n, ConvCase.Next(random), set, random);
    }

    [Fact]
    public void A_nan_stays_one_through_the_clamp()
    {
        foreach (InstructionSet set in new[] { InstructionSet.None }.Concat(InstructionSets.Available))
        {
            float[] x = [float.NaN, 1], y = new float[2];
            fixed (float* from = x, to = y)
                FloatContraction.Linear(new float[] { 2 }, [0], 1, -1, 1).Run(new(1, 1, 2, 1, 1, 2, 1, 1, new(1, 1)), from, null, to, new ExecutionMode(SimdWidth.V128, 1) { Code = set });
            Assert.Equal([float.NaN, 1], y);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Products_of_odd_sizes_are_chains_along_k(InstructionSet set)
    {
        Rng random = new(5);
        foreach ((int rows, int inner, int outs) in new[] { (1, 1, 1), (13, 7, 33), (25, 3, 70), (5, 129, 16), (12, 64, 48) })
        {
            float[] x = Values(rows * inner, random), w = Values(inner * outs, random), bias = Values(outs, random), y = new float[rows * outs];
            fixed (float* from = x, to = y)
                FloatContraction.Linear(w, bias, outs).Run(new(1, inner, rows, 1, outs, rows, 1, 1, new(1, 1)), from, null, to, new ExecutionMode(SimdWidth.V256, 2) { Code = set });
            for (int i = 0; i < y.Length; i++)
            {
                float sum = bias[i % outs];
                for (int k = 0; k < inner; k++) sum = MathF.FusedMultiplyAdd(x[i / outs * inner + k], w[k * outs + i % outs], sum);
                Assert.Equal(sum, y[i]);
            }
        }
    }

    private static void Check(int number, in WindowSizes s, InstructionSet set, Rng random)
    {
        float[] w = Values(s.OutChannels * (s.Channels / s.Groups) * s.Window.Taps, random), bias = Values(s.OutChannels, random);
        float[] x = Values(s.Batch * s.Height * s.Width * s.Channels, random);
        int outputs = s.Batch * s.OutHeight * s.OutWidth * s.OutChannels;
        float[]? residual = random.NextInt(2) == 0 ? null : Values(outputs, random);
        FloatContraction conv = FloatContraction.Conv(w, bias, s.OutChannels, s.Groups, s.Window, -1, 2);
        bool atEnd = random.NextInt(2) == 0;
        using FencedMemory from = FencedMemory.Of<float>(x, atEnd), added = FencedMemory.Of<float>(residual ?? [], atEnd), to = new(outputs * 4, atEnd);
        conv.Run(in s, (float*)from.Pointer, residual is null ? null : (float*)added.Pointer, (float*)to.Pointer, new ExecutionMode(SimdWidth.V256, 1 + random.NextInt(3)) { Code = set });
        float[] expected = ConvCase.Float(in s, x, w, bias, residual, -1, 2);
        int different = expected.AsSpan().CommonPrefixLength(MemoryMarshal.Cast<byte, float>(to.Span));
        Assert.True(different == outputs, $"case {number}, {s}, residual {residual is not null}: output {different}");
    }

    private static float[] Values(int length, Rng random)
    {
        float[] values = new float[length];
        random.FillUniform(values, -1, 1);
        return values;
    }
}
