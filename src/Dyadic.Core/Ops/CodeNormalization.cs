using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

/// <summary>y = γ·x̂ + β on codes, x̂ = (x − mean)/√(variance + ε) of each column or row, and its gradient: docs/equations/fixed-point.md (18)–(25).</summary>
internal sealed class CodeNormalization
{
    private const int BiasBits = 30, ProductBits = 16;
    private readonly IntegerCall _call;
    private readonly FixedPointTensor _x;
    private readonly Tensor _rows;
    private readonly int _columns, _size;
    private readonly NormGroups _by;
    private readonly DyadicScale _epsilon;
    private readonly GroupStatistics[] _groups;

    /// <summary>Takes the statistics.</summary>
    /// <param name="call">The op's.</param>
    /// <param name="x">The input, of at least one code.</param>
    /// <param name="rows">Its codes as a contiguous matrix.</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="by">What is a group.</param>
    /// <param name="epsilon">ε.</param>
    public CodeNormalization(IntegerCall call, FixedPointTensor x, Tensor rows, int columns, NormGroups by, float epsilon)
    {
        (_call, _x, _rows, _columns, _by, _epsilon) = (call, x, rows, columns, by, DyadicScale.Nearest(epsilon));
        int count = rows.Length / columns;
        (_groups, _size) = by == NormGroups.Columns ? (new GroupStatistics[columns], count) : (new GroupStatistics[count], columns);
        if (IsByte(rows)) IntegerNorm.Statistics<sbyte>(rows.Span<sbyte>(), columns, by, _groups, call.Mode);
        else IntegerNorm.Statistics<short>(rows.Span<short>(), columns, by, _groups, call.Mode);
    }

    /// <summary>[N, C, ..] as rows of channels in memory, copied only where they lie otherwise.</summary>
    public static Tensor ChannelsLast(Tensor x) => x.Permuted([0, .. Enumerable.Range(2, x.Rank - 2), 1]).ToContiguous();

    /// <summary>[N, .., C] as [N, C, ..].</summary>
    public static Tensor ChannelsFirst(Tensor x) => x.Permuted([0, x.Rank - 1, .. Enumerable.Range(1, x.Rank - 2)]);

    /// <summary>Mean and variance Σ(x − mean)²/n of each group, as integers with 16 bits below a code.</summary>
    public (Tensor Mean, Tensor Variance) Statistics()
    {
        Tensor mean = Tensor.Empty(Shape.Of(_groups.Length), DType.Int64), variance = Tensor.Empty(Shape.Of(_groups.Length), DType.Int64);
        NormRule.Means(_groups, _size, mean.Span<long>());
        NormRule.Variances(_groups, _size, _size, variance.Span<long>());
        return (IntegerCall.Exact(mean, _x.Exponent - NormRule.StatisticBits), IntegerCall.Exact(variance, 2 * _x.Exponent - NormRule.StatisticBits));
    }

    /// <summary>γ·x̂ + β as sums of the matrix's shape, and their exponent.</summary>
    /// <param name="gamma">γ, one a column.</param>
    /// <param name="beta">β; null for none.</param>
    public (Tensor Sums, int Exponent) Affine(FixedPointTensor gamma, Tensor? beta)
    {
        (Tensor h, int exponent) = Normalized();
        (int[] scales, int[] offsets, int result) = Aligned(gamma, beta, exponent);
        Tensor sums = Tensor.Empty(_rows.Shape, DType.Int32);
        if (IsByte(h)) IntegerNorm.Affine<sbyte>(h.Span<sbyte>(), _columns, scales, offsets, sums.Span<int>(), _call.Mode);
        else IntegerNorm.Affine<short>(h.Span<short>(), _columns, scales, offsets, sums.Span<int>(), _call.Mode);
        h.Dispose();
        return (sums, result);
    }

    /// <summary>dx as sums of the matrix's shape with their exponent, and dγ and dβ, exact.</summary>
    /// <param name="gamma">γ, one a column.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="rows">Its codes, lying as those of x.</param>
    /// <param name="shape">Of γ.</param>
    public (Tensor Sums, int Exponent, Tensor DGamma, Tensor DBeta) Gradient(FixedPointTensor gamma, FixedPointTensor dy, Tensor rows, Shape shape)
    {
        (Tensor h, int exponent) = Normalized();
        Tensor dots = Tensor.Empty(shape, DType.Int64), totals = Tensor.Empty(shape, DType.Int64), sums = Tensor.Empty(_rows.Shape, DType.Int32);
        Sums(rows, h, NormGroups.Columns, totals.Span<long>(), dots.Span<long>());
        int result;
        if (_by == NormGroups.Columns) result = Slopes(rows, dy.Bits, dy.Exponent + gamma.Exponent, Integers(gamma), h, exponent, totals.Span<long>(), dots.Span<long>(), sums);
        else
        {
            int shift = Math.Max(0, dy.Bits + gamma.Bits - 1 - ProductBits);
            using Tensor scaled = Scaled(rows, gamma, shift);
            long[] rowTotals = new long[_groups.Length], rowDots = new long[_groups.Length];
            Sums(scaled, h, NormGroups.Rows, rowTotals, rowDots);
            result = Slopes(scaled, ProductBits, dy.Exponent + gamma.Exponent + shift, [], h, exponent, rowTotals, rowDots, sums);
        }
        h.Dispose();
        return (sums, result, IntegerCall.Exact(dots, dy.Exponent + exponent), IntegerCall.Exact(totals, dy.Exponent));
    }

    // The codes of x̂. The gradient makes its own, from the statistics of the same codes: the tape keeps x alone, and their rounding is independent of the forward pass's.
    private (Tensor Codes, int Exponent) Normalized()
    {
        int[] a = new int[_groups.Length], b = new int[_groups.Length];
        int exponent = NormRule.Normalizer(_groups, _size, _x.Exponent, _epsilon, _x.Bits, a, b);
        Tensor h = Tensor.Empty(_rows.Shape, _rows.Type);
        (Rounding rounding, RoundingDraw draw) = Draw();
        if (IsByte(h)) IntegerNorm.Normalize<sbyte>(_rows.Span<sbyte>(), _columns, _by, a, b, h.Span<sbyte>(), _x.Bits, rounding, draw, _call.Mode);
        else IntegerNorm.Normalize<short>(_rows.Span<short>(), _columns, _by, a, b, h.Span<short>(), _x.Bits, rounding, draw, _call.Mode);
        return (h, exponent);
    }

    // γ and β at one exponent of the sums: that of γ·x̂, or a higher one, for which γ gives up bits, where β needs it.
    private (int[] Scales, int[] Offsets, int Exponent) Aligned(FixedPointTensor gamma, Tensor? beta, int exponent)
    {
        (int[] scales, int[] offsets, int result) = (Integers(gamma), new int[_columns], gamma.Exponent + exponent);
        if (beta is null) return (scales, offsets, result);
        using Tensor? made = beta.FixedPoint?.ToTensor(_call.Mode);
        Tensor floats = made ?? beta.ToContiguous();
        float largest = FixedPointMap.Largest(floats.Span<float>(), "a bias", _call.Mode);
        if (largest == 0) return (scales, offsets, result);
        int least = FixedPointCode.Exponent(largest, BiasBits);
        bool zero = Array.TrueForAll(scales, s => s == 0);
        int common = zero ? least : Math.Max(result, least);
        if (!zero)
            for (int i = 0; i < scales.Length; i++) scales[i] = FixedPointCode.Requantize(scales[i], common - result, 16, Rounding.HalfEven, 0);
        (Rounding rounding, RoundingDraw draw) = Draw();
        FixedPointMap.Quantize(floats.Span<float>(), offsets, BiasBits, common, rounding, draw, _call.Mode);
        GC.KeepAlive(floats);
        return (scales, offsets, common);
    }

    // dy·γ, by columns.
    private Tensor Scaled(Tensor rows, FixedPointTensor gamma, int shift)
    {
        Tensor scaled = Tensor.Empty(rows.Shape, DType.Int16);
        (Rounding rounding, RoundingDraw draw) = Draw();
        if (IsByte(rows)) IntegerNorm.ScaleColumns<sbyte>(rows.Span<sbyte>(), _columns, Integers(gamma), shift, scaled.Span<short>(), rounding, draw, _call.Mode);
        else IntegerNorm.ScaleColumns<short>(rows.Span<short>(), _columns, Integers(gamma), shift, scaled.Span<short>(), rounding, draw, _call.Mode);
        return scaled;
    }

    private void Sums(Tensor t, Tensor h, NormGroups by, Span<long> totals, Span<long> dots)
    {
        switch (IsByte(t), IsByte(h))
        {
            case (true, true): IntegerNorm.Sums<sbyte, sbyte>(t.Span<sbyte>(), h.Span<sbyte>(), _columns, by, totals, dots, _call.Mode); break;
            case (true, false): IntegerNorm.Sums<sbyte, short>(t.Span<sbyte>(), h.Span<short>(), _columns, by, totals, dots, _call.Mode); break;
            case (false, true): IntegerNorm.Sums<short, sbyte>(t.Span<short>(), h.Span<sbyte>(), _columns, by, totals, dots, _call.Mode); break;
            default: IntegerNorm.Sums<short, short>(t.Span<short>(), h.Span<short>(), _columns, by, totals, dots, _call.Mode); break;
        }
    }

    // dx = t·P − h·R − Q; returns its exponent.
    private int Slopes(Tensor t, int bits, int gradientExponent, int[] factors, Tensor h, int exponent, ReadOnlySpan<long> totals, ReadOnlySpan<long> dots, Tensor dx)
    {
        int[] p = new int[_groups.Length], q = new int[_groups.Length], r = new int[_groups.Length];
        (ulong, ulong) largest = ((ulong)FixedPointCode.Limit(bits), (ulong)FixedPointCode.Limit(_x.Bits));
        int result = NormRule.Gradient(_groups, _size, _x.Exponent, _epsilon, exponent, factors, gradientExponent, largest, totals, dots, p, q, r);
        Span<int> to = dx.Span<int>();
        switch (IsByte(t), IsByte(h))
        {
            case (true, true): IntegerNorm.Gradient<sbyte, sbyte>(t.Span<sbyte>(), h.Span<sbyte>(), _columns, _by, p, q, r, to, _call.Mode); break;
            case (true, false): IntegerNorm.Gradient<sbyte, short>(t.Span<sbyte>(), h.Span<short>(), _columns, _by, p, q, r, to, _call.Mode); break;
            case (false, true): IntegerNorm.Gradient<short, sbyte>(t.Span<short>(), h.Span<sbyte>(), _columns, _by, p, q, r, to, _call.Mode); break;
            default: IntegerNorm.Gradient<short, short>(t.Span<short>(), h.Span<short>(), _columns, _by, p, q, r, to, _call.Mode); break;
        }
        return result;
    }

    private (Rounding, RoundingDraw) Draw() => _call.Draw() is { } draw ? (Rounding.Stochastic, draw) : (Rounding.HalfEven, default);

    /// <summary>The codes, row-major.</summary>
    public static int[] Integers(FixedPointTensor codes)
    {
        Tensor lying = codes.Codes.ToContiguous();
        int[] integers = new int[lying.Length];
        if (IsByte(lying)) System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<sbyte, int>(lying.Span<sbyte>(), integers);
        else System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<short, int>(lying.Span<short>(), integers);
        GC.KeepAlive(lying);
        return integers;
    }

    private static bool IsByte(Tensor codes) => codes.Type == DType.Int8;
}
