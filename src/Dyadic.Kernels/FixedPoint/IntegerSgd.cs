using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>g' = g + λw; m ← βm + g'; w ← w − η·(g' + βm if Nesterov, else m) on codes: stochastic gradient descent with b-bit state.</summary>
/// <remarks>
/// Ghaffari et al. 2022, appendix D; docs/equations/fixed-point.md (13)–(14). β, λ and η are (integer, exponent), each sum is taken after both operands have been
/// mapped to one exponent. That exponent bounds the sum, so nothing saturates but by the rounding itself, and an update of a fraction of a step is kept in expectation.
/// No floating-point arithmetic.
/// </remarks>
public static class IntegerSgd
{
    /// <summary>Bits of the multipliers of β, λ and η: make them with <see cref="DyadicScale.Nearest(double, int)"/>.</summary>
    public const int ScaleBits = FixedPointSum.ScaleBits;

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
    /// <param name="nesterov">Look ahead along the momentum.</param>
    /// <param name="bits">b, 2 to 16.</param>
    /// <param name="rounding">Stochastic; to the nearest loses updates below half a step.</param>
    /// <param name="draw">The bits of stochastic rounding, one stream for each step of each parameter.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Step(
        Span<short> w, ref int weightExponent, Span<short> m, ref int momentumExponent, ReadOnlySpan<short> g, int gradientExponent,
        DyadicScale rate, DyadicScale momentum, DyadicScale decay, bool nesterov, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Ensure.Shape(w.Length == g.Length && m.Length == g.Length, $"IntegerSgd: {w.Length} weights, {m.Length} of momentum, {g.Length} of gradient. Pass spans of one length.");
        using ScratchBuffer<short> sum = Scratch.Rent<short>(g.Length);
        if (decay.Multiplier != 0)
        {
            gradientExponent = FixedPointSum.Weighted(g, gradientExponent, new(1, 0), 1, w, weightExponent, decay, 1, sum.Span, bits, rounding, draw.Split(1), mode);
            g = sum.Span;
        }
        momentumExponent = FixedPointSum.Weighted(m, momentumExponent, momentum, 1, g, gradientExponent, new(1, 0), 1, m, bits, rounding, draw.Split(2), mode);
        ReadOnlySpan<short> direction = m;
        int directionExponent = momentumExponent;
        if (nesterov)
        {
            directionExponent = FixedPointSum.Weighted(g, gradientExponent, new(1, 0), 1, m, momentumExponent, momentum, 1, sum.Span, bits, rounding, draw.Split(4), mode);
            direction = sum.Span;
        }
        weightExponent = FixedPointSum.Weighted(w, weightExponent, new(1, 0), 1, direction, directionExponent, rate, -1, w, bits, rounding, draw.Split(3), mode);
    }
}
