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
    public static void Normalize<T>(
        ReadOnlySpan<T> x, int columns, NormGroups by, ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<T> h, int bits, Rounding rounding, RoundingDraw draw)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < h.Length; i++)
        {
            int g = Group(i, columns, by), t = unchecked(int.CreateTruncating(x[i]) * a[g] - b[g]);
            h[i] = T.CreateTruncating(FixedPointCode.Requantize(t, NormRule.FractionBits(bits), bits, rounding, rounding == Rounding.Stochastic ? draw.At(i) : 0));
        }
    }

    /// <summary>y = γ·h + β, by columns.</summary>
    public static void Affine<T>(ReadOnlySpan<T> h, int columns, ReadOnlySpan<int> gamma, ReadOnlySpan<int> beta, Span<int> y) where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < y.Length; i++) y[i] = unchecked(gamma[i % columns] * int.CreateTruncating(h[i]) + beta[i % columns]);
    }

    /// <summary>Σt and Σt·h of each group.</summary>
    public static void Sums<TG, TH>(ReadOnlySpan<TG> t, ReadOnlySpan<TH> h, int columns, NormGroups by, Span<long> sums, Span<long> dots)
        where TG : unmanaged, IBinaryInteger<TG> where TH : unmanaged, IBinaryInteger<TH>
    {
        sums.Clear();
        dots.Clear();
        for (int i = 0; i < t.Length; i++)
        {
            int g = Group(i, columns, by);
            sums[g] += int.CreateTruncating(t[i]);
            dots[g] += (long)int.CreateTruncating(t[i]) * int.CreateTruncating(h[i]);
        }
    }

    /// <summary>dx = t·P − h·R − Q.</summary>
    public static void Gradient<TG, TH>(
        ReadOnlySpan<TG> t, ReadOnlySpan<TH> h, int columns, NormGroups by, ReadOnlySpan<int> p, ReadOnlySpan<int> q, ReadOnlySpan<int> r, Span<int> dx)
        where TG : unmanaged, IBinaryInteger<TG> where TH : unmanaged, IBinaryInteger<TH>
    {
        for (int i = 0; i < dx.Length; i++)
        {
            int g = Group(i, columns, by);
            dx[i] = unchecked(int.CreateTruncating(t[i]) * p[g] - int.CreateTruncating(h[i]) * r[g] - q[g]);
        }
    }

    private static int Group(int i, int columns, NormGroups by) => by == NormGroups.Columns ? i % columns : i / columns;
}
