namespace Dyadic.Compression.Calibration;

/// <summary>
/// Counts of values in at most 4,096 bins of width 2ᵏ whose edges are multiples of 2ᵏ. Where values fall outside, k grows and neighbours merge,
/// so that the result does not depend on the order of the values nor on how they were cut into batches.
/// </summary>
/// <remarks>Each bin keeps the sum of its values as well: their mean represents the bin, which is exact for a bin of equal values (the zeros after a ReLU).</remarks>
public sealed class Histogram
{
    /// <summary>The most bytes that counts and sums hold, whatever is added.</summary>
    public const int MostBytes = MostBins * (sizeof(long) + sizeof(double));

    private const int MostBins = 4096;
    private long[] _counts = [];
    private double[] _sums = [];
    private int _exponent = int.MinValue;   // k
    private long _first;                    // bin i covers [(_first + i)·2ᵏ, (_first + i + 1)·2ᵏ)

    /// <summary>The least value; +∞ when there is none.</summary>
    public float Min { get; private set; } = float.PositiveInfinity;

    /// <summary>The greatest value; −∞ when there is none.</summary>
    public float Max { get; private set; } = float.NegativeInfinity;

    /// <summary>How many values were added.</summary>
    public long Count { get; private set; }

    /// <summary>How many of them are exactly zero.</summary>
    public long Zeros { get; private set; }

    /// <summary>The number of bins in use.</summary>
    public int Bins => _counts.Length;

    /// <summary>The width of a bin.</summary>
    public double Width => Math.ScaleB(1, _exponent);

    /// <summary>The number of values in bin <paramref name="i"/>.</summary>
    public long this[int i] => _counts[i];

    /// <summary>The lower edge of bin <paramref name="i"/>.</summary>
    public double Edge(int i) => Math.ScaleB(_first + i, _exponent);

    /// <summary>The mean of the values in bin <paramref name="i"/>, which must not be empty.</summary>
    public double Mean(int i) => _sums[i] / _counts[i];

    /// <summary>Adds values.</summary>
    /// <exception cref="CompressionException">A value is not finite.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty) return;
        (float min, float max) = Extremes(values);
        Cover(Math.Min(min, Min), Math.Max(max, Max));
        double scale = Math.ScaleB(1, -_exponent);
        foreach (float value in values)
        {
            long bin = (long)Math.Floor(value * scale) - _first;
            _counts[bin]++;
            _sums[bin] += value;
            if (value == 0) Zeros++;
        }
        (Min, Max, Count) = (Math.Min(min, Min), Math.Max(max, Max), Count + values.Length);
    }

    /// <summary>The counts in <paramref name="bins"/> equal bins over [Min, Max], for drawing.</summary>
    public long[] Resample(int bins)
    {
        long[] result = new long[bins];
        double span = (double)Max - Min;
        for (int i = 0; i < Bins; i++)
        {
            if (_counts[i] == 0) continue;
            int at = span > 0 ? (int)Math.Clamp((Mean(i) - Min) / span * bins, 0, bins - 1) : 0;
            result[at] += _counts[i];
        }
        return result;
    }

    private static (float Min, float Max) Extremes(ReadOnlySpan<float> values)
    {
        float min = values[0], max = values[0];
        foreach (float value in values)
        {
            if (!float.IsFinite(value)) throw new CompressionException($"calibration: a value is {value}. Check the model and the data: nothing that is not finite can be quantised.");
            min = Math.Min(min, value);
            max = Math.Max(max, value);
        }
        return (min, max);
    }

    // The least k for which the bins from ⌊min·2⁻ᵏ⌋ to ⌊max·2⁻ᵏ⌋ are no more than allowed.
    private void Cover(float min, float max)
    {
        int exponent = Math.Max(_exponent, ExponentOf(min, max));
        while (Bin(max, exponent) - Bin(min, exponent) >= MostBins) exponent++;
        long first = Bin(min, exponent), last = Bin(max, exponent);
        if (exponent == _exponent && first >= _first && last < _first + _counts.Length) return;
        long[] counts = new long[last - first + 1];
        double[] sums = new double[counts.Length];
        for (int i = 0; i < _counts.Length; i++)
        {
            long at = ((_first + i) >> Math.Min(exponent - _exponent, 62)) - first;
            counts[at] += _counts[i];
            sums[at] += _sums[i];
        }
        (_counts, _sums, _exponent, _first) = (counts, sums, exponent, first);
    }

    // 2ᵏ is about a four-thousandth of the range; the width of one value alone is that of its last bits.
    private static int ExponentOf(float min, float max)
    {
        double span = Math.Max((double)max - min, Math.Max(Math.Abs(min), Math.Abs(max)) * 1e-6);
        return span > 0 ? Math.Max(Math.ILogB(span / MostBins), -1000) : -126;
    }

    private static long Bin(float value, int exponent) => (long)Math.Floor(Math.ScaleB(value, -exponent));
}
