using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

public sealed class RunningStatisticTests
{
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(8).Split("running"));
    private static readonly DyadicScale Tenth = DyadicScale.Nearest(0.1);

    // Statistics of exact batches, from 0 and through the float recursion.
    [Fact]
    public void Running_mean_and_variance_follow_the_float_recursion()
    {
        const int n = 50, channels = 40, e = -4;
        short[] mean = new short[channels], variance = new short[channels];
        double[] floatMean = new double[channels], floatVariance = new double[channels];
        (int me, int ve) = (0, 0);
        Rng rng = new(2);
        for (int step = 0; step < 60; step++)
        {
            sbyte[] x = [.. Enumerable.Range(0, n * channels).Select(i => (sbyte)(rng.NextInt(-20, 21) + i % channels))];
            GroupStatistics[] groups = new GroupStatistics[channels];
            long[] means = new long[channels], variances = new long[channels];
            IntegerNorm.Statistics<sbyte>(x, channels, NormGroups.Columns, groups, ExecutionMode.Default);
            NormRule.Means(groups, n, means);
            NormRule.Variances(groups, n, n - 1, variances);
            RunningStatistic.Update(mean, ref me, means, e - 16, Tenth, 16, Rounding.Stochastic, Draw.Split(2 * step), ExecutionMode.Default);
            RunningStatistic.Update(variance, ref ve, variances, 2 * e - 16, Tenth, 16, Rounding.Stochastic, Draw.Split(2 * step + 1), ExecutionMode.Default);
            for (int c = 0; c < channels; c++)
            {
                double[] column = [.. Enumerable.Range(0, n).Select(i => x[i * channels + c] * Math.ScaleB(1, e))];
                double average = column.Average();
                floatMean[c] += 0.1 * (average - floatMean[c]);
                floatVariance[c] += 0.1 * (column.Sum(v => (v - average) * (v - average)) / (n - 1) - floatVariance[c]);
            }
        }
        for (int c = 0; c < channels; c++)
        {
            Assert.InRange(mean[c] * Math.ScaleB(1, me) - floatMean[c], -1e-3, 1e-3);
            Assert.InRange(variance[c] * Math.ScaleB(1, ve) / floatVariance[c], 0.998, 1.002);
        }
    }

    // Two steps away, so that an update is a fifth of a step: to the nearest it is lost.
    [Fact]
    public void Stochastic_rounding_keeps_changes_below_a_step()
    {
        foreach (Rounding rounding in (Rounding[])[Rounding.Stochastic, Rounding.HalfEven])
        {
            short[] running = [.. Enumerable.Repeat((short)20_000, 500)];
            long[] batch = [.. Enumerable.Repeat(20_002L, 500)];
            int e = -3;
            for (int step = 0; step < 200; step++) RunningStatistic.Update(running, ref e, batch, -3, Tenth, 16, rounding, Draw.Split(step), ExecutionMode.Default);
            Assert.Equal(-3, e);
            Assert.InRange(running.Average(x => (double)x), rounding == Rounding.Stochastic ? 20_001.6 : 20_000, rounding == Rounding.Stochastic ? 20_002.4 : 20_000);
        }
    }
}
