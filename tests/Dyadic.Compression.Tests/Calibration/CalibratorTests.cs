using Dyadic.Compression.Calibration;
using Dyadic.Numerics;

namespace Dyadic.Compression.Tests.Calibration;

public class CalibratorTests
{
    [Fact]
    public void A_histogram_does_not_depend_on_order_or_batches()
    {
        float[] values = Values(20_000, skew: 3);
        Histogram whole = new(), parts = new();
        whole.Add(values);
        float[] sorted = [.. values.OrderBy(Math.Abs)];
        for (int i = 0; i < sorted.Length; i += 777) parts.Add(sorted.AsSpan(i, Math.Min(777, sorted.Length - i)));
        Assert.Equal((whole.Min, whole.Max, whole.Count, whole.Width), (parts.Min, parts.Max, parts.Count, parts.Width));
        Assert.Equal(Counts(whole), Counts(parts));
        Assert.InRange(whole.Bins, 1024, 4096);
    }

    [Fact]
    public void Values_are_in_the_bins_that_their_edges_say()
    {
        float[] values = Values(5000, skew: 1);
        Histogram h = new();
        h.Add(values);
        for (int i = 0; i < h.Bins; i++) Assert.Equal(values.Count(v => v >= h.Edge(i) && v < h.Edge(i + 1)), h[i]);
        Assert.Equal(values.Length, h.Resample(64).Sum());
    }

    [Fact]
    public void Extremes_of_scale_and_constants_are_counted()
    {
        foreach (float[] values in (float[][])[[0, 0, 0], [1e-30f, 2e-30f], [3e38f, -3e38f], [5, 5], [float.Epsilon]])
        {
            Histogram h = new();
            h.Add(values);
            h.Add(values);
            Assert.Equal(2 * values.Length, h.Count);
            Assert.Equal((values.Min(), values.Max()), (h.Min, h.Max));
        }
        Assert.Throws<CompressionException>(() => new Histogram().Add([1, float.NaN]));
    }

    [Fact]
    public void Percentiles_are_those_of_the_sorted_values_to_a_bin()
    {
        float[] values = Values(50_000, skew: 3);
        Array.Sort(values);
        Histogram h = new();
        h.Add(values);
        foreach (double p in (double[])[99, 99.9, 99.99])
        {
            (float min, float max) = Calibrators.Percentile(h, p);
            int cut = (int)(values.Length * (100 - p) / 200);
            Assert.InRange(min, values[cut] - 2 * h.Width, values[cut] + 2 * h.Width);
            Assert.InRange(max, values[^(cut + 1)] - 2 * h.Width, values[^(cut + 1)] + 2 * h.Width);
        }
        Assert.Equal((values[0], values[^1]), Calibrators.Percentile(h, 100));
    }

    [Fact]
    public void Least_squares_finds_the_range_that_all_values_say_is_best()
    {
        // Uniform on [0, 1) and one value of 1.1: cutting at 1 costs 0.1² once and saves 0.21/255²/12 for each of the others.
        float[] values = [.. Tensor.Uniform(Shape.Of(100_000), new Rng(4)).ToArray<float>(), 1.1f];
        Histogram h = new();
        h.Add(values);
        (float min, float max) = Calibrators.LeastSquares(h, signed: false);
        double Error(float lo, float hi)
        {
            QuantParams p = QuantParams.Asymmetric(lo, hi, 8, false);
            return values.Sum(v => ((double)v - p.RoundTrip(v)) * ((double)v - p.RoundTrip(v)));
        }
        double least = Enumerable.Range(0, 80).Min(i => Error(h.Min * (1 - 0.01f * i), h.Max * (1 - 0.01f * i)));
        Assert.InRange(Error(min, max), least, least * 1.05);
        Assert.True(Error(min, max) < Error(h.Min, h.Max));
    }

    [Fact]
    public void Entropy_cuts_outliers_and_keeps_ranges_without_them()
    {
        float[] normal = Values(20_000, skew: 1);
        Histogram with = new();
        with.Add(normal);
        with.Add([100f]);
        (float min, float max) = Calibrators.Entropy(with);
        Assert.InRange(max, 1, 50);
        Assert.InRange(min, normal.Min(), 0);
        Histogram flat = new();
        flat.Add([.. Enumerable.Range(0, 10_000).Select(i => i / 10_000f)]);
        Assert.InRange(Calibrators.Entropy(flat).Max, 0.9f, 1);
        flat.Add(new float[1_000_000]);
        Assert.Equal(1_000_001, flat.Zeros);
        Assert.InRange(Calibrators.Entropy(flat).Max, 0.9f, 1);      // zeros of a Relu do not decide
    }

    [Fact]
    public void Moving_averages_follow_their_recurrence()
    {
        ObservedRange range = new();
        range.Add([-1, 3]);
        range.Add([-2, 5]);
        range.Add([0, 1]);
        // 3 → 3 + 0.01·(5 − 3) = 3.02 → 3.02 + 0.01·(1 − 3.02)
        Assert.Equal(2.9998f, range.AverageMax, 1e-5f);
        Assert.Equal(-0.9999f, range.AverageMin, 1e-5f);
    }

    private static long[] Counts(Histogram h) => [.. Enumerable.Range(0, h.Bins).Select(i => h[i])];

    // Powers of normal values: the higher, the longer the tails.
    private static float[] Values(int count, int skew)
    {
        float[] values = Tensor.Normal(Shape.Of(count), new Rng((ulong)(count + skew))).ToArray<float>();
        return Array.ConvertAll(values, v => MathF.Pow(v, skew));
    }
}
