using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definition of the moments of Adam on codes in blocks of 64, element by element in 128 bits.</summary>
/// <remarks>docs/equations/fixed-point.md (31)–(33).</remarks>
public static class IntegerAdam
{
    /// <summary>Updates m and r with their exponents, and gives m/(r + ε) in units of 2⁻²⁴.</summary>
    public static void Moments(
        Span<short> m, Span<short> mExponents, Span<short> r, Span<short> rExponents, ReadOnlySpan<short> g, int gradientExponent,
        in AdamScales scales, Span<int> step, int bits, Rounding rounding, RoundingDraw draw)
    {
        for (int block = 0; block < mExponents.Length; block++)
        {
            int first = block * BlockMap.Block, size = Math.Min(BlockMap.Block, g.Length - first);
            ReadOnlySpan<short> slopes = g.Slice(first, size);
            long[] means = new long[size], roots = new long[size];
            (int em, int eg) = Met(m.Slice(first, size), mExponents[block], slopes, gradientExponent);
            int unit = Math.Max(em, eg) - Math.Min(Math.Abs(em - eg), 32);
            for (int i = 0; i < size; i++)
                means[i] = (long)(Shift((Int128)scales.Keep1 * m[first + i], em - unit) + Shift((Int128)((1 << 15) - scales.Keep1) * slopes[i], eg - unit));              // (31)
            mExponents[block] = Code(means, unit - 15, m.Slice(first, size), bits, first, rounding, draw.Split(2));
            (int er, eg) = Met(r.Slice(first, size), rExponents[block], slopes, gradientExponent);
            unit = 2 * Math.Max(er, eg) - Math.Min(2 * Math.Abs(er - eg), 8);
            for (int i = 0; i < size; i++)
                roots[i] = Root(
                    Shift((Int128)scales.Keep2 * r[first + i] * r[first + i], 2 * er - unit) + Shift((Int128)((1 << 24) - scales.Keep2) * slopes[i] * slopes[i], 2 * eg - unit));      // (32)
            rExponents[block] = Code(roots, (unit - 24) / 2 - 16, r.Slice(first, size), bits, first, rounding, draw.Split(3));
            for (int i = 0; i < size; i++)
            {
                if (r[first + i] == 0 && roots[i] != 0) r[first + i] = 1;
                step[first + i] = Ratio(m[first + i], mExponents[block], r[first + i], rExponents[block], in scales);
            }
        }
    }

    // Zeros take the exponent of the others.
    private static (int Own, int Gradient) Met(ReadOnlySpan<short> own, int e, ReadOnlySpan<short> g, int eg)
    {
        if (g.IndexOfAnyExcept((short)0) < 0) eg = e;
        return own.IndexOfAnyExcept((short)0) < 0 ? (eg, eg) : (e, eg);
    }

    private static short Code(long[] values, int from, Span<short> q, int bits, int first, Rounding rounding, RoundingDraw draw)
    {
        int exponent = FixedPointCode.Exponent((ulong)values.Max(Math.Abs), from, bits);
        for (int i = 0; i < q.Length; i++)
            q[i] = (short)FixedPointCode.Requantize(values[i], exponent - from, bits, rounding, rounding == Rounding.Stochastic ? draw.At(first + i) : 0);
        return (short)exponent;
    }

    // √x·2¹⁶ = √a·2^(k + 16) with x = a·2²ᵏ and √a = a·(1/√a).
    private static long Root(Int128 x)
    {
        if (x == 0) return 0;
        int k = 0;
        while (x >> (2 * k) != 0) k++;
        uint a = (uint)Shift(x, 32 - 2 * k);
        return (long)Shift((Int128)a * IntegerRsqrt.Fine(a), k + 16 - 62);
    }

    private static int Ratio(short m, int em, short r, int er, in AdamScales scales)
    {
        if (r == 0) return 0;
        int unit = scales.Epsilon == 0 ? er - 15 : Math.Max(er - 15, scales.EpsilonExponent);
        IntegerReciprocal reciprocal = IntegerReciprocal.Of((uint)Int128.Max(1, Shift(r, er - unit) + Nearest(scales.Epsilon, scales.EpsilonExponent - unit)));
        int magnitude = (int)Int128.Min(Nearest((Int128)Math.Abs((int)m) * reciprocal.Multiplier, em - unit + 24 - reciprocal.Shift), int.MaxValue);      // (33)
        return m < 0 ? -magnitude : magnitude;
    }

    // ⌊x·2ᵏ⌋
    private static Int128 Shift(Int128 x, int k) => k >= 0 ? x << Math.Min(k, 126) : x >> Math.Min(-k, 126);

    // ⌊x·2ᵏ⌉ of x ≥ 0, halves up; anything from 2⁶³ on is as good as that.
    private static Int128 Nearest(Int128 x, int k) =>
        k >= 0 ? (x == 0 ? 0 : k > 63 ? long.MaxValue : Int128.Min(x << k, long.MaxValue)) : (x + (Int128.One << Math.Min(-k - 1, 125))) >> Math.Min(-k, 126);
}
