using System.Numerics;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definitions of the element-wise parts of integer batch-norm and layer-norm on codes [rows, columns], as plain loops.</summary>
/// <remarks>docs/equations/fixed-point.md (18)–(25); the per-group integers come from <see cref="NormRule"/>.</remarks>
public static class IntegerNorm
{
    /// <summary>Σx, Σx², min and max of each group.</summary>
    public static void Statistics<T>(ReadOnlySpan<T> x, int columns, NormGroups by, Span<GroupStatistics> groups) where T : unmanaged, IBinaryInteger<T>
    {
        groups.Fill(new(0, 0, int.MaxValue, int.MinValue));
        for (int i = 0; i < x.Length; i++)
        {
            int code = int.CreateTruncating(x[i]);
            ref GroupStatistics g = ref groups[Group(i, columns, by)];
            g = new(g.Sum + code, g.Squares + (long)code * code, Math.Min(g.Least, code), Math.Max(g.Most, code));
        }
    }

    /// <summary>h = clamp(⌊(x·A − B)·2⁻ᶠ⌉, ±(2ᵇ⁻¹ − 1)).</summary>
    public static void Normalize<T, TCode>(
        ReadOnlySpan<T> x, int columns, NormGroups by, ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<TCode> h, int bits, Rounding rounding, RoundingDraw draw)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        for (int i = 0; i < h.Length; i++)
        {
            int g = Group(i, columns, by), t = unchecked(int.CreateTruncating(x[i]) * a[g] - b[g]);
            h[i] = TCode.CreateTruncating(FixedPointCode.Requantize(t, NormRule.FractionBits(bits), bits, rounding, rounding == Rounding.Stochastic ? draw.At(i) : 0));
        }
    }

    /// <summary>y = ⌊(γ·(x·A − B) + β)·2^(from − E)⌉ at the exponent E of the largest magnitude, which is returned; A and B by rows, γ and β by columns.</summary>
    public static int Affine<T, TCode>(
        ReadOnlySpan<T> x, int columns, ReadOnlySpan<int> a, ReadOnlySpan<int> b, ReadOnlySpan<int> gamma, ReadOnlySpan<long> beta, int from,
        Span<TCode> y, int bits, int headroom, Rounding rounding, RoundingDraw draw)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        var values = new long[x.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = (long)gamma[i % columns] * unchecked(int.CreateTruncating(x[i]) * a[i / columns] - b[i / columns]) + beta[i % columns];
        return FixedPointMap.Rounded(values, from, y, bits, headroom, rounding, draw);
    }

    /// <summary>Σt and Σt·x of each group.</summary>
    public static void Sums<TG, TH>(ReadOnlySpan<TG> t, ReadOnlySpan<TH> x, int columns, NormGroups by, Span<long> sums, Span<long> dots)
        where TG : unmanaged, IBinaryInteger<TG> where TH : unmanaged, IBinaryInteger<TH>
    {
        sums.Clear();
        dots.Clear();
        for (int i = 0; i < t.Length; i++)
        {
            int g = Group(i, columns, by);
            sums[g] += int.CreateTruncating(t[i]);
            dots[g] += (long)int.CreateTruncating(t[i]) * int.CreateTruncating(x[i]);
        }
    }

    /// <summary>dx = ⌊(t·P − x·R − Q)·2^(from − E)⌉ at the exponent E of the largest magnitude, which is returned.</summary>
    public static int Gradient<TG, TX, TCode>(
        ReadOnlySpan<TG> t, ReadOnlySpan<TX> x, int columns, NormGroups by, ReadOnlySpan<int> p, ReadOnlySpan<int> q, ReadOnlySpan<int> r, int from,
        Span<TCode> dx, int bits, int headroom, Rounding rounding, RoundingDraw draw)
        where TG : unmanaged, IBinaryInteger<TG> where TX : unmanaged, IBinaryInteger<TX> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        var values = new long[dx.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int g = Group(i, columns, by);
            values[i] = unchecked(int.CreateTruncating(t[i]) * p[g] - int.CreateTruncating(x[i]) * r[g] - q[g]);
        }
        return FixedPointMap.Rounded(values, from, dx, bits, headroom, rounding, draw);
    }

    private static int Group(int i, int columns, NormGroups by) => by == NormGroups.Columns ? i % columns : i / columns;
}
