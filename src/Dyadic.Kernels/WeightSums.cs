using System.Numerics;

namespace Dyadic.Kernels;

/// <summary>Σ w and Σ |w| of the weights of one output channel.</summary>
/// <param name="Sum">Σ w.</param>
/// <param name="Magnitude">Σ |w|.</param>
public readonly record struct WeightSums(long Sum, long Magnitude)
{
    private const int Most = 1 << 15;      // vectors whose halves still add up in int32: 2¹⁵·2¹⁵·2 ≤ 2³¹
    private const int MostBytes = 255;     // bytes that still add up in int16: 255·128 < 2¹⁵

    /// <summary>The sums of each of <paramref name="outs"/> rows of weights.</summary>
    public static WeightSums[] OfRows(ReadOnlySpan<short> weights, int outs)
    {
        WeightSums[] sums = new WeightSums[outs];
        int inner = weights.Length / outs;
        for (int m = 0; m < outs; m++) sums[m] = Of(weights.Slice(m * inner, inner));
        return sums;
    }

    /// <summary>The sums of each of <paramref name="outs"/> rows of weights.</summary>
    public static WeightSums[] OfRows(ReadOnlySpan<sbyte> weights, int outs)
    {
        WeightSums[] sums = new WeightSums[outs];
        int inner = weights.Length / outs;
        for (int m = 0; m < outs; m++) sums[m] = Of(weights.Slice(m * inner, inner));
        return sums;
    }

    /// <summary>The sums of each of <paramref name="outs"/> columns of weights.</summary>
    public static WeightSums[] OfColumns(ReadOnlySpan<sbyte> weights, int outs)
    {
        WeightSums[] sums = new WeightSums[outs];
        short[] signed = new short[outs], absolute = new short[outs];
        for (int row = 0; weights.Length > 0; weights = weights[outs..])
        {
            AddRow(weights[..outs], signed, absolute);
            if (++row % MostBytes != 0 && weights.Length > outs) continue;
            for (int n = 0; n < outs; n++) sums[n] = new(sums[n].Sum + signed[n], sums[n].Magnitude + absolute[n]);
            Array.Clear(signed);
            Array.Clear(absolute);
        }
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

    /// <summary>Adds up.</summary>
    public static WeightSums Of(ReadOnlySpan<sbyte> weights)
    {
        long sum = 0, magnitude = 0;
        while (weights.Length >= Vector<sbyte>.Count)
        {
            int vectors = Math.Min(weights.Length / Vector<sbyte>.Count, MostBytes / 2);
            Vector<short> signed = default, absolute = default;
            for (int v = 0; v < vectors; v++)
            {
                Vector.Widen(new Vector<sbyte>(weights[(v * Vector<sbyte>.Count)..]), out Vector<short> low, out Vector<short> high);
                signed += low + high;
                absolute += Vector.Abs(low) + Vector.Abs(high);
            }
            for (int l = 0; l < Vector<short>.Count; l++) (sum, magnitude) = (sum + signed[l], magnitude + absolute[l]);
            weights = weights[(vectors * Vector<sbyte>.Count)..];
        }
        foreach (sbyte w in weights) (sum, magnitude) = (sum + w, magnitude + Math.Abs((int)w));
        return new(sum, magnitude);
    }

    private static void AddRow(ReadOnlySpan<sbyte> row, Span<short> signed, Span<short> absolute)
    {
        int n = 0, half = Vector<short>.Count;
        for (; n <= row.Length - Vector<sbyte>.Count; n += Vector<sbyte>.Count)
        {
            Vector.Widen(new Vector<sbyte>(row[n..]), out Vector<short> low, out Vector<short> high);
            (new Vector<short>(signed[n..]) + low).CopyTo(signed[n..]);
            (new Vector<short>(signed[(n + half)..]) + high).CopyTo(signed[(n + half)..]);
            (new Vector<short>(absolute[n..]) + Vector.Abs(low)).CopyTo(absolute[n..]);
            (new Vector<short>(absolute[(n + half)..]) + Vector.Abs(high)).CopyTo(absolute[(n + half)..]);
        }
        for (; n < row.Length; n++)
        {
            signed[n] += row[n];
            absolute[n] += Math.Abs((short)row[n]);
        }
    }
}
