using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

public class IntRowTests
{
    private static readonly IntFormat[] Inputs = [IntFormat.Full(DType.UInt8, 100), IntFormat.Full(DType.Int8, -3), IntFormat.Full(DType.Int16)];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(37)]
    [InlineData(128)]
    [InlineData(1000)]
    public void Softmax_and_layer_norm_equal_their_definition_in_every_width(int width)
    {
        Rng rng = new Rng(1).Split($"rows {width}");
        foreach (IntFormat from in Inputs)
            foreach (IntFormat to in (IntFormat[])[IntFormat.Full(DType.UInt8), new(DType.Int8, -128, -120, 100), IntFormat.Full(DType.Int16)])
            {
                foreach (double scale in new[] { 0.5, 0.03, 7e-4, 2e-6 })
                    StepCheck.Equal(new IntSoftmax(SoftmaxCodes.Of(scale, 1.0 / 256), from, to), rng, (to.Type, [3, 5, width]), (from.Type, [3, 5, width]));
                double[] gain = [.. Enumerable.Range(0, width).Select(_ => (2 * rng.NextDouble()) - 1)], offset = [.. gain.Select(_ => (4 * rng.NextDouble()) - 2)];
                foreach (double epsilon in new[] { 0, 1e-5, 10 })
                    StepCheck.Equal(new IntLayerNorm(LayerNormCodes.Of(0.01, from.IsWide, gain, offset, epsilon, to.IsWide ? 2e-4 : 0.03), from, to), rng, (to.Type, [2, 3, width]), (from.Type, [2, 3, width]));
            }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.05)]
    [InlineData(0.01)]
    [InlineData(1e-3)]
    [InlineData(6e-5)]
    [InlineData(3e-6)]
    public void Softmax_is_within_its_bound_of_the_real_one(double scale)
    {
        Rng rng = new(2);
        const double To = 1.0 / 255;
        SoftmaxCodes codes = SoftmaxCodes.Of(scale, To);
        foreach (int width in new[] { 2, 7, 64, 513 })
            for (int round = 0; round < 20; round++)
            {
                double spread = Math.Min(32767, 12 / scale);
                short[] x = [.. Enumerable.Range(0, width).Select(_ => (short)(spread * ((2 * rng.NextDouble()) - 1)))];
                byte[] y = StepCheck.Equal(new IntSoftmax(codes, Inputs[2], IntFormat.Full(DType.UInt8)), (DType.UInt8, [width]), (DType.Int16, [width], Bytes(x)));
                double most = x.Max() * scale, sum = x.Sum(q => Math.Exp((q * scale) - most));
                double bound = (To / 2) + (2 * (1.91e-3 + Math.ScaleB(scale, codes.Dropped)));
                for (int i = 0; i < width; i++) Assert.InRange((y[i] * To) - (Math.Exp((x[i] * scale) - most) / sum), -bound, bound);
            }
    }

    [Fact]
    public void A_mask_repeats_along_axes_and_what_it_shuts_out_is_zero()
    {
        Rng rng = new(3);
        int[] terms = new int[256];
        for (int i = 0; i < 256; i++) terms[i] = i % 3 == 0 ? -SoftmaxMask.Most : i - 128;
        SoftmaxCodes codes = SoftmaxCodes.Of(0.002, 1.0 / 256);
        foreach (int[] dims in (int[][])[[2, 3, 4, 9], [2, 1, 1, 9], [1, 3, 4, 1], [4, 9], [9], [1], [2, 1, 4, 9]])
        {
            IntSoftmax step = new(codes, Inputs[2], IntFormat.Full(DType.UInt8), SoftmaxMask.Adding(terms));
            StepCheck.Equal(step, rng, (DType.UInt8, [2, 3, 4, 9]), (DType.Int16, [2, 3, 4, 9]), (DType.UInt8, dims));
        }
        byte[] mask = [0, 1, 2, 3, 4];
        byte[] y = StepCheck.Equal(new IntSoftmax(codes, Inputs[2], IntFormat.Full(DType.UInt8), SoftmaxMask.Adding(terms)), (DType.UInt8, [1, 5]), (DType.Int16, [1, 5], Bytes(new short[5])), (DType.UInt8, [5], mask));
        Assert.Equal([0, 0], new[] { y[0], y[3] });
        Assert.All(new[] { y[1], y[2], y[4] }, v => Assert.InRange(v, 80, 90));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_condition_puts_one_number_in_the_place_of_what_it_hides(bool turned)
    {
        Rng rng = new(5);
        IntSoftmax step = new(SoftmaxCodes.Of(0.002, 1.0 / 256), Inputs[2], IntFormat.Full(DType.UInt8), SoftmaxMask.Choosing(-SoftmaxMask.Most, turned));
        byte[] mask = [.. Enumerable.Range(0, 20).Select(i => (byte)((i % 3 == 0) != turned ? 1 : 0))], hidden = [.. Enumerable.Repeat((byte)(turned ? 1 : 0), 20)];
        byte[] scores = StepCheck.Random(rng, DType.Int16, [3, 20]);
        byte[] y = StepCheck.Equal(step, (DType.UInt8, [3, 20]), (DType.Int16, [3, 20], scores), (DType.Bool, [20], mask));
        Assert.All(Enumerable.Range(0, 60).Where(i => i % 20 % 3 != 0), i => Assert.Equal(0, y[i]));
        // A query that sees nothing sees all alike.
        Assert.All(StepCheck.Equal(step, (DType.UInt8, [3, 20]), (DType.Int16, [3, 20], scores), (DType.Bool, [20], hidden)), v => Assert.Equal(13, v));
    }

    // What stands for the hidden ones is in units of x, so relative to its zero point.
    [Fact]
    public void A_number_in_the_place_of_a_code_does_not_depend_on_the_zero_point()
    {
        byte[] mask = [1, 0, 1, 0, 1, 1];
        int[] reals = [12, 3, -40, 7, 0, 25];
        byte[][] results = [.. new[] { 0, 60, 117, 180 }.Select(zero => StepCheck.Equal(
            new IntSoftmax(SoftmaxCodes.Of(0.02, 1.0 / 256), IntFormat.Full(DType.UInt8, zero + 40), IntFormat.Full(DType.UInt8), SoftmaxMask.Choosing(-5)),
            (DType.UInt8, [6]), (DType.UInt8, [6], [.. reals.Select(r => (byte)(r + zero + 40))]), (DType.Bool, [6], mask)))];
        Assert.All(results, r => Assert.Equal(results[0], r));
        Assert.Equal(results[0][1], results[0][3]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Layer_norm_is_the_real_one_but_for_its_last_rounding(bool wide)
    {
        Rng rng = new(4);
        IntFormat from = wide ? Inputs[2] : Inputs[1];
        const double Scale = 0.004, To = 1e-3, Epsilon = 1e-5;
        foreach (int width in new[] { 5, 64, 768 })
        {
            double[] gain = [.. Enumerable.Range(0, width).Select(_ => 2 * rng.NextDouble())], offset = [.. gain.Select(_ => rng.NextDouble() - 0.5)];
            IntLayerNorm step = new(LayerNormCodes.Of(Scale, wide, gain, offset, Epsilon, To), from, IntFormat.Full(DType.Int16));
            foreach (int spread in wide ? new[] { 300, 3000, 30_000 } : [4, 30, 120])
            {
                int[] x = [.. Enumerable.Range(0, width).Select(_ => rng.NextInt(-spread, spread + 1))];
                byte[] data = wide ? Bytes([.. x.Select(q => (short)q)]) : [.. x.Select(q => (byte)q)];
                short[] y = MemoryMarshal.Cast<byte, short>(StepCheck.Equal(step, (DType.Int16, [width]), (from.Type, [width], data))).ToArray();
                double mean = x.Average() * Scale, deviation = Math.Sqrt(x.Average(q => ((q * Scale) - mean) * ((q * Scale) - mean)) + Epsilon);
                // The mean is off by half a unit at most, the deviation then by less; the last rounding by half a step.
                double unit = Scale / (wide ? 1 : 256);
                for (int c = 0; c < width; c++)
                {
                    double real = (((x[c] * Scale) - mean) / deviation * gain[c]) + offset[c];
                    double bound = (To / 2) + (gain[c] * unit / deviation * (0.5 + Math.Abs(((x[c] * Scale) - mean) / deviation))) + 1e-6;
                    Assert.InRange((y[c] * To) - real, -bound, bound);
                }
            }
        }
    }

    [Fact]
    public void A_constant_row_is_its_offset()
    {
        double[] gain = [1, 2, 3], offset = [0.5, -0.25, 0];
        IntLayerNorm step = new(LayerNormCodes.Of(0.1, true, gain, offset, 0, 0.25), Inputs[2], IntFormat.Full(DType.Int8));
        Assert.Equal(new byte[] { 2, 255, 0 }, StepCheck.Equal(step, (DType.Int8, [3]), (DType.Int16, [3], Bytes([7, 7, 7]))));
    }

    [Fact]
    public void Functions_that_cannot_be_computed_are_refused()
    {
        Assert.Throws<PrecisionException>(() => SoftmaxCodes.Of(0.7, 1.0 / 256));
        Assert.Throws<PrecisionException>(() => SoftmaxCodes.Of(0.01, 2));
        Assert.Throws<PrecisionException>(() => LayerNormCodes.Of(0.01, true, [1, 1], [1e30, 0], 1e-5, 1e-3));
        Assert.Throws<PrecisionException>(() => LayerNormCodes.Of(1e-12, true, [1, 1], [0, 0], 1, 1e-3));
        Assert.Throws<ShapeException>(() => SoftmaxMask.Adding([1, 2]));
    }

    private static byte[] Bytes(short[] codes) => MemoryMarshal.AsBytes<short>(codes).ToArray();
}
