using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>The maps of integer training between floats, accumulators and b-bit codes with one shared exponent. Equal to <see cref="Reference.FixedPointMap"/> bit for bit.</summary>
/// <remarks>
/// docs/equations/fixed-point.md. Map a tensor with <see cref="Largest(ReadOnlySpan{float}, string, in ExecutionMode)"/>, <see cref="FixedPointCode.Exponent(float, int, int)"/>
/// and Quantize; the exponent of several tensors together is that of the largest of their magnitudes. The result depends on the values and the draw alone,
/// not on vectors or threads. Stochastic rounding and rounding to the nearest are vectorised.
/// </remarks>
public static unsafe partial class FixedPointMap
{
    /// <summary>q = clamp(⌊v·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)), b ≤ 8.</summary>
    /// <param name="v">Finite values.</param>
    /// <param name="q">Receives the codes; as long as <paramref name="v"/>.</param>
    /// <param name="bits">b, from 2 to the width of a code.</param>
    /// <param name="exponent">E.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding, one stream for each call.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Quantize(ReadOnlySpan<float> v, Span<sbyte> q, int bits, int exponent, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(v.Length, q.Length, bits, 8);
        fixed (float* values = v) RoundingLoop.Run(new FloatSource(values, bits, exponent), q, bits, rounding, draw, mode);
    }

    /// <summary>q = clamp(⌊v·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)), b ≤ 16.</summary>
    /// <inheritdoc cref="Quantize(ReadOnlySpan{float}, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)" path="/param"/>
    public static void Quantize(ReadOnlySpan<float> v, Span<short> q, int bits, int exponent, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(v.Length, q.Length, bits, 16);
        fixed (float* values = v) RoundingLoop.Run(new FloatSource(values, bits, exponent), q, bits, rounding, draw, mode);
    }

    /// <summary>q = clamp(⌊v·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)), b ≤ 32, by plain loops: what a bias is at the exponent of the accumulator.</summary>
    /// <inheritdoc cref="Quantize(ReadOnlySpan{float}, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)" path="/param"/>
    public static void Quantize(ReadOnlySpan<float> v, Span<int> q, int bits, int exponent, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(v.Length, q.Length, bits, 32);
        Reference.FixedPointMap.Quantize(v, q, bits, exponent, rounding, draw);
    }

    /// <summary>q = clamp(⌊a·2^(from − to)⌉, ±(2ᵇ⁻¹ − 1)): integers at one exponent become codes at another.</summary>
    /// <param name="a">Integers.</param>
    /// <param name="from">Their exponent.</param>
    /// <param name="q">Receives the codes; as long as <paramref name="a"/>.</param>
    /// <param name="bits">b, from 2 to the width of a code.</param>
    /// <param name="to">The exponent of the codes.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding, one stream for each call.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <remarks>No floating-point arithmetic.</remarks>
    public static void Requantize(ReadOnlySpan<int> a, int from, Span<sbyte> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(a.Length, q.Length, bits, 8);
        fixed (int* values = a) RoundingLoop.Run(new IntSource(values, new(to - from, bits)), q, bits, rounding, draw, mode);
    }

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<int> a, int from, Span<short> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(a.Length, q.Length, bits, 16);
        fixed (int* values = a) RoundingLoop.Run(new IntSource(values, new(to - from, bits)), q, bits, rounding, draw, mode);
    }

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<long> a, int from, Span<sbyte> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(a.Length, q.Length, bits, 8);
        fixed (long* values = a) RoundingLoop.Run(new LongSource(values, new(to - from, bits), rounding), q, bits, rounding, draw, mode);
    }

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<long> a, int from, Span<short> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(a.Length, q.Length, bits, 16);
        fixed (long* values = a) RoundingLoop.Run(new LongSource(values, new(to - from, bits), rounding), q, bits, rounding, draw, mode);
    }

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<short> a, int from, Span<sbyte> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(a.Length, q.Length, bits, 8);
        fixed (short* values = a) RoundingLoop.Run(new CodeSource<short>(values, 1, new(to - from, bits)), q, bits, rounding, draw, mode);
    }

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<short> a, int from, Span<short> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(a.Length, q.Length, bits, 16);
        fixed (short* values = a) RoundingLoop.Run(new CodeSource<short>(values, 1, new(to - from, bits)), q, bits, rounding, draw, mode);
    }

    /// <summary>v = q·2ᴱ, exact.</summary>
    /// <param name="q">Codes.</param>
    /// <param name="exponent">E.</param>
    /// <param name="v">Receives the values; as long as <paramref name="q"/>.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Dequantize(ReadOnlySpan<sbyte> q, int exponent, Span<float> v, in ExecutionMode mode)
    {
        Check(q.Length, v.Length);
        fixed (sbyte* codes = q) InverseLoop.Run(codes, exponent, v, mode);
    }

    /// <inheritdoc cref="Dequantize(ReadOnlySpan{sbyte}, int, Span{float}, in ExecutionMode)"/>
    public static void Dequantize(ReadOnlySpan<short> q, int exponent, Span<float> v, in ExecutionMode mode)
    {
        Check(q.Length, v.Length);
        fixed (short* codes = q) InverseLoop.Run(codes, exponent, v, mode);
    }

    /// <summary>v = a·2ᴱ, exact while |a| ≤ 2²⁴, else to the nearest float, ties to even: the inverse map of an accumulator.</summary>
    /// <inheritdoc cref="Dequantize(ReadOnlySpan{sbyte}, int, Span{float}, in ExecutionMode)" path="/param"/>
    public static void Dequantize(ReadOnlySpan<int> q, int exponent, Span<float> v, in ExecutionMode mode)
    {
        Check(q.Length, v.Length);
        fixed (int* codes = q) InverseLoop.Run(codes, exponent, v, mode);
    }

    /// <inheritdoc cref="Dequantize(ReadOnlySpan{int}, int, Span{float}, in ExecutionMode)"/>
    public static void Dequantize(ReadOnlySpan<long> q, int exponent, Span<float> v, in ExecutionMode mode)
    {
        Check(q.Length, v.Length);
        fixed (long* codes = q) InverseLoop.Run(codes, exponent, v, mode);
    }

    private static void Check(int from, int to, int bits = 8, int widest = 8)
    {
        Ensure.Shape(from == to, $"FixedPointMap: {from} values but room for {to} results. Pass spans of one length.");
        Ensure.Argument(bits >= 2 && bits <= widest, $"FixedPointMap: {bits} bits in codes of {widest}. Use 2 to {widest}, or a wider code.");
    }
}
