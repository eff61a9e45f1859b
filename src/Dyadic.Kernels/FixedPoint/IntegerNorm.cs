using System.Numerics;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Batch-norm and layer-norm on codes [rows, columns] of 8 or 16 bits, forward and backward. Equal to <see cref="Reference.IntegerNorm"/> bit for bit.</summary>
/// <remarks>
/// docs/equations/fixed-point.md (18)–(25). Forward: Statistics, then of columns <see cref="NormRule.Affine"/> and Normalize, of rows <see cref="NormRule.Normalizer"/> and Affine.
/// Backward: Sums, <see cref="NormRule.Gradient"/>, Gradient. From codes to codes with one rounding. Vectors cover all of it but the sums of 16-bit codes by 16-bit codes, rows
/// whose length is no multiple of 16, and Affine to more than 8 bits. No floating-point arithmetic.
/// </remarks>
public static unsafe class IntegerNorm
{
    /// <summary>Σx, Σx², min and max of each group.</summary>
    /// <param name="x">Codes, [rows, columns].</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="by">Which lines are groups.</param>
    /// <param name="groups">Receives one for each column or row.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Statistics<T>(ReadOnlySpan<T> x, int columns, NormGroups by, Span<GroupStatistics> groups, in ExecutionMode mode) where T : unmanaged, IBinaryInteger<T>
    {
        Check<T, T>(x.Length, x.Length, columns, by, groups.Length);
        GroupTotals.Run(x, x, columns, by, groups, mode);
    }

    /// <summary>h = clamp(⌊(x·A − B)·2⁻ᶠ⌉, ±(2ᵇ⁻¹ − 1)): the codes of x̂, or of y = γ·x̂ + β of columns.</summary>
    /// <param name="x">Codes, [rows, columns].</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="by">Which lines are groups.</param>
    /// <param name="a">A of each group.</param>
    /// <param name="b">B of each group.</param>
    /// <param name="h">Receives the codes.</param>
    /// <param name="bits">b, that of <see cref="NormRule.Normalizer"/> or <see cref="NormRule.Affine"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Normalize<T, TCode>(
        ReadOnlySpan<T> x, int columns, NormGroups by, ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<TCode> h, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        Check<T, TCode>(x.Length, h.Length, columns, by, a.Length, b.Length);
        Codes.Check<TCode>(nameof(IntegerNorm), bits);
        using ScratchBuffer<int> scales = GroupValues.Rent(a), offsets = GroupValues.Rent(b);
        fixed (T* codes = x)
            RoundingLoop.Run(
                new NormalizedSource<T>(codes, new(scales.Pointer, columns, by), new(offsets.Pointer, columns, by), GroupValues.Fits(columns, by), bits), h, bits, rounding, draw, mode);
    }

    /// <summary>y = clamp(⌊(γ·(x·A − B) + β)·2^(from − E)⌉, ±(2ᵇ⁻¹ − 1)) of rows, at the exponent E of the largest magnitude, which is returned.</summary>
    /// <param name="x">Codes, [rows, columns].</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="a">A of each row, from <see cref="NormRule.Normalizer"/> of <see cref="AffineBits"/> bits.</param>
    /// <param name="b">B of each row.</param>
    /// <param name="gamma">γ of each column, codes.</param>
    /// <param name="beta">β of each column at exponent <paramref name="from"/>; |β| ≤ 2⁴⁷.</param>
    /// <param name="narrow">True where |γ| is below 2⁷ and |β| at most 2²⁹: then 32 bits hold every value.</param>
    /// <param name="from">The exponent of x·A − B and γ together.</param>
    /// <param name="y">Receives the codes.</param>
    /// <param name="bits">b.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static int Affine<T, TCode>(
        ReadOnlySpan<T> x, int columns, ReadOnlySpan<int> a, ReadOnlySpan<int> b, ReadOnlySpan<int> gamma, ReadOnlySpan<long> beta, bool narrow, int from,
        Span<TCode> y, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        Check<T, TCode>(x.Length, y.Length, columns, NormGroups.Rows, a.Length, b.Length);
        Check<T, TCode>(x.Length, y.Length, columns, NormGroups.Columns, gamma.Length, beta.Length);
        Codes.Check<TCode>(nameof(IntegerNorm), bits);
        using ScratchBuffer<int> low = Scratch.Rent<int>(columns);
        for (int c = 0; c < columns; c++) low.Pointer[c] = unchecked((int)beta[c]);
        using ScratchBuffer<int> scales = GroupValues.Rent(a), offsets = GroupValues.Rent(b), factors = GroupValues.Rent(gamma), betas = GroupValues.Rent(low.Span);
        fixed (T* codes = x)
        fixed (long* exact = beta)
        {
            AffineValues<T> values = new(
                codes, columns, new(scales.Pointer, columns, NormGroups.Rows), new(offsets.Pointer, columns, NormGroups.Rows),
                new(factors.Pointer, columns, NormGroups.Columns), exact, new(betas.Pointer, columns, NormGroups.Columns), narrow);
            return ComputedCodes.Run(values, from, y, bits, headroom, rounding, draw, mode);
        }
    }

    /// <summary>Bits of x̂ for which <see cref="NormRule.Normalizer"/> is asked, so that |x·A − B| stays below 2²², and γ·(x·A − B) below 2²⁹, where it is narrow, else below 2³⁰ and 2⁴⁵.</summary>
    public static int AffineBits(bool narrow) => narrow ? 7 : 15;

    /// <summary>Σt and Σt·x of each group: what the gradient of the input takes away, and of columns dβ.</summary>
    /// <param name="t">The gradient, [rows, columns]; for layer-norm times γ.</param>
    /// <param name="x">The codes of the input, or of x̂.</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="by">Which lines are groups.</param>
    /// <param name="sums">Receives Σt.</param>
    /// <param name="dots">Receives Σt·x.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Sums<TG, TH>(ReadOnlySpan<TG> t, ReadOnlySpan<TH> x, int columns, NormGroups by, Span<long> sums, Span<long> dots, in ExecutionMode mode)
        where TG : unmanaged, IBinaryInteger<TG> where TH : unmanaged, IBinaryInteger<TH>
    {
        Check<TG, TH>(t.Length, x.Length, columns, by, sums.Length, dots.Length);
        using ScratchBuffer<GroupStatistics> groups = Scratch.Rent<GroupStatistics>(sums.Length);
        GroupTotals.Run(t, x, columns, by, groups.Span, mode);
        for (int i = 0; i < sums.Length; i++) (sums[i], dots[i]) = (groups.Pointer[i].Sum, groups.Pointer[i].Squares);
    }

    /// <summary>Σt of each column: the gradient of a bias.</summary>
    public static void ColumnSums<T>(ReadOnlySpan<T> t, int columns, Span<long> sums, in ExecutionMode mode) where T : unmanaged, IBinaryInteger<T>
    {
        using ScratchBuffer<long> dots = Scratch.Rent<long>(columns);
        Sums(t, t, columns, NormGroups.Columns, sums, dots.Span, mode);
    }

    /// <summary>t = clamp(⌊g·γ·2^(−shift)⌉, ±(2¹⁵ − 1)), by columns: what layer-norm's gradient starts from; exact for shift 0 where the product has 16 bits.</summary>
    /// <param name="g">The gradient, [rows, columns].</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="gamma">γ, one a column.</param>
    /// <param name="shift">By how much the exponent of t lies above that of the product; 0 or more.</param>
    /// <param name="t">Receives the codes.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void ScaleColumns<T>(ReadOnlySpan<T> g, int columns, ReadOnlySpan<int> gamma, int shift, Span<short> t, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where T : unmanaged, IBinaryInteger<T>
    {
        Check<T, short>(g.Length, t.Length, columns, NormGroups.Columns, gamma.Length);
        using ScratchBuffer<int> factors = GroupValues.Rent(gamma);
        fixed (T* codes = g)
            ComputedCodes.Round(
                new ScaledValues<T>(codes, new(factors.Pointer, columns, NormGroups.Columns)), shift, t, 16, shift == 0 ? Rounding.HalfEven : rounding, draw, mode);      // nothing is lost then
    }

    /// <summary>dx = clamp(⌊(t·P − x·R − Q)·2^(from − E)⌉, ±(2ᵇ⁻¹ − 1)) at the exponent E of the largest magnitude, which is returned.</summary>
    /// <param name="t">The gradient, [rows, columns]; for layer-norm times γ.</param>
    /// <param name="x">The codes of the input.</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="by">Which lines are groups.</param>
    /// <param name="p">P of each group.</param>
    /// <param name="q">Q of each group.</param>
    /// <param name="r">R of each group.</param>
    /// <param name="from">The exponent that <see cref="NormRule.Gradient"/> gave.</param>
    /// <param name="dx">Receives the codes.</param>
    /// <param name="bits">b.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static int Gradient<TG, TX, TCode>(
        ReadOnlySpan<TG> t, ReadOnlySpan<TX> x, int columns, NormGroups by, ReadOnlySpan<int> p, ReadOnlySpan<int> q, ReadOnlySpan<int> r, int from,
        Span<TCode> dx, int bits, int headroom, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where TG : unmanaged, IBinaryInteger<TG> where TX : unmanaged, IBinaryInteger<TX> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        Check<TG, TX>(t.Length, x.Length, columns, by, p.Length, q.Length, r.Length);
        Ensure.Shape(dx.Length == t.Length, $"IntegerNorm.Gradient: {t.Length} gradients but room for {dx.Length} results.");
        Codes.Check<TCode>(nameof(IntegerNorm), bits);
        using ScratchBuffer<int> scales = GroupValues.Rent(p), offsets = GroupValues.Rent(q), slopes = GroupValues.Rent(r);
        fixed (TG* gradient = t)
        fixed (TX* codes = x)
            return ComputedCodes.Run(
                new GradientValues<TG, TX>(gradient, codes, new(scales.Pointer, columns, by), new(offsets.Pointer, columns, by), new(slopes.Pointer, columns, by), GroupValues.Fits(columns, by)),
                from, dx, bits, headroom, rounding, draw, mode);
    }

    private static void Check<TG, TH>(int t, int h, int columns, NormGroups by, params ReadOnlySpan<int> groups) where TG : unmanaged where TH : unmanaged
    {
        Codes.Check<TG>(nameof(IntegerNorm), 2);
        Codes.Check<TH>(nameof(IntegerNorm), 2);
        Ensure.Shape(columns > 0 && t % columns == 0 && h == t, $"IntegerNorm: {t} and {h} values are no two matrices with rows of {columns}.");
        int expected = by == NormGroups.Columns ? columns : t / columns;
        foreach (int count in groups) Ensure.Shape(count == expected, $"IntegerNorm: {count} values for {expected} {(by == NormGroups.Columns ? "columns" : "rows")}. Pass one for each.");
    }
}
