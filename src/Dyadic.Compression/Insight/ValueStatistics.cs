namespace Dyadic.Compression.Insight;

/// <summary>A value of the float graph beside that of the quantised one, over the samples of a report.</summary>
/// <param name="axis">The axis of channels; null where there is none.</param>
internal sealed class ValueStatistics(int? axis)
{
    private const double FarOut = 8;
    private const int MostOutliers = 3;
    private double _signal, _noise, _dot, _other;
    private long _count;
    private float[] _most = [];

    /// <summary>The mean of (float − quantised)².</summary>
    public double MeanSquaredError => _count == 0 ? 0 : _noise / _count;

    /// <summary>10·log₁₀(Σ float²/Σ(float − quantised)²).</summary>
    public double SqnrDb => Decibels(_signal, _noise);

    /// <summary>Σab/√(Σa²·Σb²); 1 where both are zero.</summary>
    public double Cosine => _signal == 0 && _other == 0 ? 1 : _signal == 0 || _other == 0 ? 0 : _dot / Math.Sqrt(_signal * _other);

    /// <summary>The channels whose largest magnitude is at least eight times the median of all channels', the farthest first; at most three.</summary>
    public IReadOnlyList<OutlierChannel> Outliers
    {
        get
        {
            float[] sorted = [.. _most.Where(m => m > 0).Order()];
            if (sorted.Length < 4) return [];
            double median = sorted[sorted.Length / 2];
            return [.. _most.Select((m, c) => new OutlierChannel(c, m / median)).Where(o => o.Ratio >= FarOut).OrderByDescending(o => o.Ratio).Take(MostOutliers)];
        }
    }

    /// <summary>Ten times the common logarithm; +∞ without noise.</summary>
    public static double Decibels(double signal, double noise) => noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(signal / noise);

    /// <summary>Adds a batch.</summary>
    public void Add(Tensor real, float[] quantised)
    {
        float[] expected = real.ToArray<float>();
        for (int i = 0; i < expected.Length; i++)
        {
            double a = expected[i], b = quantised[i];
            (_signal, _noise, _dot, _other) = (_signal + (a * a), _noise + ((a - b) * (a - b)), _dot + (a * b), _other + (b * b));
        }
        _count += expected.Length;
        if (axis is { } channels && channels < real.Rank) Channels(expected, real.Shape, channels);
    }

    private void Channels(float[] values, Shape shape, int channels)
    {
        int count = shape[channels], inner = 1;
        for (int d = channels + 1; d < shape.Rank; d++) inner *= shape[d];
        if (_most.Length != count) _most = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            ref float most = ref _most[i / inner % count];
            most = Math.Max(most, Math.Abs(values[i]));
        }
    }
}
