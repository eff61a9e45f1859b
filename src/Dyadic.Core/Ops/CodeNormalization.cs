using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

/// <summary>y = γ·x̂ + β from codes to codes, x̂ = (x − mean)/√(variance + ε) of each column or row, and its gradient: docs/equations/fixed-point.md (18)–(25).</summary>
internal sealed class CodeNormalization
{
    private const int BiasBits = 30, ProductBits = 16, WideBias = 17;      // a bias of 30 bits at an exponent 2¹⁷ times lower has 47
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

    /// <summary>Mean and variance Σ(x − mean)²/n of each group, as integers with 16 bits below a code.</summary>
    public (Tensor Mean, Tensor Variance) Statistics()
    {
        Tensor mean = Tensor.Empty(Shape.Of(_groups.Length), DType.Int64), variance = Tensor.Empty(Shape.Of(_groups.Length), DType.Int64);
        NormRule.Means(_groups, _size, mean.Span<long>());
        NormRule.Variances(_groups, _size, _size, variance.Span<long>());
        return (IntegerCall.Exact(mean, _x.Exponent - NormRule.StatisticBits), IntegerCall.Exact(variance, 2 * _x.Exponent - NormRule.StatisticBits));
    }

    /// <summary>γ·x̂ + β as codes of the matrix's shape, rounded once.</summary>
    /// <param name="gamma">γ, one a column.</param>
    /// <param name="beta">β; null for none.</param>
    public FixedPointTensor Affine(FixedPointTensor gamma, Tensor? beta)
    {
        int[] a = new int[_groups.Length], b = new int[_groups.Length], factors = FixedPointTensor.Integers(gamma.Codes);
        (int[] offsets, int offsetExponent) = Bias(beta);
        Tensor y = Tensor.Empty(_rows.Shape, FixedPointTensor.TypeOf(_call.OutputBits));
        int exponent;
        if (_by == NormGroups.Columns)
        {
            exponent = NormRule.Affine(_groups, _size, _x.Exponent, _epsilon, new(factors, gamma.Exponent), new(offsets, offsetExponent), _call.OutputBits, _call.Headroom, a, b);
            Normalize(a, b, y, _call.OutputBits, _call.NextRounding());
        }
        else
        {
            bool narrow = IsByte(_rows) && gamma.Bits <= 8, none = Array.TrueForAll(offsets, o => o == 0);
            int least = none ? int.MinValue : offsetExponent - gamma.Exponent - (narrow ? 0 : WideBias), bits = IntegerNorm.AffineBits(narrow), fraction = NormRule.FractionBits(bits);
            int from = NormRule.Normalizer(_groups, _size, _x.Exponent, _epsilon, bits, a, b, none ? least : least + fraction) - fraction + gamma.Exponent;
            exponent = Affine(a, b, factors, Array.ConvertAll(offsets, o => Shifted(o, offsetExponent - from)), narrow, from, y);
        }
        return new(y, exponent, _call.OutputBits);
    }

    /// <summary>γ·(x − μ)/√(σ² + ε) + β of columns with given statistics as codes of the matrix's shape, rounded once; null where σ² + ε is not above 0.</summary>
    /// <param name="gamma">γ, one a column.</param>
    /// <param name="beta">β.</param>
    /// <param name="mean">μ, of at most 16 bits.</param>
    /// <param name="variance">σ², of at most 16 bits.</param>
    public FixedPointTensor? Given(FixedPointTensor gamma, Tensor beta, FixedPointTensor mean, FixedPointTensor variance)
    {
        int[] a = new int[_columns], b = new int[_columns];
        (int[] offsets, int offsetExponent) = Bias(beta);
        int? exponent = InferenceNorm.Of(
            _groups, _x.Exponent, Factors(mean), Factors(variance), _epsilon, Factors(gamma), new(offsets, offsetExponent),
            _call.OutputBits, _call.Headroom, a, b);
        if (exponent is not { } result) return null;
        Tensor y = Tensor.Empty(_rows.Shape, FixedPointTensor.TypeOf(_call.OutputBits));
        Normalize(a, b, y, _call.OutputBits, _call.NextRounding());
        return new(y, result, _call.OutputBits);
    }

    /// <summary>dx as codes of the matrix's shape, rounded once, and dγ and dβ, exact but for the root in it.</summary>
    /// <param name="gamma">γ, one a column.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="rows">Its codes, lying as those of x.</param>
    /// <param name="shape">Of γ.</param>
    public (FixedPointTensor Dx, Tensor DGamma, Tensor DBeta) Gradient(FixedPointTensor gamma, FixedPointTensor dy, Tensor rows, Shape shape)
    {
        Tensor slopes = Tensor.Empty(shape, DType.Int64), totals = Tensor.Empty(shape, DType.Int64);
        int slopeExponent;
        FixedPointTensor dx;
        if (_by == NormGroups.Columns)
        {
            long[] dots = new long[_groups.Length];
            Sums(rows, _rows, NormGroups.Columns, totals.Span<long>(), dots);
            slopeExponent = NormRule.ScaleGradient(_groups, _size, _x.Exponent, _epsilon, totals.Span<long>(), dots, slopes.Span<long>());
            dx = Slopes(rows, dy.Bits, dy.Exponent + gamma.Exponent, FixedPointTensor.Integers(gamma.Codes), totals.Span<long>(), dots);
        }
        else
        {
            (Tensor h, slopeExponent) = Normalized();
            Sums(rows, h, NormGroups.Columns, totals.Span<long>(), slopes.Span<long>());
            h.Dispose();
            int shift = Math.Max(0, dy.Bits + gamma.Bits - 1 - ProductBits);
            using Tensor scaled = Scaled(rows, gamma, shift);
            long[] rowTotals = new long[_groups.Length], rowDots = new long[_groups.Length];
            Sums(scaled, _rows, NormGroups.Rows, rowTotals, rowDots);
            dx = Slopes(scaled, Math.Min(dy.Bits + gamma.Bits - 1, ProductBits), dy.Exponent + gamma.Exponent + shift, [], rowTotals, rowDots);
        }
        return (dx, IntegerCall.Exact(slopes, dy.Exponent + slopeExponent), IntegerCall.Exact(totals, dy.Exponent));
    }

    // x̂ in 16 bits, to the nearest: what dγ of rows is summed with.
    private (Tensor Codes, int Exponent) Normalized()
    {
        int[] a = new int[_groups.Length], b = new int[_groups.Length];
        int exponent = NormRule.Normalizer(_groups, _size, _x.Exponent, _epsilon, ProductBits, a, b);
        Tensor h = Tensor.Empty(_rows.Shape, DType.Int16);
        Normalize(a, b, h, ProductBits, (Rounding.HalfEven, default));
        return (h, exponent);
    }

    private void Normalize(int[] a, int[] b, Tensor h, int bits, (Rounding Rule, RoundingDraw Draw) rounding)
    {
        switch (IsByte(_rows), IsByte(h))
        {
            case (true, true): IntegerNorm.Normalize(_rows.Span<sbyte>(), _columns, _by, a, b, h.Span<sbyte>(), bits, rounding.Rule, rounding.Draw, _call.Mode); break;
            case (true, false): IntegerNorm.Normalize(_rows.Span<sbyte>(), _columns, _by, a, b, h.Span<short>(), bits, rounding.Rule, rounding.Draw, _call.Mode); break;
            case (false, true): IntegerNorm.Normalize(_rows.Span<short>(), _columns, _by, a, b, h.Span<sbyte>(), bits, rounding.Rule, rounding.Draw, _call.Mode); break;
            default: IntegerNorm.Normalize(_rows.Span<short>(), _columns, _by, a, b, h.Span<short>(), bits, rounding.Rule, rounding.Draw, _call.Mode); break;
        }
    }

    private int Affine(int[] a, int[] b, int[] gamma, long[] beta, bool narrow, int from, Tensor y)
    {
        (Rounding rule, RoundingDraw draw) = _call.NextRounding();
        (int bits, int headroom, ExecutionMode mode) = (_call.OutputBits, _call.Headroom, _call.Mode);
        return (IsByte(_rows), IsByte(y)) switch
        {
            (true, true) => IntegerNorm.Affine(_rows.Span<sbyte>(), _columns, a, b, gamma, beta, narrow, from, y.Span<sbyte>(), bits, headroom, rule, draw, mode),
            (true, false) => IntegerNorm.Affine(_rows.Span<sbyte>(), _columns, a, b, gamma, beta, narrow, from, y.Span<short>(), bits, headroom, rule, draw, mode),
            (false, true) => IntegerNorm.Affine(_rows.Span<short>(), _columns, a, b, gamma, beta, narrow, from, y.Span<sbyte>(), bits, headroom, rule, draw, mode),
            _ => IntegerNorm.Affine(_rows.Span<short>(), _columns, a, b, gamma, beta, narrow, from, y.Span<short>(), bits, headroom, rule, draw, mode),
        };
    }

    // β in 30 bits, to the nearest: far below a step of y.
    private (int[] Codes, int Exponent) Bias(Tensor? beta)
    {
        int[] codes = new int[_columns];
        if (beta is null) return (codes, 0);
        using Tensor? made = beta.FixedPoint?.ToTensor(_call.Mode);
        Tensor floats = made ?? beta.ToContiguous();
        int exponent = FixedPointCode.Exponent(FixedPointMap.Largest(floats.Span<float>(), "a bias", _call.Mode), BiasBits);
        FixedPointMap.Quantize(floats.Span<float>(), codes, BiasBits, exponent, Rounding.HalfEven, default, _call.Mode);
        GC.KeepAlive(floats);
        return (codes, exponent);
    }

    private static long Shifted(int x, int up) => up >= 0 ? (long)x << up : Round.HalfToEven((long)x, Math.Min(-up, 63));

    // dy·γ, by columns.
    private Tensor Scaled(Tensor rows, FixedPointTensor gamma, int shift)
    {
        Tensor scaled = Tensor.Empty(rows.Shape, DType.Int16);
        (Rounding rounding, RoundingDraw draw) = _call.NextRounding();
        if (IsByte(rows)) IntegerNorm.ScaleColumns<sbyte>(rows.Span<sbyte>(), _columns, FixedPointTensor.Integers(gamma.Codes), shift, scaled.Span<short>(), rounding, draw, _call.Mode);
        else IntegerNorm.ScaleColumns<short>(rows.Span<short>(), _columns, FixedPointTensor.Integers(gamma.Codes), shift, scaled.Span<short>(), rounding, draw, _call.Mode);
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

    // dx = t·P − x·R − Q.
    private FixedPointTensor Slopes(Tensor t, int bits, int gradientExponent, int[] factors, ReadOnlySpan<long> totals, ReadOnlySpan<long> dots)
    {
        int[] p = new int[_groups.Length], q = new int[_groups.Length], r = new int[_groups.Length];
        int from = NormRule.Gradient(_groups, _size, _x.Exponent, _epsilon, factors, gradientExponent, (ulong)FixedPointCode.Limit(bits), totals, dots, p, q, r);
        Tensor dx = Tensor.Empty(_rows.Shape, FixedPointTensor.TypeOf(_call.OutputBits));
        int exponent = IsByte(dx) ? Slopes(t, p, q, r, from, dx.Span<sbyte>()) : Slopes(t, p, q, r, from, dx.Span<short>());
        return new(dx, exponent, _call.OutputBits);
    }

    private int Slopes<TCode>(Tensor t, int[] p, int[] q, int[] r, int from, Span<TCode> dx) where TCode : unmanaged, System.Numerics.IBinaryInteger<TCode>
    {
        (Rounding rule, RoundingDraw draw) = _call.NextRounding();
        (int bits, int headroom, ExecutionMode mode) = (_call.OutputBits, _call.Headroom, _call.Mode);
        return (IsByte(t), IsByte(_rows)) switch
        {
            (true, true) => IntegerNorm.Gradient(t.Span<sbyte>(), _rows.Span<sbyte>(), _columns, _by, p, q, r, from, dx, bits, headroom, rule, draw, mode),
            (true, false) => IntegerNorm.Gradient(t.Span<sbyte>(), _rows.Span<short>(), _columns, _by, p, q, r, from, dx, bits, headroom, rule, draw, mode),
            (false, true) => IntegerNorm.Gradient(t.Span<short>(), _rows.Span<sbyte>(), _columns, _by, p, q, r, from, dx, bits, headroom, rule, draw, mode),
            _ => IntegerNorm.Gradient(t.Span<short>(), _rows.Span<short>(), _columns, _by, p, q, r, from, dx, bits, headroom, rule, draw, mode),
        };
    }

    private static GroupFactors Factors(FixedPointTensor x) => new(FixedPointTensor.Integers(x.Codes), x.Exponent);

    private static bool IsByte(Tensor codes) => codes.Type == DType.Int8;
}
