using System.Numerics;

namespace Dyadic.Kernels;

/// <summary>Σ w and Σ |w| of the weights of one output channel.</summary>
/// <param name="Sum">Σ w.</param>
/// <param name="Magnitude">Σ |w|.</param>
public readonly record struct WeightSums(long Sum, long Magnitude)
{
    private const int Most = 1 << 15;      // vectors whose halves still add up in int32: 2¹⁵·2¹⁵·2 ≤ 2³¹

    /// <summary>The sums of each of <paramref name="outs"/> rows of weights.</summary>
    public static WeightSums[] OfRows(ReadOnlySpan<short> weights, int outs)
    {
        WeightSums[] sums = new WeightSums[outs];
        int inner = weights.Length / outs;
        for (int m = 0; m < outs; m++) sums[m] = Of(weights.Slice(m * inner, inner));
        return sums;
    }

    /// <summary>Adds up.</summary>
    public static WeightSums Of(ReadOnlySpan<short> weights)
    {
        long sum = 0, magnitude = 0;
        while (weights.Length >= Vector<short>.Count)
        {
            int vectors = Math.Min(weights.Length / Vector<short>.Count, Most / 2);
            Vector<int> signed = default, absolute = default;
            for (int v = 0; v < vectors; v++)
            {
                Vector.Widen(new Vector<short>(weights[(v * Vector<short>.Count)..]), out Vector<int> low, out Vector<int> high);
                signed += low + high;
                absolute += Vector.Abs(low) + Vector.Abs(high);
            }
            for (int l = 0; l < Vector<int>.Count; l++) (sum, magnitude) = (sum + signed[l], magnitude + absolute[l]);
            weights = weights[(vectors * Vector<short>.Count)..];
        }
        foreach (short w in weights) (sum, magnitude) = (sum + w, magnitude + Math.Abs((int)w));
        return new(sum, magnitude);
    }
}
