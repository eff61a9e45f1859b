namespace Dyadic.Numerics.Tests;

public class IntegerFunctionTests
{
    private static readonly double[] s_scales = [0.05, 0.02, 0.01, 0.005, 0.001, 1e-4];

    // The worked numbers of Kim et al. 2021's algorithms; the sign of a product's unit is turned, so that it is positive.
    [Theory]
    [InlineData(100, 11570500, 0.835390)]
    [InlineData(-100, -2280100, -0.164623)]
    [InlineData(0, 0, 0)]
    public void Gelu_at_one_hundredth(long q, long result, double real)
    {
        IntegerGelu gelu = new(0.01);
        Assert.Equal(result, gelu.Of(q));
        Assert.Equal(real, gelu.Of(q) * gelu.Scale, 6);
        Assert.Equal(7.22e-8, gelu.Scale, 1e-10);
    }

    [Fact]
    public void Gelu_clips_at_the_last_code_within_the_limit()
    {
        IntegerGelu gelu = new(0.05);
        Assert.Equal(60 * (2770 + 2771), gelu.Of(60));
        Assert.Equal(3.000452, gelu.Of(60) * gelu.Scale, 6);
        Assert.Equal(46452, new IntegerErf(0.01 / Math.Sqrt(2)).Of(100));
    }

    [Theory]
    [InlineData(0.05, 0.021)]
    [InlineData(0.01, 0.0183)]
    [InlineData(0.001, 0.0183)]
    public void Gelu_is_as_far_from_gelu_as_stated(double scale, double most)
    {
        IntegerGelu whole = new(scale), fitted = IntegerGelu.Fitted(scale);
        double worst = 0, worstFitted = 0;
        for (long q = (long)(-6 / scale); q * scale <= 6; q++)
        {
            double expected = Gelu(q * scale);
            worst = Math.Max(worst, Math.Abs((whole.Of(q) * whole.Scale) - expected));
            worstFitted = Math.Max(worstFitted, Math.Abs((fitted.Of(q) * fitted.Scale) - expected));
        }
        Assert.InRange(worst, 0.9 * most, most);
        Assert.InRange(worstFitted, 0.9 * most, most + 0.0002);
    }

    // Products of the fitted function stay small; those of the whole one would not fit int32.
    [Fact]
    public void Fitted_gelu_keeps_seventeen_bits_beside_its_argument()
    {
        foreach (double scale in s_scales)
            for (long q = -40_000; q <= 40_000; q += 7) Assert.True(Math.Abs(IntegerGelu.Fitted(scale).Of(q)) <= Math.Abs(q) << 17, $"{scale} {q}");
        Assert.Throws<PrecisionException>(() => new IntegerGelu(0.05, 14));
    }

    [Theory]
    [InlineData(0, 27820)]
    [InlineData(-30, 20620)]
    [InlineData(-100, 10205)]
    [InlineData(-200, 3731)]
    [InlineData(-500, 183)]
    [InlineData(-5000, 0)]
    [InlineData(long.MinValue + 1, 0)]
    public void Exp_of_the_paper_at_one_hundredth(long q, long result) => Assert.Equal(result, IntegerExp.Paper(0.01).Of(q));

    [Theory]
    [InlineData(0.02, 0.0129)]
    [InlineData(0.01, 0.0036)]
    [InlineData(0.005, 0.0036)]
    [InlineData(0.001, 0.0022)]
    public void Exp_of_the_paper_is_as_far_from_exp_as_stated(double scale, double most) => Assert.InRange(ExpError(IntegerExp.Paper(scale), scale), 0.9 * most, most);

    // δ of the polynomial, ln 2 to half a code in each halving and constants rounded down: δ + S.
    [Fact]
    public void Fine_exp_is_within_its_bound_for_every_code()
    {
        foreach (double scale in s_scales)
        {
            IntegerExp exp = IntegerExp.Fine(scale);
            Assert.Equal(1, exp.One * exp.Scale, scale);
            Assert.True(ExpError(exp, scale) <= 1.92e-3 + scale, $"{scale}");
            for (long q = -5000; q < 0; q++) Assert.True(exp.Of(q) <= exp.One + (exp.One >> 10), $"{scale} {q}");
        }
        Assert.Throws<PrecisionException>(() => IntegerExp.Fine(1e-6));
        Assert.Throws<PrecisionException>(() => IntegerExp.Paper(2));
        Assert.Throws<PrecisionException>(() => IntegerExp.Fine(double.NaN));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(62)]
    public void Softmax_of_four_values(int fraction)
    {
        IntegerExp exp = IntegerExp.Paper(0.02);
        Assert.Equal([6887, 3059, 4607, 215], new long[] { 0, -40, -20, -170 }.Select(exp.Of));
        int[] result = new int[4];
        new IntegerSoftmax(exp, Fraction: fraction).Run([120, 80, 100, -50], result);
        Assert.Equal([119, 53, 79, 3], result);
    }

    [Fact]
    public void Softmax_sums_to_nearly_one_and_keeps_the_order()
    {
        Rng rng = new(1);
        foreach (double scale in s_scales)
            foreach (int k in (int[])[1, 2, 5, 64, 512])
            {
                IntegerSoftmax softmax = new(IntegerExp.Fine(scale));
                int[] q = [.. Enumerable.Range(0, k).Select(_ => rng.NextInt(4000) - 2000)], result = new int[k];
                softmax.Run(q, result);
                Assert.InRange(result.Sum(), 256 - k, 256);
                for (int i = 1; i < k; i++) Assert.True(q[i] < q[i - 1] ? result[i] <= result[i - 1] + 1 : result[i] >= result[i - 1] - 1);
                double[] real = [.. q.Select(v => Math.Exp((v - q.Max()) * scale))];
                for (int i = 0; i < k; i++) Assert.True(Math.Abs((result[i] / 256.0) - (real[i] / real.Sum())) <= (1 / 256.0) + (2 * (2e-3 + scale)), $"{scale} {k}");
            }
        Assert.Throws<ShapeException>(() => new IntegerSoftmax(IntegerExp.Fine(0.01)).Run([], []));
    }

    // 4/9·δ + S/4 + half a unit of the result, for every code up to ±12.
    [Fact]
    public void Sigmoid_tanh_and_silu_are_within_their_bounds_for_every_code()
    {
        foreach (double scale in s_scales)
        {
            IntegerSigmoid sigmoid = new(scale), narrow = new(scale, 8);
            IntegerTanh tanh = new(scale);
            IntegerSilu silu = new(scale);
            double bound = (4.0 / 9 * 1.92e-3) + (scale / 4), boundTanh = 2 * ((4.0 / 9 * 1.92e-3) + (scale / 2));
            for (long q = -(long)(12 / scale); q * scale <= 12; q++)
            {
                double x = q * scale, expected = 1 / (1 + Math.Exp(-x));
                Assert.True(Math.Abs((sigmoid.Of(q) * sigmoid.Scale) - expected) <= bound + (sigmoid.Scale / 2), $"σ {scale} {q}");
                Assert.True(Math.Abs((narrow.Of(q) * narrow.Scale) - expected) <= bound + (narrow.Scale / 2), $"narrow σ {scale} {q}");
                Assert.True(Math.Abs((tanh.Of(q) * tanh.Scale) - Math.Tanh(x)) <= boundTanh + tanh.Scale, $"tanh {scale} {q}");
                Assert.True(Math.Abs((silu.Of(q) * silu.Scale) - (x * expected)) <= Math.Abs(x) * (bound + (sigmoid.Scale / 2)), $"silu {scale} {q}");
                Assert.Equal(1L << 16, sigmoid.Of(q) + sigmoid.Of(-q) + (q == 0 ? (1L << 16) - (2 * sigmoid.Of(0)) : 0));
                Assert.Equal(-tanh.Of(q), tanh.Of(-q));
            }
            Assert.Equal(1L << 15, sigmoid.Of(0));
        }
    }

    [Fact]
    public void Layer_norm_of_the_worked_rows()
    {
        Assert.Equal([-1.36364, -0.45455, 0.45455, 1.36364], Normalized([10, 20, 30, 40]), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal([-1.34168, -0.44723, 0.44723, 1.34168], Normalized([10_000, 20_000, 30_000, 40_000]), (a, b) => Math.Abs(a - b) < 1e-5);
        int[] result = new int[8];
        new IntegerLayerNorm(Fraction: 31).Run([1030, -570, 120, 2500, -1990, 880, -310, -1660], result);
        Assert.Equal(283359695, result[0]);
        Assert.Equal(0.74642, result[0] * IntegerLayerNorm.Scale(8), 5);
        Assert.Equal([0, 0, 0], Normalized([7, 7, 7]));
    }

    // The relative error is that of the deviation, which is rounded down; dropped bits cost as much of the differences.
    [Fact]
    public void Layer_norm_is_within_one_part_of_the_deviation()
    {
        Rng rng = new(2);
        foreach (int dropped in (int[])[0, 4])
            foreach (int bits in (int[])[12, 18, 22])
            {
                int[] q = [.. Enumerable.Range(0, 256).Select(_ => rng.NextInt(1 << bits) - (1 << (bits - 1)))], result = new int[256];
                new IntegerLayerNorm(dropped).Run(q, result);
                double mean = q.Average(), deviation = Math.Sqrt(q.Average(v => (v - mean) * (v - mean))), error = (2 + (1 << dropped)) / deviation;
                for (int i = 0; i < q.Length; i++)
                    Assert.True(Math.Abs((result[i] * IntegerLayerNorm.Scale(256)) - ((q[i] - mean) / deviation)) <= error * (1 + Math.Abs((q[i] - mean) / deviation)), $"{bits} {dropped} {i}");
            }
        Assert.Throws<OverflowException>(() => new IntegerLayerNorm().Run(Enumerable.Repeat(new[] { int.MinValue, int.MaxValue }, 4).SelectMany(v => v).ToArray(), new int[8]));
    }

    private static double[] Normalized(int[] q)
    {
        int[] result = new int[q.Length];
        new IntegerLayerNorm(Fraction: 31).Run(q, result);
        return [.. result.Select(y => y * IntegerLayerNorm.Scale(q.Length))];
    }

    private static double ExpError(IntegerExp exp, double scale)
    {
        double worst = 0;
        for (long q = 0; q * scale >= -25; q--) worst = Math.Max(worst, Math.Abs((exp.Of(q) * exp.Scale) - Math.Exp(q * scale)));
        return worst;
    }

    private static double Gelu(double x) => x / 2 * (1 + MathNet.Numerics.SpecialFunctions.Erf(x / Math.Sqrt(2)));
}
