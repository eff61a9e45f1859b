using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>The maps of integer training between floats, accumulators and b-bit codes with one shared exponent. Equal to <see cref="Reference.FixedPointMap"/> bit for bit.</summary>
/// <remarks>
/// docs/equations/fixed-point.md. Map a tensor with <see cref="Largest(ReadOnlySpan{float}, string, in ExecutionMode)"/>, <see cref="FixedPointCode.Exponent(float, int, int)"/>
/// and Quantize; the exponent of several tensors together is that of the largest of their magnitudes. The result depends on the values and the draw alone,
/// not on vectors or threads.
/// </remarks>
public static class FixedPointMap
{
    /// <summary>max |v|, with subnormals counted as 0.</summary>
    /// <param name="v">The values.</param>
    /// <param name="what">Whose values: it names the tensor in the failure.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <exception cref="PrecisionException">A value is infinite or NaN; the message names the first.</exception>
    public static float Largest(ReadOnlySpan<float> v, string what, in ExecutionMode mode) => Reference.FixedPointMap.Largest(v, what);

    /// <summary>max |a|.</summary>
    public static ulong Largest(ReadOnlySpan<int> a, in ExecutionMode mode) => Reference.FixedPointMap.Largest(a);

    /// <summary>max |a|.</summary>
    public static ulong Largest(ReadOnlySpan<long> a, in ExecutionMode mode) => Reference.FixedPointMap.Largest(a);

    /// <summary>max |q|.</summary>
    public static ulong Largest(ReadOnlySpan<short> q, in ExecutionMode mode) => Reference.FixedPointMap.Largest(q);

    /// <summary>max |q|.</summary>
    public static ulong Largest(ReadOnlySpan<sbyte> q, in ExecutionMode mode) => Reference.FixedPointMap.Largest(q);

    /// <summary>q = clamp(⌊v·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)), b ≤ 8.</summary>
    /// <param name="v">Finite values.</param>
    /// <param name="q">Receives the codes; as long as <paramref name="v"/>.</param>
    /// <param name="bits">b, from 2 to the width of a code.</param>
    /// <param name="exponent">E.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding, one stream for each call.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Quantize(ReadOnlySpan<float> v, Span<sbyte> q, int bits, int exponent, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) =>
        Reference.FixedPointMap.Quantize(v, q, bits, exponent, rounding, draw);

    /// <summary>q = clamp(⌊v·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)), b ≤ 16.</summary>
    /// <inheritdoc cref="Quantize(ReadOnlySpan{float}, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)" path="/param"/>
    public static void Quantize(ReadOnlySpan<float> v, Span<short> q, int bits, int exponent, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) =>
        Reference.FixedPointMap.Quantize(v, q, bits, exponent, rounding, draw);

    /// <summary>q = clamp(⌊v·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)), b ≤ 32: what a bias is at the exponent of the accumulator.</summary>
    /// <inheritdoc cref="Quantize(ReadOnlySpan{float}, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)" path="/param"/>
    public static void Quantize(ReadOnlySpan<float> v, Span<int> q, int bits, int exponent, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) =>
        Reference.FixedPointMap.Quantize(v, q, bits, exponent, rounding, draw);

    /// <summary>q = clamp(⌊a·2^(from − to)⌉, ±(2ᵇ⁻¹ − 1)): integers at one exponent become codes at another.</summary>
    /// <param name="a">Integers.</param>
    /// <param name="from">Their exponent.</param>
    /// <param name="q">Receives the codes; as long as <paramref name="a"/>.</param>
    /// <param name="bits">b, from 2 to the width of a code.</param>
    /// <param name="to">The exponent of the codes.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding, one stream for each call.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Requantize(ReadOnlySpan<int> a, int from, Span<sbyte> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) =>
        Reference.FixedPointMap.Requantize(a, from, q, bits, to, rounding, draw);

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<int> a, int from, Span<short> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) =>
        Reference.FixedPointMap.Requantize(a, from, q, bits, to, rounding, draw);

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<long> a, int from, Span<sbyte> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) =>
        Reference.FixedPointMap.Requantize(a, from, q, bits, to, rounding, draw);

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<long> a, int from, Span<short> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) =>
        Reference.FixedPointMap.Requantize(a, from, q, bits, to, rounding, draw);

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<short> a, int from, Span<sbyte> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) =>
        Reference.FixedPointMap.Requantize(a, from, q, bits, to, rounding, draw);

    /// <inheritdoc cref="Requantize(ReadOnlySpan{int}, int, Span{sbyte}, int, int, Rounding, RoundingDraw, in ExecutionMode)"/>
    public static void Requantize(ReadOnlySpan<short> a, int from, Span<short> q, int bits, int to, Rounding rounding, RoundingDraw draw, in ExecutionMode mode) =>
        Reference.FixedPointMap.Requantize(a, from, q, bits, to, rounding, draw);

    /// <summary>v = q·2ᴱ, exact.</summary>
    /// <param name="q">Codes.</param>
    /// <param name="exponent">E.</param>
    /// <param name="v">Receives the values; as long as <paramref name="q"/>.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Dequantize(ReadOnlySpan<sbyte> q, int exponent, Span<float> v, in ExecutionMode mode) => Reference.FixedPointMap.Dequantize(q, exponent, v);

    /// <inheritdoc cref="Dequantize(ReadOnlySpan{sbyte}, int, Span{float}, in ExecutionMode)"/>
    public static void Dequantize(ReadOnlySpan<short> q, int exponent, Span<float> v, in ExecutionMode mode) => Reference.FixedPointMap.Dequantize(q, exponent, v);

    /// <summary>v = a·2ᴱ, exact while |a| ≤ 2²⁴, else to the nearest float, ties to even: the inverse map of an accumulator.</summary>
    /// <inheritdoc cref="Dequantize(ReadOnlySpan{sbyte}, int, Span{float}, in ExecutionMode)" path="/param"/>
    public static void Dequantize(ReadOnlySpan<int> q, int exponent, Span<float> v, in ExecutionMode mode) => Reference.FixedPointMap.Dequantize(q, exponent, v);

    /// <inheritdoc cref="Dequantize(ReadOnlySpan{int}, int, Span{float}, in ExecutionMode)"/>
    public static void Dequantize(ReadOnlySpan<long> q, int exponent, Span<float> v, in ExecutionMode mode) => Reference.FixedPointMap.Dequantize(q, exponent, v);
}
