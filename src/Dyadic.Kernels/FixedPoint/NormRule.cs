using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Along what a normalisation takes its mean and variance in a matrix of rows and columns.</summary>
public enum NormGroups
{
    /// <summary>Each column is a group: batch-norm over channels-last rows.</summary>
    Columns,

    /// <summary>Each row is a group: layer-norm.</summary>
    Rows,
}

/// <summary>Σx, Σx², min x and max x of the codes of one group.</summary>
public record struct GroupStatistics(long Sum, long Squares, int Least, int Most);

/// <summary>h = x·A − B and dx = t·P − h·R − Q: the per-group integers of a normalisation and of its gradient.</summary>
/// <remarks>
/// docs/equations/fixed-point.md (18)–(25). With n codes x at exponent E in a group, c = n·x − S and W = n·Σx² − S² give x̂ = c/√(W + ε·n²·2⁻²ᴱ). Bounds: |c| ≤ n·2ᵇ and
/// W ≤ n²·2²ᵇ⁻² ≤ 2¹²⁶ in 128 bits for every n below 2³¹; elements are int32 throughout. No floating-point arithmetic.
/// </remarks>
public static class NormRule
{
    /// <summary>Bits of <see cref="Means"/> and <see cref="Variances"/> below those of the codes.</summary>
    public const int StatisticBits = 16;

    /// <summary>Bits of fraction of x·A − B, so that it stays below 2³¹ for codes of b bits.</summary>
    public static int FractionBits(int bits) => Math.Min(16, 31 - bits);

    /// <summary>y·2⁻¹⁵⁻ᵏ ≈ 1/√(W + ε·n²·2⁻²ᴱ); nothing where that is 0.</summary>
    /// <param name="s">The group.</param>
    /// <param name="n">Its size.</param>
    /// <param name="exponent">E.</param>
    /// <param name="epsilon">ε.</param>
    public static IntegerRsqrt? Root(GroupStatistics s, int n, int exponent, DyadicScale epsilon)
    {
        UInt128 squares = (UInt128)((Int128)n * s.Squares - (Int128)s.Sum * s.Sum);                                     // (18)
        UInt128 shifted = (UInt128)((Int128)n * n) * (uint)epsilon.Multiplier;                                         // below 2⁹³
        int up = -2 * exponent - epsilon.Shift;
        UInt128 least = up <= 0 ? (up <= -128 ? 0 : shifted >> -up) : up >= (int)UInt128.LeadingZeroCount(shifted) - 1 ? UInt128.One << 126 : shifted << up;
        UInt128 sum = squares + least;
        return sum == 0 ? null : IntegerRsqrt.Of(sum);
    }

    /// <summary>A, B of each group and the shared exponent of x̂, which is returned.</summary>
    /// <param name="groups">Statistics.</param>
    /// <param name="n">Codes in a group.</param>
    /// <param name="exponent">E of the codes.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="bits">b of x̂.</param>
    /// <param name="scales">Receives A.</param>
    /// <param name="offsets">Receives B.</param>
    public static int Normalizer(ReadOnlySpan<GroupStatistics> groups, int n, int exponent, DyadicScale epsilon, int bits, Span<int> scales, Span<int> offsets)
    {
        int result = int.MinValue;
        foreach (GroupStatistics s in groups)
            if (Root(s, n, exponent, epsilon) is { } root && Farthest(s, n) is > 0 and ulong farthest)
                result = Math.Max(result, FixedPointCode.Exponent(farthest * (ulong)root.Multiplier, -15 - root.Shift, bits));         // (20)
        if (result == int.MinValue) result = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            (scales[i], offsets[i]) = (0, 0);
            if (Root(groups[i], n, exponent, epsilon) is not { } root || Farthest(groups[i], n) == 0) continue;
            Int128 scale = Shift((Int128)n * root.Multiplier, FractionBits(bits) - 15 - root.Shift - result);                        // (19)
            scales[i] = unchecked((int)(long)scale);                                                                                  // x·A − B fits, and so is right modulo 2³²
            offsets[i] = unchecked((int)(long)Divide(scale * groups[i].Sum, n));
        }
        return result;
    }

    /// <summary>P, Q, R of each group and the exponent of dx = t·P − h·R − Q, which is returned.</summary>
    /// <param name="groups">Statistics of the forward pass.</param>
    /// <param name="n">Codes in a group.</param>
    /// <param name="exponent">E of the codes of the forward pass.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="xhatExponent">The exponent of x̂.</param>
    /// <param name="factors">γ of each group for <see cref="NormGroups.Columns"/>; empty where it is inside t.</param>
    /// <param name="gradientExponent">The exponent of t, of t·γ where there are factors.</param>
    /// <param name="largest">max |t| and max |h| over all groups.</param>
    /// <param name="sums">Σt of each group.</param>
    /// <param name="dots">Σt·h of each group.</param>
    /// <param name="p">Receives P.</param>
    /// <param name="q">Receives Q.</param>
    /// <param name="r">Receives R.</param>
    public static int Gradient(
        ReadOnlySpan<GroupStatistics> groups, int n, int exponent, DyadicScale epsilon, int xhatExponent, ReadOnlySpan<int> factors, int gradientExponent,
        (ulong Gradient, ulong Xhat) largest, ReadOnlySpan<long> sums, ReadOnlySpan<long> dots, Span<int> p, Span<int> q, Span<int> r)
    {
        int result = int.MinValue;
        for (int i = 0; i < groups.Length; i++)
        {
            if (Scale(groups[i], n, exponent, epsilon, factors.IsEmpty ? 1 : factors[i], gradientExponent) is not { } scale) continue;
            UInt128 size = (UInt128)Int128.Abs(scale.Value), mean = (UInt128)(Int128.Abs(sums[i]) / n) + 1;
            UInt128 slope = (UInt128)Int128.Abs(Slope(1L << 20, dots[i], xhatExponent, n)) + 1;                                       // 2²⁰·R/P
            UInt128 bound = size * (largest.Gradient + mean + (largest.Xhat * slope >> 20) + 1);                                      // (24)
            int drop = Math.Max(0, 64 - (int)UInt128.LeadingZeroCount(bound));
            result = Math.Max(result, FixedPointCode.Exponent((ulong)(bound >> drop) + (drop > 0 ? 1UL : 0), scale.Exponent + drop, 31));
        }
        if (result == int.MinValue) result = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            (p[i], q[i], r[i]) = (0, 0, 0);
            if (Scale(groups[i], n, exponent, epsilon, factors.IsEmpty ? 1 : factors[i], gradientExponent) is not { } scale) continue;
            long value = (long)Shift(scale.Value, scale.Exponent - result);                                                            // (21)
            p[i] = unchecked((int)value);
            q[i] = unchecked((int)(long)Divide((Int128)value * sums[i], n));                                                           // (22)
            r[i] = unchecked((int)(long)Slope(value, dots[i], xhatExponent, n));                                                       // (23)
        }
        return result;
    }

    /// <summary>⌊2¹⁶·S/n⌉: the means, at exponent E − 16.</summary>
    public static void Means(ReadOnlySpan<GroupStatistics> groups, int n, Span<long> means)
    {
        for (int i = 0; i < groups.Length; i++) means[i] = (long)Divide((Int128)groups[i].Sum << StatisticBits, n);
    }

    /// <summary>⌊2¹⁶·W/(n·d)⌉: the variances, at exponent 2E − 16; d is n, or n − 1 for those that running statistics keep.</summary>
    public static void Variances(ReadOnlySpan<GroupStatistics> groups, int n, int d, Span<long> variances)
    {
        for (int i = 0; i < groups.Length; i++)
        {
            Int128 squares = (Int128)n * groups[i].Squares - (Int128)groups[i].Sum * groups[i].Sum;
            variances[i] = n == 1 ? 0 : (long)Divide(Divide(squares << StatisticBits, n), d);
        }
    }

    // γ·n·y at its exponent: γ/√(var + ε) times the step of t.
    private static (Int128 Value, int Exponent)? Scale(GroupStatistics s, int n, int exponent, DyadicScale epsilon, int factor, int gradientExponent) =>
        Root(s, n, exponent, epsilon) is { } root && factor != 0
            ? ((Int128)factor * n * root.Multiplier, gradientExponent - exponent - 15 - root.Shift)
            : null;

    // value·dot·2^(2·E_h)/n
    private static Int128 Slope(long value, long dot, int xhatExponent, int n)
    {
        Int128 product = (Int128)value * dot;                                                                                          // below 2¹²⁶
        return Divide(Shift(product, 2 * xhatExponent), n);
    }

    // max |c|
    private static ulong Farthest(GroupStatistics s, int n) => (ulong)Math.Max((long)n * s.Most - s.Sum, s.Sum - (long)n * s.Least);

    private static Int128 Shift(Int128 x, int up) => up >= 0 ? x << Math.Min(up, 126) : Round.HalfToEven(x, Math.Min(-up, 127));

    // ⌊x/n⌉, halves up
    private static Int128 Divide(Int128 x, int n)
    {
        (Int128 quotient, Int128 rest) = Int128.DivRem(2 * x + n, 2 * (Int128)n);
        return rest < 0 ? quotient - 1 : quotient;
    }
}
