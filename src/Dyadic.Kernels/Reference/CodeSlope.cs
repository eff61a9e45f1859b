using System.Numerics;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definition of the leaky rectifier on codes and of its gradient, as a plain loop.</summary>
public static class CodeSlope
{
    /// <summary>y = clamp(⌊(x &gt; 0 ? v·2ˢ : v·m)·2^(Ev − s − E)⌉, ±(2ᵇ⁻¹ − 1)), for a slope m·2⁻ˢ.</summary>
    /// <remarks>docs/equations/fixed-point.md (28).</remarks>
    public static void Run<TX, TV, TY>(
        ReadOnlySpan<TX> x, ReadOnlySpan<TV> v, int vExponent, DyadicScale slope, bool negative, Span<TY> y, int bits, int exponent, Rounding rounding, RoundingDraw draw)
        where TX : unmanaged, IBinaryInteger<TX> where TV : unmanaged, IBinaryInteger<TV> where TY : unmanaged, IBinaryInteger<TY>
    {
        for (int i = 0; i < y.Length; i++)
        {
            long value = long.CreateTruncating(v[i]), product = value * (negative ? -slope.Multiplier : slope.Multiplier);
            y[i] = TY.CreateTruncating(FixedPointCode.Requantize(
                TX.IsNegative(x[i]) || TX.IsZero(x[i]) ? product : value << slope.Shift, exponent - vExponent + slope.Shift, bits, rounding, rounding == Rounding.Stochastic ? draw.At(i) : 0));
        }
    }
}
