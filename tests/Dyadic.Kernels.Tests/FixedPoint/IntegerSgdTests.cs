using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

public sealed class IntegerSgdTests
{
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(3).Split("sgd"));
    private static readonly DyadicScale None = new(0, 0), One = new(1, 0);

    // One weight holds the exponent; the others get a tenth of its step, 1,000 times.
    [Fact]
    public void A_tenth_of_a_step_moves_a_weight_by_a_tenth_of_a_step_on_average_and_never_to_the_nearest()
    {
        const int n = 1000, steps = 1000;
        foreach (Rounding rounding in (Rounding[])[Rounding.Stochastic, Rounding.HalfEven])
        {
            short[] w = new short[n], m = new short[n], g = new short[n];
            w[0] = 20_000;
            g.AsSpan(1).Fill(16_384);                                                                                   // one step of w, at the exponent of g
            int we = -15, me = 0;
            for (int step = 0; step < steps; step++)
                IntegerSgd.Step(w, ref we, m, ref me, g, -29, DyadicScale.Nearest(0.1, IntegerSgd.ScaleBits), None, None, false, 16, rounding, Draw.Split(step), ExecutionMode.Default);
            Assert.Equal(-15, we);
            Assert.Equal(20_000, w[0]);
            double moved = -w.Skip(1).Average(x => (double)x);
            if (rounding == Rounding.HalfEven) Assert.All(w.Skip(1), x => Assert.Equal(0, x));
            else Assert.InRange(moved, steps * 0.1 - 5 * Math.Sqrt(steps * 0.09 / n), steps * 0.1 + 5 * Math.Sqrt(steps * 0.09 / n));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void State_follows_the_float_recursion_with_momentum_and_decay(bool nesterov)
    {
        const int n = 4001;
        const double rate = 0.05, momentum = 0.9, decay = 1e-3;
        Rng rng = new(5);
        float[] w0 = new float[n];
        rng.FillUniform(w0, -1, 1);
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
        {
            short[] w = new short[n], m = new short[n], g = new short[n];
            double[] expectedW = [.. w0.Select(x => (double)x)], expectedM = new double[n];
            int we = FixedPointCode.Exponent(1f, 16), me = 0;
            FixedPointMap.Quantize(w0, w, 16, we, Rounding.HalfEven, Draw, mode);
            for (int step = 0; step < 25; step++)
            {
                int ge = -18 - step % 3;
                for (int i = 0; i < n; i++) g[i] = (short)((i * 7919 + step * 104_729) % 60_000 - 30_000);
                IntegerSgd.Step(w, ref we, m, ref me, g, ge, DyadicScale.Nearest(rate, 15), DyadicScale.Nearest(momentum, 15), DyadicScale.Nearest(decay, 15), nesterov, 16, Rounding.Stochastic, Draw.Split(step), mode);
                for (int i = 0; i < n; i++)
                {
                    double slope = g[i] * Math.ScaleB(1, ge) + decay * expectedW[i];
                    expectedM[i] = momentum * expectedM[i] + slope;
                    expectedW[i] -= rate * (nesterov ? slope + momentum * expectedM[i] : expectedM[i]);
                }
            }
            double meanError = 0;
            for (int i = 0; i < n; i++)
            {
                double error = w[i] * Math.ScaleB(1, we) - expectedW[i];
                Assert.InRange(Math.Abs(error), 0, 40 * Math.ScaleB(1, we));
                meanError += error / n;
            }
            Assert.InRange(Math.Abs(meanError), 0, 0.3 * Math.ScaleB(1, we));
        }
    }

    [Fact]
    public void Every_width_and_number_of_threads_gives_the_state_of_the_plain_loops()
    {
        (short[] W, int E, short[] M)[] states = [.. FixedPointMapTests.Modes.Select(Run)];
        Assert.All(states, s => Assert.Equal(states[0], s, (x, y) => x.E == y.E && x.W.SequenceEqual(y.W) && x.M.SequenceEqual(y.M)));
    }

    [Fact]
    public void A_weight_grows_past_its_exponent_without_saturating()
    {
        short[] w = [32_000, -32_767], m = [0, 0], g = [-32_000, 32_767];
        int we = -15, me = 0;
        IntegerSgd.Step(w, ref we, m, ref me, g, -15, One, None, None, false, 16, Rounding.Stochastic, Draw, ExecutionMode.Default);
        Assert.Equal(-14, we);
        Assert.Equal([32_000, -32_767], w);
    }

    private static (short[] W, int E, short[] M) Run(ExecutionMode mode)
    {
        const int n = 50_021;
        Rng rng = new(8);
        short[] w = [.. Enumerable.Range(0, n).Select(_ => (short)rng.NextInt(-32_767, 32_768))], g = [.. w.Select(x => (short)rng.NextInt(-2000, 2001))], m = new short[n];
        int we = -15, me = 0;
        for (int step = 0; step < 3; step++)
            IntegerSgd.Step(w, ref we, m, ref me, g, -20, DyadicScale.Nearest(0.1, 15), DyadicScale.Nearest(0.9, 15), DyadicScale.Nearest(5e-4, 15), step > 0, 16, Rounding.Stochastic, Draw.Split(step), mode);
        return (w, we, m);
    }
}
