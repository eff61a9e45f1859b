using System.Numerics;
using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

public class IntWideTests
{
    private static readonly IntFormat Wide = IntFormat.Full(DType.Int16), Byte = IntFormat.Full(DType.UInt8, 77), Signed = IntFormat.Full(DType.Int8, 0);

    [Fact]
    public void Sums_are_their_rational_rounded_once()
    {
        Rng rng = new(1);
        foreach (IntFormat to in (IntFormat[])[Wide, IntFormat.Full(DType.Int16, 1000), Byte])
            foreach (IntFormat[] from in (IntFormat[][])[[Wide, Byte], [Signed, Byte], [Wide, Wide, Signed], [Byte, Byte, Byte, Wide]])
            {
                DyadicScale[] scales = [.. from.Select(f => DyadicScale.Nearest((to.IsWide ? 100 : 0.4) * (f.IsWide ? 0.003 : 1) * (0.5 + rng.NextDouble())))];
                int[] dims = [7, 100];
                (DType, int[], byte[])[] inputs = [.. from.Select(f => (f.Type, dims, StepCheck.Random(rng, f.Type, dims)))];
                byte[] y = StepCheck.Equal(new IntWideSum(scales, from, to), (to.Type, dims), inputs);
                int[] multipliers = new int[from.Length];
                DyadicScale.Align(scales, multipliers, out int shift);
                for (int i = 0; i < 700; i++)
                {
                    BigInteger sum = 0;
                    for (int t = 0; t < from.Length; t++) sum += (BigInteger)(Code(inputs[t].Item3, i, from[t]) - from[t].Zero) * multipliers[t];
                    Assert.Equal(Exact.Clamped(sum, BigInteger.One << shift, to.Zero, to.Lo, to.Hi), Code(y, i, to));
                }
            }
    }

    [Fact]
    public void A_shorter_term_repeats()
    {
        Rng rng = new(2);
        IntWideSum step = new([DyadicScale.Nearest(0.3), DyadicScale.Nearest(20), DyadicScale.Nearest(9)], [Wide, Byte, Signed], Wide);
        StepCheck.Equal(step, rng, (DType.Int16, [3, 5, 70]), (DType.Int16, [3, 5, 70]), (DType.UInt8, [5, 70]), (DType.Int8, [70]));
        StepCheck.Equal(step, rng, (DType.Int16, [3, 5, 70]), (DType.Int16, [3, 5, 70]), (DType.UInt8, [1]), (DType.Int8, [1, 5, 70]));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 33, 17)]
    [InlineData(40, 64, 48)]
    [InlineData(3, 300, 130)]
    [InlineData(1100, 20, 130)]
    public void A_product_with_weights_equals_the_definition_on_every_rung(int rows, int inner, int outs)
    {
        Rng rng = new Rng(3).Split($"{rows} {inner} {outs}");
        foreach (IntFormat from in (IntFormat[])[Byte, Signed, IntFormat.Full(DType.Int8, -128)])
            foreach (bool nineBits in new[] { false, true })
            {
                short[] weights = StepCheck.Weights(rng, outs * inner);
                if (nineBits) weights[0] = 200;
                IntWideLinear step = new(WeightCodes.Of(weights, outs), StepCheck.Biases(rng, outs), StepCheck.Scales(rng, outs, 0.5 / Math.Sqrt(inner)), from, Wide with { Hi = 30_000 });
                EqualOnRungs(step, (DType.Int16, [rows, outs]), (from.Type, [rows, inner], StepCheck.Random(rng, from.Type, [rows, inner])));
            }
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(3, 16, 8, 16)]
    [InlineData(2, 7, 33, 19)]
    [InlineData(4, 128, 64, 40)]
    public void A_product_of_activations_equals_the_definition_on_every_rung(int count, int m, int k, int n)
    {
        Rng rng = new Rng(4).Split($"{count} {m} {k} {n}");
        foreach ((IntFormat a, IntFormat b) in ((IntFormat, IntFormat)[])[(Signed, Signed), (Byte, Signed), (IntFormat.Full(DType.UInt8), Byte), (IntFormat.Full(DType.Int8, 5), IntFormat.Full(DType.Int8, -128))])
            foreach (IntFormat to in (IntFormat[])[Wide, Byte, new(DType.Int8, 0, 0, 127)])
            {
                IntProduct step = new(DyadicScale.Nearest((to.IsWide ? 0.4 : 0.003) / Math.Sqrt(k)), a, b, to, k);
                EqualOnRungs(step, (to.Type, [count, 2, m, n]), (a.Type, [count, 2, m, k], StepCheck.Random(rng, a.Type, [count, 2, m, k])), (b.Type, [count, 2, k, n], StepCheck.Random(rng, b.Type, [count, 2, k, n])));
                EqualOnRungs(step, (to.Type, [count, 2, m, n]), (a.Type, [count, 1, m, k], StepCheck.Random(rng, a.Type, [count, 1, m, k])), (b.Type, [2, k, n], StepCheck.Random(rng, b.Type, [2, k, n])));
            }
    }

    [Fact]
    public void The_lowest_code_of_a_symmetric_factor_is_exact()
    {
        byte[] all = [.. Enumerable.Repeat((byte)0x80, 64)];
        IntProduct step = new(DyadicScale.Nearest(1), Signed, Signed, Wide, 8);
        short[] y = MemoryMarshal.Cast<byte, short>(EqualOnRungs(step, (DType.Int16, [8, 8]), (DType.Int8, [8, 8], all), (DType.Int8, [8, 8], all))).ToArray();
        Assert.All(y, v => Assert.Equal(short.MaxValue, v));      // 8·2¹⁴ saturates
        Assert.Throws<PlanException>(() => new IntProduct(DyadicScale.Nearest(1), Byte, Byte, Wide, 70_000));
    }

    private static byte[] EqualOnRungs(IntStep step, (DType Type, int[] Dims) output, params (DType Type, int[] Dims, byte[] Data)[] inputs)
    {
        byte[] expected = StepCheck.Equal(step, output, inputs);
        foreach (ExecutionMode rung in ExecutionMode.Rungs)
            foreach (int threads in new[] { 1, 3 })
            {
                ExecutionMode mode = rung with { Threads = threads };
                step.Prepare(in mode);
                StepCall call = new(step, [.. inputs.Select(i => (i.Type, i.Dims))], output);
                for (int i = 0; i < inputs.Length; i++) inputs[i].Data.CopyTo(call.Input(i));
                call.Run(in mode);
                Assert.True(expected.AsSpan().SequenceEqual(call.Output(0)), $"{step} {mode.Rung} on {threads} threads");
            }
        return expected;
    }

    private static int Code(byte[] data, int at, IntFormat format) => format.IsWide ? BitConverter.ToInt16(data, 2 * at) : format.Read(data[at]);
}
