using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>y = x·A + B for each channel: batch-norm with given statistics, as integers of 16 and 31 bits for <see cref="IntegerNorm.Affine"/>.</summary>
/// <remarks>docs/equations/fixed-point.md (38)–(40): A ≈ γ/√(σ² + ε) and B ≈ β − μ·A. No floating-point arithmetic.</remarks>
public static class InferenceNorm
{
    private const int ScaleBits = 16, OffsetBits = 30, VarianceBits = 90;

    /// <summary>A and B of each channel at one exponent, that of y, which is returned; null where σ² + ε is 0.</summary>
    /// <param name="mean">Codes of μ.</param>
    /// <param name="meanExponent">Their exponent.</param>
    /// <param name="variance">Codes of σ², not negative.</param>
    /// <param name="varianceExponent">Their exponent.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="gamma">Codes of γ, of at most 16 bits.</param>
    /// <param name="gammaExponent">Their exponent.</param>
    /// <param name="beta">Codes of β, of at most 30 bits.</param>
    /// <param name="betaExponent">Their exponent.</param>
    /// <param name="exponent">Of the codes of x.</param>
    /// <param name="scales">Receives A.</param>
    /// <param name="offsets">Receives B.</param>
    public static int? Of(
        ReadOnlySpan<int> mean, int meanExponent, ReadOnlySpan<int> variance, int varianceExponent, DyadicScale epsilon, ReadOnlySpan<int> gamma, int gammaExponent,
        ReadOnlySpan<int> beta, int betaExponent, int exponent, Span<int> scales, Span<int> offsets)
    {
        int channels = scales.Length;
        Ensure.Shape(
            mean.Length == channels && variance.Length == channels && gamma.Length == channels && beta.Length == channels && offsets.Length == channels,
            $"InferenceNorm: {mean.Length} means, {variance.Length} variances, {gamma.Length} of γ, {beta.Length} of β, {offsets.Length} offsets for {channels} channels. Pass spans of one length.");
        int unit = (Math.Max(varianceExponent + 16, 31 - epsilon.Shift) - VarianceBits) & ~1, scaleExponent = int.MinValue;      // even: of σ² + ε, which stays below 2⁹²
        using ScratchBuffer<IntegerRsqrt> roots = Scratch.Rent<IntegerRsqrt>(channels);
        for (int c = 0; c < channels; c++)
        {
            Int128 sum = Moved(variance[c], varianceExponent - unit) + Moved(epsilon.Multiplier, -epsilon.Shift - unit);         // (38)
            if (sum <= 0) return null;
            IntegerRsqrt root = roots.Span[c] = IntegerRsqrt.Of((UInt128)sum);
            if (gamma[c] != 0) scaleExponent = Math.Max(scaleExponent, FixedPointCode.Exponent((ulong)((long)Math.Abs(gamma[c]) * root.Multiplier), Own(root), ScaleBits));
        }
        if (scaleExponent == int.MinValue) scaleExponent = 0;                                                                     // every γ is 0
        int result = exponent + scaleExponent;
        if (Largest(mean) is > 0 and ulong farthest) result = Math.Max(result, FixedPointCode.Exponent(farthest << (ScaleBits - 1), meanExponent + scaleExponent, OffsetBits));
        if (Largest(beta) is > 0 and ulong largest) result = Math.Max(result, FixedPointCode.Exponent(largest, betaExponent, OffsetBits));
        scaleExponent = result - exponent;
        for (int c = 0; c < channels; c++)
        {
            scales[c] = (int)Moved((Int128)gamma[c] * roots.Span[c].Multiplier, Own(roots.Span[c]) - scaleExponent);              // (39)
            offsets[c] = (int)(Moved(beta[c], betaExponent - result) - Moved((Int128)mean[c] * scales[c], meanExponent - exponent));      // (40)
        }
        return result;

        int Own(IntegerRsqrt root) => gammaExponent - 15 - root.Shift - unit / 2;
    }

    private static ulong Largest(ReadOnlySpan<int> codes)
    {
        ulong largest = 0;
        foreach (int code in codes) largest = Math.Max(largest, (ulong)Math.Abs((long)code));
        return largest;
    }

    // ⌊x·2ᵏ⌉, ties to even
    private static Int128 Moved(Int128 x, int k) => k >= 0 ? x << Math.Min(k, 126) : Round.HalfToEven(x, Math.Min(-k, 127));
}
