using Dyadic.Compression.Calibration;

namespace Dyadic.Compression.Insight;

/// <summary>A channel that dwarfs the others.</summary>
/// <param name="Channel">Its number.</param>
/// <param name="Ratio">Its largest magnitude, in medians of all channels' largest.</param>
public sealed record OutlierChannel(int Channel, double Ratio);

/// <summary>What a histogram says of a range.</summary>
internal static class ActivationInsight
{
    /// <summary>The share of values that the codes cannot hold, to the width of a bin.</summary>
    public static double Saturated(Histogram histogram, QuantParams parameters, double least, double most)
    {
        double low = (least - parameters.ZeroPoints[0] - 0.5) * parameters.Scales[0], high = (most - parameters.ZeroPoints[0] + 0.5) * parameters.Scales[0];
        long outside = 0;
        for (int i = 0; i < histogram.Bins; i++)
            if (histogram[i] > 0 && (histogram.Mean(i) < low || histogram.Mean(i) > high)) outside += histogram[i];
        return histogram.Count == 0 ? 0 : (double)outside / histogram.Count;
    }

    /// <summary>How many times the range of 99.9 percent of the values the whole range is.</summary>
    public static double Tail(Histogram histogram)
    {
        if (histogram.Count == 0) return 1;
        (float min, float max) = Calibrators.Percentile(histogram, 99.9);
        double body = (double)max - min;
        return body > 0 ? Math.Max(1, ((double)histogram.Max - histogram.Min) / body) : 1;
    }
}
