using Dyadic.Compression.Layers;

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

    /// <summary>10·log₁₀(Σ float²/Σ(float − quantised)²); +∞ without noise.</summary>
    public double SqnrDb => _noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(_signal / _noise);

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

    /// <summary>Of one tensor beside what stands for it.</summary>
    public static ValueStatistics Of(Tensor real, Tensor quantised)
    {
        ValueStatistics statistics = new(axis: null);
        statistics.Add(real, quantised.ToArray<float>());
        return statistics;
    }

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
        if (_most.Length != shape[channels].Size) _most = new float[shape[channels].Size];
        ChannelMagnitudes.Raise(_most, values, ChannelMagnitudes.Inner(shape, channels));
    }
}
