using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

public sealed class IntegerAdamTests
{
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(4).Split("adam"));

    // Blocks of zeros, of sizes 2⁴⁰ apart and a short last one; gradients whose exponent jumps over and under that of the state, and whose codes are zero for whole blocks.
    [Theory]
    [InlineData(Rounding.Stochastic, 16, 1e-8)]
    [InlineData(Rounding.Stochastic, 8, 0)]
    [InlineData(Rounding.HalfEven, 16, 1e-3)]
    [InlineData(Rounding.Stochastic, 12, 1e6)]
    public void Every_width_and_number_of_threads_gives_the_moments_of_the_definition(Rounding rounding, int bits, double epsilon)
    {
        const int n = 64 * 90 + 23;
        (short[] M, short[] Me, short[] R, short[] Re, int[] Step) expected = Run((g, ge, t, s) => Reference.IntegerAdam.Moments(s.M, s.Me, s.R, s.Re, g, ge, Scales(t), s.Step, bits, rounding, Draw.Split(t)));
        Assert.Contains(expected.Step, s => s != 0);
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
        {
            (short[] M, short[] Me, short[] R, short[] Re, int[] Step) actual = Run((g, ge, t, s) => IntegerAdam.Moments(s.M, s.Me, s.R, s.Re, g, ge, Scales(t), s.Step, bits, rounding, Draw.Split(t), mode));
            Assert.Equal(expected.M, actual.M);
            Assert.Equal(expected.Me, actual.Me);
            Assert.Equal(expected.R, actual.R);
            Assert.Equal(expected.Re, actual.Re);
            Assert.Equal(expected.Step, actual.Step);
        }

        AdamScales Scales(int t) => AdamScales.Of(1e-3, 0.9, 0.999, epsilon, 0, decouples: false, t);

        static (short[], short[], short[], short[], int[]) Run(Action<short[], int, int, (short[] M, short[] Me, short[] R, short[] Re, int[] Step)> update)
        {
            (short[] M, short[] Me, short[] R, short[] Re, int[] Step) s = (new short[n], new short[BlockMap.Blocks(n)], new short[n], new short[BlockMap.Blocks(n)], new int[n]);
            Rng rng = new(5);
            int[] exponents = [-14, -14, 6, -20, -54, -9, -14];
            for (int t = 1; t <= exponents.Length; t++)
            {
                short[] g = [.. Enumerable.Range(0, n).Select(i => i / 64 % 9 == t ? (short)0 : (short)(rng.NextInt(-32_767, 32_768) >> (i / 64 % 13)))];
                update(g, exponents[t - 1], t, s);
            }
            return s;
        }
    }

    // 1 − β₁ = 0.1 and 1 − β₂ = 0.001: after one step m = 0.1·g, r = √0.001·|g| and, with both corrections, the step is the sign of g.
    [Fact]
    public void The_first_step_is_the_rate_times_the_sign()
    {
        short[] w = [0, 0, 0, 0], m = new short[4], r = new short[4], me = [0], re = [0];
        int we = 0;
        IntegerAdam.Step(w, ref we, m, me, r, re, [16_384, -16_384, 1_000, 0], -20, AdamScales.Of(0.01, 0.9, 0.999, 0, 0, false, 1), 16, Rounding.HalfEven, Draw, ExecutionMode.Default);
        double[] moved = [.. w.Select(x => x * Math.ScaleB(1, we))];
        Assert.InRange(moved[0], -0.01 * (1 + 1e-3), -0.01 * (1 - 1e-3));
        Assert.Equal(-moved[0], moved[1]);
        Assert.InRange(moved[2], -0.01 * (1 + 2e-3), -0.01 * (1 - 2e-3));
        Assert.Equal(0, moved[3]);
        Assert.InRange(m[0] * Math.ScaleB(1, me[0] + 20) / 16_384, 0.1 - 1e-4, 0.1 + 1e-4);
        Assert.InRange(r[0] * Math.ScaleB(1, re[0] + 20) / 16_384, Math.Sqrt(0.001) * (1 - 1e-4), Math.Sqrt(0.001) * (1 + 1e-4));
    }

    // 300 steps of noisy gradients with a mean, of sizes 1 to 2⁻¹⁰ within a block, against the recursion in float64. √300 roundings of half a code of r, which is 2¹⁴⁻ᵏ codes for size 2⁻ᵏ,
    // are 2ᵏ⁻¹¹ of it at most, and stray to either side.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_follow_the_float_recursion(bool decouples)
    {
        const int n = 4000, steps = 300;
        const double rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0.05;
        Rng rng = new(6);
        float[] start = new float[n], noise = new float[n];
        rng.FillUniform(start, -1, 1);
        short[] w = new short[n], m = new short[n], r = new short[n], me = new short[BlockMap.Blocks(n)], re = new short[BlockMap.Blocks(n)], g = new short[n];
        int we = FixedPointCode.Exponent(1f, 16);
        FixedPointMap.Quantize(start, w, 16, we, Rounding.HalfEven, Draw, ExecutionMode.Default);
        double[] expected = [.. w.Select(x => x * Math.ScaleB(1, we))], first = [.. expected], em = new double[n], ev = new double[n];
        for (int t = 1; t <= steps; t++)
        {
            rng.FillNormal(noise);
            for (int i = 0; i < n; i++) noise[i] = (noise[i] + (i % 3 - 1)) * MathF.ScaleB(1, -(i % 11));
            int ge = FixedPointCode.Exponent(noise.Max(MathF.Abs), 16);
            FixedPointMap.Quantize(noise, g, 16, ge, Rounding.Stochastic, Draw.Split(-t), ExecutionMode.Default);
            IntegerAdam.Step(w, ref we, m, me, r, re, g, ge, AdamScales.Of(rate, beta1, beta2, epsilon, decay, decouples, t), 16, Rounding.Stochastic, Draw.Split(t), ExecutionMode.Default);
            for (int i = 0; i < n; i++)
            {
                double slope = noise[i] + (decouples ? 0 : decay * expected[i]);
                em[i] = beta1 * em[i] + (1 - beta1) * slope;
                ev[i] = beta2 * ev[i] + (1 - beta2) * slope * slope;
                double u = em[i] / (1 - Math.Pow(beta1, t)) / (Math.Sqrt(ev[i] / (1 - Math.Pow(beta2, t))) + epsilon);
                expected[i] -= rate * (u + (decouples ? decay * expected[i] : 0));
            }
        }
        double strayed = 0, way = 0;
        double[] bySize = new double[11];
        for (int i = 0; i < n; i++)
        {
            double error = w[i] * Math.ScaleB(1, we) - expected[i];
            bySize[i % 11] += Math.Abs(error) * 11 / n;
            (strayed, way) = (strayed + error, way + Math.Abs(expected[i] - first[i]));
        }
        Assert.True(way / n > 20 * rate);
        Assert.InRange(Math.Abs(strayed) / way, 0, 2e-3);
        for (int k = 0; k < bySize.Length; k++) Assert.InRange(bySize[k], 0, rate * steps * (0.002 + Math.ScaleB(1, k - 14)));
    }

    // A step that is a tenth of a code of w: kept in expectation at random, lost to the nearest.
    [Fact]
    public void Updates_below_a_code_are_kept_in_expectation()
    {
        const int n = 6400, steps = 400;
        foreach (Rounding rounding in (Rounding[])[Rounding.Stochastic, Rounding.HalfEven])
        {
            short[] w = new short[n], m = new short[n], r = new short[n], me = new short[n / 64], re = new short[n / 64], g = new short[n];
            w[0] = 20_000;                                                                          // holds the exponent: a code is 2⁻¹⁵
            Array.Fill(g, (short)16_384);
            (g[0], int we) = (0, -15);
            for (int t = 1; t <= steps; t++)
                IntegerAdam.Step(w, ref we, m, me, r, re, g, -18, AdamScales.Of(0.1 * Math.ScaleB(1, -15), 0.9, 0.999, 0, 0, false, t), 16, rounding, Draw.Split(t), ExecutionMode.Default);
            Assert.Equal(-15, we);
            double moved = -w.Skip(1).Average(x => (double)x), deviation = Math.Sqrt(steps * 0.09 / n);
            if (rounding == Rounding.HalfEven) Assert.Equal(0, moved);
            else Assert.InRange(moved, steps * 0.1 * 0.995 - 5 * deviation, steps * 0.1 * 1.005 + 5 * deviation);
        }
    }

    // A constant gradient: r converges to |g| from below and stays, whatever its 999 parts of a thousand are rounded to.
    [Fact]
    public void The_root_of_a_constant_is_its_magnitude()
    {
        const int n = 640;
        short[] w = new short[n], m = new short[n], r = new short[n], me = new short[n / 64], re = new short[n / 64], g = [.. Enumerable.Range(0, n).Select(i => (short)(300 + 13 * i))];
        int[] step = new int[n];
        for (int t = 1; t <= 8000; t++)
            IntegerAdam.Moments(m, me, r, re, g, -12, AdamScales.Of(1e-3, 0.9, 0.999, 0, 0, false, t), step, 16, Rounding.Stochastic, Draw.Split(t), ExecutionMode.Default);
        for (int i = 0; i < n; i++)
        {
            Assert.InRange(m[i] * Math.ScaleB(1, me[i / 64] + 12) / g[i], 1 - 4e-3, 1 + 4e-3);
            Assert.InRange(r[i] * Math.ScaleB(1, re[i / 64] + 12) / g[i], 1 - 8e-3, 1 + 8e-3);
        }
    }

    [Fact]
    public void A_quotient_beyond_its_bits_is_cut_and_a_root_of_zero_moves_nothing()
    {
        int[] step = new int[3];
        short[] m = [30_000, -30_000, 5], r = [1, 2, 0], me = [0], re = [-10];
        IntegerAdam.Moments(m, me, r, re, [0, 0, 0], 0, AdamScales.Of(1e-3, 0.9, 0.999, 0, 0, false, 1), step, 16, Rounding.HalfEven, Draw, ExecutionMode.Default);
        Assert.Equal([int.MaxValue, -int.MaxValue, 0], step);
        Assert.Throws<ShapeException>(() => IntegerAdam.Moments(m, me, r, [], [0, 0, 0], 0, AdamScales.Of(1e-3, 0.9, 0.999, 0, 0, false, 1), step, 16, Rounding.HalfEven, Draw, ExecutionMode.Default));
        Assert.Throws<ArgumentException>(() => AdamScales.Of(1e-3, 1, 0.999, 0, 0, false, 1));
        Assert.Throws<ArgumentException>(() => AdamScales.Of(1e-3, 0.9, 0.999, 0, 0, false, 0));
    }
}
