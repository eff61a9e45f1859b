using System.Numerics;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Batch-norm and layer-norm on codes [rows, columns] of 8 or 16 bits, forward and backward. Equal to <see cref="Reference.IntegerNorm"/> bit for bit.</summary>
/// <remarks>
/// docs/equations/fixed-point.md (18)–(25). Forward: Statistics, <see cref="NormRule.Normalizer"/>, Normalize to the codes of x̂ that the backward pass keeps, Affine.
/// Backward: Sums, <see cref="NormRule.Gradient"/>, Gradient. The results of Affine and Gradient are accumulators at one exponent, mapped on like those of a product.
/// Vectors cover all of it but the sums of 16-bit codes by 16-bit codes and rows whose length is no multiple of 16. No floating-point arithmetic.
/// </remarks>
public static unsafe class IntegerNorm
{
    private const int Grain = 1 << 13;

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

    /// <summary>h = clamp(⌊(x·A − B)·2⁻ᶠ⌉, ±(2ᵇ⁻¹ − 1)): the codes of x̂.</summary>
    /// <param name="x">Codes, [rows, columns].</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="by">Which lines are groups.</param>
    /// <param name="a">A of each group.</param>
    /// <param name="b">B of each group.</param>
    /// <param name="h">Receives the codes.</param>
    /// <param name="bits">b, that of <see cref="NormRule.Normalizer"/>.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Normalize<T>(
        ReadOnlySpan<T> x, int columns, NormGroups by, ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<T> h, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
        where T : unmanaged, IBinaryInteger<T>
    {
        Check<T, T>(x.Length, h.Length, columns, by, a.Length, b.Length);
        Codes.Check<T>(nameof(IntegerNorm), bits);
        using ScratchBuffer<int> scales = GroupValues.Rent(a), offsets = GroupValues.Rent(b);
        fixed (T* codes = x)
            RoundingLoop.Run(
                new NormalizedSource<T>(codes, new(scales.Pointer, columns, by), new(offsets.Pointer, columns, by), GroupValues.Fits(columns, by), bits), h, bits, rounding, draw, mode);
    }

    /// <summary>y = γ·h + β, by columns, at the exponent of γ plus that of h.</summary>
    /// <param name="h">Codes, [rows, columns].</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="gamma">γ, codes of at most 16 bits, one a column.</param>
    /// <param name="beta">β at the exponent of y, |β| below 2³⁰.</param>
    /// <param name="y">Receives the sums.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Affine<T>(ReadOnlySpan<T> h, int columns, ReadOnlySpan<int> gamma, ReadOnlySpan<int> beta, Span<int> y, in ExecutionMode mode) where T : unmanaged, IBinaryInteger<T>
    {
        Check<T, T>(h.Length, y.Length, columns, NormGroups.Columns, gamma.Length, beta.Length);
        Elements(h, h, columns, NormGroups.Columns, gamma, beta, [], y, mode);
    }

    /// <summary>Σt and Σt·h of each group: of columns dβ and dγ, and what the gradient of the input takes away.</summary>
    /// <param name="t">The gradient, [rows, columns]; for layer-norm times γ.</param>
    /// <param name="h">The codes of x̂.</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="by">Which lines are groups.</param>
    /// <param name="sums">Receives Σt.</param>
    /// <param name="dots">Receives Σt·h.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Sums<TG, TH>(ReadOnlySpan<TG> t, ReadOnlySpan<TH> h, int columns, NormGroups by, Span<long> sums, Span<long> dots, in ExecutionMode mode)
        where TG : unmanaged, IBinaryInteger<TG> where TH : unmanaged, IBinaryInteger<TH>
    {
        Check<TG, TH>(t.Length, h.Length, columns, by, sums.Length, dots.Length);
        using ScratchBuffer<GroupStatistics> groups = Scratch.Rent<GroupStatistics>(sums.Length);
        GroupTotals.Run(t, h, columns, by, groups.Span, mode);
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
        using ScratchBuffer<int> product = Scratch.Rent<int>(g.Length);
        Elements(g, g, columns, NormGroups.Columns, gamma, [], [], product.Span, mode);
        FixedPointMap.Requantize(product.Span, 0, t, 16, shift, rounding, draw, mode);
    }

    /// <summary>dx = t·P − h·R − Q at the exponent that <see cref="NormRule.Gradient"/> gave.</summary>
    /// <param name="t">The gradient, [rows, columns]; for layer-norm times γ.</param>
    /// <param name="h">The codes of x̂.</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="by">Which lines are groups.</param>
    /// <param name="p">P of each group.</param>
    /// <param name="q">Q of each group.</param>
    /// <param name="r">R of each group.</param>
    /// <param name="dx">Receives the accumulators.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Gradient<TG, TH>(
        ReadOnlySpan<TG> t, ReadOnlySpan<TH> h, int columns, NormGroups by, ReadOnlySpan<int> p, ReadOnlySpan<int> q, ReadOnlySpan<int> r, Span<int> dx, in ExecutionMode mode)
        where TG : unmanaged, IBinaryInteger<TG> where TH : unmanaged, IBinaryInteger<TH>
    {
        Check<TG, TH>(t.Length, h.Length, columns, by, p.Length, q.Length, r.Length);
        Ensure.Shape(dx.Length == t.Length, $"IntegerNorm.Gradient: {t.Length} gradients but room for {dx.Length} results.");
        using ScratchBuffer<int> offsets = Scratch.Rent<int>(q.Length);
        for (int i = 0; i < q.Length; i++) offsets.Pointer[i] = unchecked(-q[i]);
        Elements(t, h, columns, by, p, offsets.Span, r, dx, mode);
    }

    private static void Check<TG, TH>(int t, int h, int columns, NormGroups by, params ReadOnlySpan<int> groups) where TG : unmanaged where TH : unmanaged
    {
        Codes.Check<TG>(nameof(IntegerNorm), 2);
        Codes.Check<TH>(nameof(IntegerNorm), 2);
        Ensure.Shape(columns > 0 && t % columns == 0 && h == t, $"IntegerNorm: {t} and {h} values are no two matrices with rows of {columns}.");
        int expected = by == NormGroups.Columns ? columns : t / columns;
        foreach (int count in groups) Ensure.Shape(count == expected, $"IntegerNorm: {count} values for {expected} {(by == NormGroups.Columns ? "columns" : "rows")}. Pass one for each.");
    }

    // y = t·p + q − h·r; a list that is empty holds zeros.
    private static void Elements<TG, TH>(
        ReadOnlySpan<TG> t, ReadOnlySpan<TH> h, int columns, NormGroups by, ReadOnlySpan<int> p, ReadOnlySpan<int> q, ReadOnlySpan<int> r, Span<int> y, in ExecutionMode mode)
        where TG : unmanaged where TH : unmanaged
    {
        using ScratchBuffer<int> scales = GroupValues.Rent(p), offsets = GroupValues.Rent(q, p.Length), slopes = GroupValues.Rent(r, p.Length);
        fixed (TG* pt = t)
        fixed (TH* ph = h)
        fixed (int* py = y)
        {
            ElementBody<TG, TH> body = new(
                pt, r.IsEmpty ? null : ph, py, y.Length, new(scales.Pointer, columns, by), new(offsets.Pointer, columns, by), new(slopes.Pointer, columns, by),
                GroupValues.Fits(columns, by) ? mode.Width : SimdWidth.Scalar);
            WorkerPool.For((y.Length + GroupValues.Widest - 1) / GroupValues.Widest, mode, ref body, Grain / GroupValues.Widest);
        }
    }

    // Indices are those of the widest vectors; h is null where r is zero.
    private readonly struct ElementBody<TG, TH>(TG* t, TH* h, int* y, int count, GroupValues p, GroupValues q, GroupValues r, SimdWidth width) : IParallelBody
        where TG : unmanaged where TH : unmanaged
    {
        public void Run(int start, int end)
        {
            int first = start * GroupValues.Widest, last = Math.Min(end * GroupValues.Widest, count);
            int i = width switch
            {
                SimdWidth.V512 => Vectors<IntVector512, Vector512<int>>(first, last),
                SimdWidth.V256 => Vectors<IntVector256, Vector256<int>>(first, last),
                SimdWidth.V128 => Vectors<IntVector128, Vector128<int>>(first, last),
                _ => first,
            };
            for (; i < last; i++) y[i] = unchecked(Codes.Read(t, i) * p.Read(i) + q.Read(i) - (h == null ? 0 : Codes.Read(h, i) * r.Read(i)));
        }

        private int Vectors<TOps, TVector>(int first, int last) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            int i = first;
            for (; i <= last - TOps.Lanes; i += TOps.Lanes)
            {
                int at = p.Index(i);
                TVector sum = TOps.Add(TOps.Multiply(Codes.Load<TG, TOps, TVector>(t + i), p.Load<TOps, TVector>(at)), q.Load<TOps, TVector>(at));
                if (h != null) sum = TOps.Subtract(sum, TOps.Multiply(Codes.Load<TH, TOps, TVector>(h + i), r.Load<TOps, TVector>(at)));
                TOps.Store(sum, y + i);
            }
            return i;
        }
    }
}
