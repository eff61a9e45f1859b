using System.Numerics;

namespace Dyadic.Numerics.Digits;

/// <summary>
/// Significant bits of every element of a tensor, over samples that come one by one: errors Z against a reference, or between the two samples of a pair
/// where there is none. Holds a few numbers an element whatever the number of samples.
/// </summary>
/// <remarks>Mean and deviation by Welford's recurrence. A sample that is not finite where the reference is makes its element have no bits.</remarks>
public sealed class DigitStatistics
{
    private readonly double[]? _reference;
    private readonly double[] _mean, _squares, _sampleMean, _sampleSquares, _largest;
    private readonly double[]? _pending;          // the first sample of a pair
    private readonly int _mantissa;
    private bool _isPending;

    private DigitStatistics(int length, double[]? reference, int mantissa)
    {
        (_reference, _mantissa) = (reference, mantissa);
        (_mean, _squares, _sampleMean, _sampleSquares, _largest) = (new double[length], new double[length], new double[length], new double[length], new double[length]);
        if (reference is null) _pending = new double[length];
    }

    /// <summary>Elements.</summary>
    public int Length => _mean.Length;

    /// <summary>Samples so far.</summary>
    public int Samples { get; private set; }

    /// <summary>Errors so far: samples, or pairs of them.</summary>
    public int Count { get; private set; }

    /// <summary>Z = X − x for a constant reference x.</summary>
    /// <param name="reference">x.</param>
    /// <param name="mantissa">The bits of a number without error: 23 for float32, 52 for float64.</param>
    public static DigitStatistics Against<T>(ReadOnlySpan<T> reference, int mantissa = 23) where T : unmanaged, INumberBase<T>
    {
        double[] values = new double[reference.Length];
        for (int i = 0; i < values.Length; i++) values[i] = double.CreateTruncating(reference[i]);
        return new(values.Length, values, mantissa);
    }

    /// <summary>Z = X − Y for the two samples of each pair; the reference of an element is the mean of its samples.</summary>
    /// <param name="length">Elements.</param>
    /// <param name="mantissa">The bits of a number without error: 23 for float32, 52 for float64.</param>
    public static DigitStatistics InPairs(int length, int mantissa = 23) => new(length, null, mantissa);

    /// <summary>Takes one sample of all elements.</summary>
    public void Add<T>(ReadOnlySpan<T> sample) where T : unmanaged, INumberBase<T>
    {
        Ensure.Shape(sample.Length == Length, $"DigitStatistics: a sample has {sample.Length} elements, the others {Length}.");
        Samples++;
        bool first = _pending is not null && !_isPending;
        if (!first) Count++;
        for (int i = 0; i < sample.Length; i++)
        {
            double x = double.CreateTruncating(sample[i]);
            Welford(x, Samples, ref _sampleMean[i], ref _sampleSquares[i]);
            if (first) _pending![i] = x;
            else Error(i, x, _reference is null ? _pending![i] : _reference[i]);
        }
        if (_pending is not null) _isPending = first;
    }

    /// <summary>The reference of element i, or the mean of its samples.</summary>
    public double Reference(int i) => _reference is null ? _sampleMean[i] : _reference[i];

    /// <summary>The mean of the samples of element i.</summary>
    public double Mean(int i) => _sampleMean[i];

    /// <summary>The deviation of the samples of element i, with n − 1 degrees of freedom.</summary>
    public double Deviation(int i) => Samples < 2 ? double.NaN : Math.Sqrt(_sampleSquares[i] / (Samples - 1));

    /// <summary>−log₂ |σ/μ| of the samples, at most the mantissa.</summary>
    public double Parker(int i) => Limited(SignificantDigits.Parker(Mean(i), Deviation(i)), i);

    /// <summary>Significant bits if the errors are normal, from 0 to the mantissa; see <see cref="SignificantDigits.Cnh"/>.</summary>
    public double Cnh(int i, double probability = 0.95, double confidence = 0.95) =>
        Limited(SignificantDigits.Cnh(Scale(i), LeadingBit(i), Count, probability, confidence), i);

    /// <summary>Contributing bits if the errors are normal, from 0 to the mantissa; see <see cref="SignificantDigits.Contributing"/>.</summary>
    public double Contributing(int i, double probability = 0.51, double confidence = 0.95) =>
        Limited(SignificantDigits.Contributing(Scale(i), LeadingBit(i), Count, probability, confidence), i);

    /// <summary>Significant bits without an assumption, from 0 to the mantissa; see <see cref="SignificantDigits.General"/>.</summary>
    public int General(int i) => SignificantDigits.General(_largest[i], LeadingBit(i), _mantissa);

    /// <summary>The bits that every sample shares with the reference, from 0 to the mantissa, with their fraction; see <see cref="SignificantDigits.Shared"/>.</summary>
    public double Shared(int i) => SignificantDigits.Shared(_largest[i], Reference(i), _mantissa);

    private int LeadingBit(int i) => SignificantDigits.LeadingBit(Reference(i));

    // σ of the errors, or where it is 0 the largest of them.
    private double Scale(int i)
    {
        double deviation = Math.Sqrt(_squares[i] / (Count - 1));
        return deviation == 0 ? _largest[i] : deviation;
    }

    private double Limited(double bits, int i) => _largest[i] == 0 ? _mantissa : double.IsFinite(_largest[i]) && !double.IsNaN(bits) ? Math.Clamp(bits, 0, _mantissa) : 0;

    private void Error(int i, double x, double reference)
    {
        double z = x.Equals(reference) ? 0 : x - reference;
        _largest[i] = double.IsNaN(z) ? double.PositiveInfinity : Math.Max(_largest[i], Math.Abs(z));
        Welford(z, Count, ref _mean[i], ref _squares[i]);
    }

    private static void Welford(double x, int n, ref double mean, ref double squares)
    {
        double delta = x - mean;
        mean += delta / n;
        squares += delta * (x - mean);
    }
}
