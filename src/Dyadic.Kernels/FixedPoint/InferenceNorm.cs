using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>y = γ·(x − μ)/√(σ² + ε) + β with given statistics, as the integers A, B of each column for <see cref="IntegerNorm.Normalize"/>.</summary>
/// <remarks>docs/equations/fixed-point.md (40)–(42). No floating-point arithmetic.</remarks>
public static class InferenceNorm
{
    private const int VarianceBits = 90, DistanceBits = 24;

    /// <summary>A, B of each column and the exponent of y, which is returned: y = (x·A − B)·2⁻ᶠ in units of a code; null where σ² + ε is not above 0.</summary>
    /// <param name="groups">The least and largest code of x in each column.</param>
    /// <param name="exponent">E of the codes.</param>
    /// <param name="mean">μ; below 2¹⁵, as all of these but β.</param>
    /// <param name="variance">σ².</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="gamma">γ.</param>
    /// <param name="beta">β, below 2³⁰.</param>
    /// <param name="bits">b of y.</param>
    /// <param name="headroom">As in <see cref="FixedPointCode.Exponent(float, int, int)"/>.</param>
    /// <param name="scales">Receives A.</param>
    /// <param name="offsets">Receives B.</param>
    public static int? Of(
        ReadOnlySpan<GroupStatistics> groups, int exponent, GroupFactors mean, GroupFactors variance, DyadicScale epsilon, GroupFactors gamma, GroupFactors beta,
        int bits, int headroom, Span<int> scales, Span<int> offsets)
    {
        int result = int.MinValue, fraction = NormRule.FractionBits(bits);
        for (int i = 0; i < groups.Length; i++)
        {
            if (Slope(i, variance, epsilon, gamma) is not { } slope) return null;
            foreach (int x in (ReadOnlySpan<int>)[groups[i].Least, groups[i].Most])                                                // y is monotone in x
            {
                (Int128 distance, int at) = NormRule.Sum((x, exponent), (-mean.At(i), mean.Exponent));
                (Int128, int) scaled = (NormRule.Shift(distance, -DistanceBits) * slope.Value, at + DistanceBits + slope.Exponent);
                result = Math.Max(result, NormRule.Exponent(NormRule.Sum(scaled, (beta.At(i), beta.Exponent)), bits, headroom));      // (41)
            }
        }
        if (result == int.MinValue) result = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            (Int128 value, int unit) = Slope(i, variance, epsilon, gamma)!.Value;
            Int128 a = NormRule.Shift(value, fraction + unit + exponent - result);                                                 // (42)
            scales[i] = unchecked((int)(long)a);                                                                                   // x·A − B fits, and so is right modulo 2³²
            offsets[i] = unchecked((int)(long)(NormRule.Shift(a * mean.At(i), mean.Exponent - exponent) - NormRule.Shift(beta.At(i), fraction + beta.Exponent - result)));
        }
        return result;
    }

    // γ/√(σ² + ε) and its exponent.
    private static (Int128 Value, int Exponent)? Slope(int i, GroupFactors variance, DyadicScale epsilon, GroupFactors gamma)
    {
        int unit = (Math.Max(variance.Exponent + 16, 31 - epsilon.Shift) - VarianceBits) & ~1;                                     // even
        Int128 sum = NormRule.Shift(variance.At(i), variance.Exponent - unit) + NormRule.Shift(epsilon.Multiplier, -epsilon.Shift - unit);      // (40), below 2⁹²
        if (sum <= 0) return null;
        IntegerRsqrt root = IntegerRsqrt.Of((UInt128)sum);
        return ((Int128)gamma.At(i) * root.Multiplier, gamma.Exponent - 15 - root.Shift - unit / 2);
    }
}
