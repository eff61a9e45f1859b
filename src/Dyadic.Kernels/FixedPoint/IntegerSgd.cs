using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>g' = g + λw; m ← βm + g'; w ← w − ηm on codes: stochastic gradient descent with b-bit state.</summary>
/// <remarks>
/// Ghaffari et al. 2022, appendix D; docs/equations/fixed-point.md (13)–(14). β, λ and η are (integer, exponent), each sum is taken after both operands have been
/// mapped to one exponent. That exponent bounds the sum, so nothing saturates but by the rounding itself, and an update of a fraction of a step is kept in expectation.
/// No floating-point arithmetic.
/// </remarks>
public static class IntegerSgd
{
    /// <summary>Bits of the multipliers of β, λ and η: make them with <see cref="DyadicScale.Nearest(double, int)"/>.</summary>
    public const int ScaleBits = 15;

    /// <summary>One step.</summary>
    /// <param name="w">Weights, updated.</param>
    /// <param name="weightExponent">Their exponent, updated.</param>
    /// <param name="m">Momentum, updated.</param>
    /// <param name="momentumExponent">Its exponent, updated.</param>
    /// <param name="g">Gradient.</param>
    /// <param name="gradientExponent">Its exponent.</param>
    /// <param name="rate">η.</param>
    /// <param name="momentum">β.</param>
    /// <param name="decay">λ.</param>
    /// <param name="bits">b, 2 to 16.</param>
    /// <param name="rounding">Stochastic; to the nearest loses updates below half a step.</param>
    /// <param name="draw">The bits of stochastic rounding, one stream for each step of each parameter.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Step(
        Span<short> w, ref int weightExponent, Span<short> m, ref int momentumExponent, ReadOnlySpan<short> g, int gradientExponent,
        DyadicScale rate, DyadicScale momentum, DyadicScale decay, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Ensure.Shape(w.Length == g.Length && m.Length == g.Length, $"IntegerSgd: {w.Length} weights, {m.Length} of momentum, {g.Length} of gradient. Pass spans of one length.");
        using ScratchBuffer<short> sum = Scratch.Rent<short>(g.Length);
        if (decay.Multiplier != 0)
        {
            gradientExponent = Combine(g, gradientExponent, new(1, 0), 1, w, weightExponent, decay, 1, sum.Span, bits, rounding, draw.Split(1), mode);
            g = sum.Span;
        }
        momentumExponent = Combine(m, momentumExponent, momentum, 1, g, gradientExponent, new(1, 0), 1, m, bits, rounding, draw.Split(2), mode);
        weightExponent = Combine(w, weightExponent, new(1, 0), 1, m, momentumExponent, rate, -1, w, bits, rounding, draw.Split(3), mode);
    }

    // z = f·x ± g·y at the exponent of max |f·x| + max |g·y|, which is returned.
    private static int Combine(
        ReadOnlySpan<short> x, int ex, DyadicScale f, int signX, ReadOnlySpan<short> y, int ey, DyadicScale g, int signY, Span<short> z,
        int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Ensure.Argument(f.Multiplier >> ScaleBits == 0 && g.Multiplier >> ScaleBits == 0, $"IntegerSgd: the scales {f} and {g} have more than {ScaleBits} bits. Make them with DyadicScale.Nearest(x, IntegerSgd.ScaleBits).");
        (ex, ey) = (ex - f.Shift, ey - g.Shift);
        (ulong bound, int least) = Bound(FixedPointMap.Largest(x, mode) * (ulong)f.Multiplier, ex, FixedPointMap.Largest(y, mode) * (ulong)g.Multiplier, ey);
        int exponent = FixedPointCode.Exponent(bound, least, bits);
        FixedPointSum.Combine(x, ex, signX * f.Multiplier, y, ey, signY * g.Multiplier, z, bits, exponent, rounding, draw, mode);
        return exponent;
    }

    // ≥ a·2^ea + b·2^eb and the exponent it is at; a, b ≤ 2³⁰.
    private static (ulong Bound, int Exponent) Bound(ulong a, int ea, ulong b, int eb)
    {
        if (a == 0) return (b, eb);
        if (b == 0) return (a, ea);
        if (ea < eb) (a, ea, b, eb) = (b, eb, a, ea);
        int gap = ea - eb;
        return gap <= 32 ? ((a << gap) + b, eb) : ((a << 32) + (gap < 96 ? b >> (gap - 32) : 0) + 1, ea - 32);               // (14)
    }
}
