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

/// <summary>Integers of groups at one exponent.</summary>
/// <param name="values">One for each group; none for zeros.</param>
/// <param name="exponent">Their exponent.</param>
public readonly ref struct GroupFactors(ReadOnlySpan<int> values, int exponent)
{
    private readonly ReadOnlySpan<int> _values = values;

    /// <summary>The exponent of all of them.</summary>
    public int Exponent => exponent;

    /// <summary>That of group <paramref name="i"/>.</summary>
    public int At(int i) => _values.IsEmpty ? 0 : _values[i];
}

/// <summary>Σx, Σx², min x and max x of the codes of one group.</summary>
public record struct GroupStatistics(long Sum, long Squares, int Least, int Most);

/// <summary>x̂ = x·A − B, y = x·A − B with γ and β inside, and dx = t·P − x·R − Q: the per-group integers of a normalisation and of its gradient.</summary>
/// <remarks>
/// docs/equations/fixed-point.md (18)–(25). With n codes x at exponent E in a group, c = n·x − S and W = n·Σx² − S² give x̂ = c/√(W + ε·n²·2⁻²ᴱ). Bounds: |c| ≤ n·2ᵇ and
/// W ≤ n²·2²ᵇ⁻² ≤ 2¹²⁶ in 128 bits for every n below 2³¹; elements are int32 throughout. No floating-point arithmetic.
/// </remarks>
public static class NormRule
{
    /// <summary>Bits of <see cref="Means"/> and <see cref="Variances"/> below those of the codes.</summary>
    public const int StatisticBits = 16;

    private const int SlopeBits = 40;      // of fraction

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
    /// <param name="least">The exponent is no lower than this.</param>
    public static int Normalizer(
        ReadOnlySpan<GroupStatistics> groups, int n, int exponent, DyadicScale epsilon, int bits, Span<int> scales, Span<int> offsets, int least = int.MinValue)
    {
        int result = least;
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

    /// <summary>A, B of each group and the exponent of y = γ·x̂ + β, which is returned: y = (x·A − B)·2⁻ᶠ in units of a code.</summary>
    /// <param name="groups">Statistics.</param>
    /// <param name="n">Codes in a group.</param>
    /// <param name="exponent">E of the codes.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="gamma">γ of each group and its exponent; |γ| below 2¹⁵.</param>
    /// <param name="beta">β of each group and its exponent; |β| below 2³⁰. May be empty.</param>
    /// <param name="bits">b of y.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="scales">Receives A.</param>
    /// <param name="offsets">Receives B.</param>
    public static int Affine(
        ReadOnlySpan<GroupStatistics> groups, int n, int exponent, DyadicScale epsilon, GroupFactors gamma, GroupFactors beta, int bits, int headroom, Span<int> scales, Span<int> offsets)
    {
        int result = int.MinValue, fraction = FractionBits(bits);
        for (int i = 0; i < groups.Length; i++)
        {
            (Int128 scale, int unit) = Slope(groups[i], n, exponent, epsilon, gamma, i);
            foreach (long c in (ReadOnlySpan<long>)[(long)n * groups[i].Least - groups[i].Sum, (long)n * groups[i].Most - groups[i].Sum])      // y is monotone in x
                result = Math.Max(result, Exponent(Sum((scale * c, unit), (beta.At(i), beta.Exponent)), bits, headroom));                    // (20)
        }
        if (result == int.MinValue) result = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            (Int128 scale, int unit) = Slope(groups[i], n, exponent, epsilon, gamma, i);
            Int128 a = Farthest(groups[i], n) == 0 ? 0 : Shift(n * scale, fraction + unit - result);                                        // (19)
            scales[i] = unchecked((int)(long)a);                                                                                             // x·A − B fits, and so is right modulo 2³²
            offsets[i] = unchecked((int)(long)(Divide(a * groups[i].Sum, n) - Shift(beta.At(i), fraction + beta.Exponent - result)));
        }
        return result;
    }

    /// <summary>P, Q, R of each group and the exponent of dx = t·P − x·R − Q, which is returned; |dx| is below 2³⁰.</summary>
    /// <param name="groups">Statistics of the forward pass.</param>
    /// <param name="n">Codes in a group.</param>
    /// <param name="exponent">E of the codes x of the forward pass.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="factors">γ of each group for <see cref="NormGroups.Columns"/>; empty where it is inside t.</param>
    /// <param name="gradientExponent">The exponent of t, of t·γ where there are factors.</param>
    /// <param name="largest">max |t| over all groups.</param>
    /// <param name="sums">Σt of each group.</param>
    /// <param name="dots">Σt·x of each group.</param>
    /// <param name="p">Receives P.</param>
    /// <param name="q">Receives Q.</param>
    /// <param name="r">Receives R.</param>
    public static int Gradient(
        ReadOnlySpan<GroupStatistics> groups, int n, int exponent, DyadicScale epsilon, ReadOnlySpan<int> factors, int gradientExponent,
        ulong largest, ReadOnlySpan<long> sums, ReadOnlySpan<long> dots, Span<int> p, Span<int> q, Span<int> r)
    {
        int result = int.MinValue;
        for (int i = 0; i < groups.Length; i++)
        {
            if (Scale(groups[i], n, exponent, epsilon, factors.IsEmpty ? 1 : factors[i], gradientExponent) is not { } scale) continue;
            UInt128 size = (UInt128)Int128.Abs(scale.Value), mean = (UInt128)(Int128.Abs(sums[i]) / n) + 1, farthest = Farthest(groups[i], n) / (ulong)n + 1;
            UInt128 slope = ((UInt128)Int128.Abs(Regression(groups[i], n, exponent, epsilon, sums[i], dots[i])) * farthest >> SlopeBits) + 1;
            result = Math.Max(result, Exponent(((Int128)(size * (largest + mean + slope)), scale.Exponent), 31, 0));                          // (24)
        }
        if (result == int.MinValue) result = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            (p[i], q[i], r[i]) = (0, 0, 0);
            if (Scale(groups[i], n, exponent, epsilon, factors.IsEmpty ? 1 : factors[i], gradientExponent) is not { } scale) continue;
            Int128 value = Shift(scale.Value, scale.Exponent - result);                                                                      // (21)
            Int128 slope = Shift(value * Regression(groups[i], n, exponent, epsilon, sums[i], dots[i]), -SlopeBits);                          // (23)
            p[i] = unchecked((int)(long)value);
            r[i] = unchecked((int)(long)slope);
            q[i] = unchecked((int)(long)(Divide(value * sums[i], n) - Divide(slope * groups[i].Sum, n)));                                     // (22)
        }
        return result;
    }

    /// <summary>dγ = Σt·x̂ of each group, of at most 48 bits, and their exponent above that of t, which is returned.</summary>
    /// <param name="groups">Statistics of the forward pass.</param>
    /// <param name="n">Codes in a group.</param>
    /// <param name="exponent">E of the codes x of the forward pass.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="sums">Σt of each group.</param>
    /// <param name="dots">Σt·x of each group.</param>
    /// <param name="slopes">Receives dγ.</param>
    public static int ScaleGradient(
        ReadOnlySpan<GroupStatistics> groups, int n, int exponent, DyadicScale epsilon, ReadOnlySpan<long> sums, ReadOnlySpan<long> dots, Span<long> slopes)
    {
        const int Bits = 48;
        (Int128 Value, int Exponent)[] exact = new (Int128, int)[groups.Length];
        for (int i = 0; i < groups.Length; i++)
            exact[i] = Root(groups[i], n, exponent, epsilon) is { } root ? (Centred(groups[i], n, sums[i], dots[i]) * root.Multiplier, -15 - root.Shift) : (0, 0);
        int result = exact.Max(e => Exponent(e, Bits, 0));
        if (result == int.MinValue) result = 0;
        for (int i = 0; i < groups.Length; i++) slopes[i] = (long)Shift(exact[i].Value, exact[i].Exponent - result);
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

    // γ·y and its exponent, so that γ·x̂ = γ·y·c.
    private static (Int128 Value, int Exponent) Slope(GroupStatistics s, int n, int exponent, DyadicScale epsilon, GroupFactors gamma, int i) =>
        Root(s, n, exponent, epsilon) is { } root ? ((Int128)gamma.At(i) * root.Multiplier, gamma.Exponent - 15 - root.Shift) : (0, 0);

    // T = Σt·c = n·Σt·x − S·Σt.
    private static Int128 Centred(GroupStatistics s, int n, long sum, long dot) => (Int128)n * dot - (Int128)s.Sum * sum;

    // ρ·2⁴⁰, the slope of t over x: T·y²·2⁻³⁰⁻²ᵏ.
    private static Int128 Regression(GroupStatistics s, int n, int exponent, DyadicScale epsilon, long sum, long dot) =>
        Root(s, n, exponent, epsilon) is { } root ? Shift(Centred(s, n, sum, dot) * ((long)root.Multiplier * root.Multiplier), SlopeBits - 30 - 2 * root.Shift) : 0;

    // Two numbers at one exponent, 40 bits below the higher one of theirs; |Value| below 2⁸⁶.
    internal static (Int128 Value, int Exponent) Sum((Int128 Value, int Exponent) a, (Int128 Value, int Exponent) b)
    {
        if (a.Value == 0) return b;
        if (b.Value == 0) return a;
        int exponent = Math.Max(a.Exponent, b.Exponent) - SlopeBits;
        return (Shift(a.Value, a.Exponent - exponent) + Shift(b.Value, b.Exponent - exponent), exponent);
    }

    // The exponent of a code of b bits of a number; the least there is where it is 0.
    internal static int Exponent((Int128 Value, int Exponent) x, int bits, int headroom)
    {
        UInt128 magnitude = (UInt128)Int128.Abs(x.Value);
        int drop = Math.Max(0, 64 - (int)UInt128.LeadingZeroCount(magnitude));
        return magnitude == 0 ? int.MinValue : FixedPointCode.Exponent((ulong)(magnitude >> drop), x.Exponent + drop, bits, headroom);
    }

    // max |c|
    private static ulong Farthest(GroupStatistics s, int n) => (ulong)Math.Max((long)n * s.Most - s.Sum, s.Sum - (long)n * s.Least);

    internal static Int128 Shift(Int128 x, int up) => up >= 0 ? x << Math.Min(up, 126) : Round.HalfToEven(x, Math.Min(-up, 127));

    // ⌊x/n⌉, halves up
    private static Int128 Divide(Int128 x, int n)
    {
        (Int128 quotient, Int128 rest) = Int128.DivRem(2 * x + n, 2 * (Int128)n);
        return rest < 0 ? quotient - 1 : quotient;
    }
}
