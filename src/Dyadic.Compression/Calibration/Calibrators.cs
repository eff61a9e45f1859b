namespace Dyadic.Compression.Calibration;

/// <summary>Ranges of activations from histograms: docs/guides/quantise.md tells which to take.</summary>
public static class Calibrators
{
    private const int Shrinks = 80;

    /// <summary>The range that <paramref name="config"/> chooses.</summary>
    /// <param name="observed">What was observed.</param>
    /// <param name="config">The method and its parameter.</param>
    /// <param name="signed">Whether codes are signed, for the methods that look at the error.</param>
    public static (float Min, float Max) Range(ObservedRange observed, QuantizeConfig config, bool signed) => config.Calibrator switch
    {
        CalibrationMethod.MovingAverage => (observed.AverageMin, observed.AverageMax),
        CalibrationMethod.Percentile => Percentile(observed.Histogram, config.Percentile),
        CalibrationMethod.Mse => LeastSquares(observed.Histogram, signed),
        CalibrationMethod.Entropy => Entropy(observed.Histogram),
        _ => (observed.Histogram.Min, observed.Histogram.Max),
    };

    /// <summary>The range that leaves out (100 − p)/2 percent of the values at each end, to the width of a bin, within [Min, Max].</summary>
    /// <param name="histogram">The values.</param>
    /// <param name="percent">p, above 50 and at most 100.</param>
    public static (float Min, float Max) Percentile(Histogram histogram, double percent)
    {
        double cut = histogram.Count * (100 - percent) / 200;
        int low = 0, high = histogram.Bins - 1;
        for (double sum = histogram[low]; sum <= cut && low < high; sum += histogram[low]) low++;
        for (double sum = histogram[high]; sum <= cut && high > low; sum += histogram[high]) high--;
        return (Math.Max((float)histogram.Edge(low), histogram.Min), Math.Min((float)histogram.Edge(high + 1), histogram.Max));
    }

    /// <summary>Of the ranges [f·Min, f·Max], f = 1.00, 0.99, …, 0.21, the one whose 8-bit codes have the least squared error over the histogram.</summary>
    /// <param name="histogram">The values; each bin counts at its mean.</param>
    /// <param name="signed">Whether codes are signed.</param>
    public static (float Min, float Max) LeastSquares(Histogram histogram, bool signed)
    {
        (float Min, float Max) best = (histogram.Min, histogram.Max);
        double least = double.PositiveInfinity;
        for (int i = 0; i < Shrinks; i++)
        {
            float f = 1 - 0.01f * i;
            QuantParams p = QuantParams.Asymmetric(histogram.Min * f, histogram.Max * f, 8, signed);
            double error = SquaredError(histogram, p);
            if (error < least) (least, best) = (error, (histogram.Min * f, histogram.Max * f));
        }
        return best;
    }

    /// <summary>Σ (x − Q(x))² over the histogram, each bin at its mean.</summary>
    public static double SquaredError(Histogram histogram, QuantParams parameters)
    {
        double error = 0;
        for (int i = 0; i < histogram.Bins; i++)
        {
            if (histogram[i] == 0) continue;
            double x = histogram.Mean(i), d = x - parameters.RoundTrip((float)x);
            error += histogram[i] * d * d;
        }
        return error;
    }

    /// <summary>The symmetric threshold T whose 128 levels lose least information: of |x| in 2,048 bins, KL(p‖q) of the clipped counts p and their merged levels q is least.</summary>
    /// <remarks>
    /// As ONNX Runtime does it, on magnitudes: the outliers are added to the last bin of p, q spreads each level evenly over the bins of p that are not empty. Differs: exact zeros, which a Relu gives by the million and every range
    /// holds, are left out; with them the bin of zero decides alone, and takes the range to an eighth.
    /// </remarks>
    public static (float Min, float Max) Entropy(Histogram histogram)
    {
        const int Bins = 2048, Levels = 128;
        double most = Math.Max(Math.Abs((double)histogram.Min), Math.Abs((double)histogram.Max));
        if (most == 0) return (histogram.Min, histogram.Max);
        double[] counts = new double[Bins];
        for (int i = 0; i < histogram.Bins; i++)
        {
            long others = histogram[i] - (histogram.Edge(i) <= 0 && histogram.Edge(i + 1) > 0 ? histogram.Zeros : 0);
            if (others > 0) counts[(int)Math.Min(Math.Abs(histogram.Mean(i) * histogram[i] / others) / most * Bins, Bins - 1)] += others;
        }
        (double least, int best) = (double.PositiveInfinity, Bins);
        for (int n = Levels; n <= Bins; n++)
        {
            double divergence = Divergence(counts, n, Levels);
            if (divergence < least) (least, best) = (divergence, n);
        }
        float t = (float)(most * best / Bins);
        return (Math.Max(-t, histogram.Min), Math.Min(t, histogram.Max));
    }

    // KL(p‖q) with the first n bins kept; empty bins take 10⁻⁴ from the others.
    private static double Divergence(double[] counts, int n, int levels)
    {
        double[] p = counts[..n], q = new double[n];
        for (int i = n; i < counts.Length; i++) p[n - 1] += counts[i];
        int width = n / levels;
        for (int level = 0; level < levels; level++)
        {
            int from = level * width, to = level == levels - 1 ? n : from + width, used = 0;
            double sum = 0;
            for (int i = from; i < to; i++)
            {
                sum += counts[i];
                if (p[i] != 0) used++;
            }
            for (int i = from; i < to; i++)
                if (p[i] != 0) q[i] = sum / used;
        }
        Smooth(p);
        if (!Smooth(q)) return double.PositiveInfinity;
        double totalP = p.Sum(), totalQ = q.Sum(), divergence = 0;
        for (int i = 0; i < n; i++) divergence += p[i] / totalP * Math.Log(p[i] / totalP / (q[i] / totalQ));
        return divergence;
    }

    private static bool Smooth(double[] values)
    {
        const double Least = 1e-4;
        int zeros = values.Count(v => v == 0), others = values.Length - zeros;
        if (others == 0) return false;
        double taken = Least * zeros / others;
        if (taken >= 1) return false;
        for (int i = 0; i < values.Length; i++) values[i] = values[i] == 0 ? Least : Math.Max(values[i] - taken, Least);
        return true;
    }
}
