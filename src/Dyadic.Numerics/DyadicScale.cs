using System.Runtime.CompilerServices;

namespace Dyadic.Numerics;

/// <summary>The dyadic rational m·2⁻ˢ that rescales integers; docs/equations/dyadic-scale.md.</summary>
/// <param name="Multiplier">m, at least 0; 2³⁰ ≤ m &lt; 2³¹ in the 31-bit form that <see cref="Nearest"/> makes by default.</param>
/// <param name="Shift">s, from 0 to 62 in the 31-bit form.</param>
/// <remarks>Yao et al. 2021 (HAWQ-V3), §3.2. Differs: ties go to even, and sums are rounded once (<see cref="Align"/>).</remarks>
public readonly record struct DyadicScale(int Multiplier, int Shift)
{
    /// <summary>The largest real value that <see cref="Nearest"/> accepts.</summary>
    public const double MaxValue = 1 << 30;

    /// <summary>m·2⁻ˢ as a double, exact.</summary>
    public double Value => Math.ScaleB(Multiplier, -Shift);

    /// <summary>⌊acc·m·2⁻ˢ⌉, ties to even, computed exactly in 64 bits and saturated to int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Apply(int acc) => RoundSum((long)acc * Multiplier, Shift);          // (4); |acc·m| ≤ 2⁶²

    /// <summary>⌊x·m·2⁻ˢ⌉, ties to even, computed exactly in 128 bits and saturated to int64.</summary>
    public long ApplyWide(long x)
    {
        Int128 product = (Int128)x * Multiplier;                                   // |x·m| < 2⁹⁵
        if (Shift >= 0) return Saturate64(Round.HalfToEven(product, Shift));
        if (product == 0) return 0;
        return Shift <= -64 ? (product > 0 ? long.MaxValue : long.MinValue) : Saturate64(SaturatingShift(product, -Shift));
    }

    /// <summary>clamp(⌊acc·m·2⁻ˢ⌉ + z, lo, hi): from an accumulator to a stored integer.</summary>
    /// <param name="acc">The accumulator, in units of S_x·S_w.</param>
    /// <param name="zeroPoint">z, the integer that stands for 0.</param>
    /// <param name="lo">The least result.</param>
    /// <param name="hi">The greatest result, ≥ <paramref name="lo"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Requantize(int acc, int zeroPoint, int lo, int hi) => (int)Math.Clamp((long)Apply(acc) + zeroPoint, lo, hi);   // (5)

    /// <summary>⌊sum·2⁻ˢ⌉, ties to even, saturated to int32: the one rounding of a step that adds rescaled terms.</summary>
    /// <param name="sum">Σ xᵢ·Mᵢ, |sum| ≤ 2⁶².</param>
    /// <param name="shift">s of <see cref="Align"/>; below 0 it shifts left.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RoundSum(long sum, int shift)
    {
        if ((uint)(shift - 1) >= 62u) return RoundSumOutside(sum, shift);
        long y = (sum + ((1L << (shift - 1)) - 1) + ((sum >> shift) & 1)) >> shift;   // (3); |sum| + 2ˢ⁻¹ ≤ 2⁶² + 2⁶¹ < 2⁶³
        return (int)Math.Clamp(y, int.MinValue, int.MaxValue);
    }

    // s ≤ 0 shifts left without losing bits to overflow; s > 62 leaves at most ½ of |sum| ≤ 2⁶², which goes to 0.
    private static int RoundSumOutside(long sum, int shift)
    {
        if (shift > 62) return 0;
        if (sum == 0) return 0;
        long limit = shift <= -32 ? 0 : int.MaxValue >> -shift;
        if (sum > limit) return int.MaxValue;
        return sum < -limit - 1 || shift <= -32 ? int.MinValue : (int)(sum << -shift);
    }

    /// <summary>The integers Mᵢ = ⌊mᵢ·2ˢ⁻ˢⁱ⌉ at one shift s, so that Σ xᵢ·mᵢ·2⁻ˢⁱ ≈ 2⁻ˢ·Σ xᵢ·Mᵢ is rounded once by <see cref="RoundSum"/>.</summary>
    /// <param name="scales">The scales of the terms.</param>
    /// <param name="multipliers">Receives Mᵢ, 0 ≤ Mᵢ &lt; 2³¹; as long as <paramref name="scales"/>.</param>
    /// <param name="shift">The common shift: that of the largest scale in 31-bit form, from 0 to 62.</param>
    /// <remarks>
    /// While Σ|xᵢ| ≤ 2³¹ (for example |xᵢ| ≤ 2¹⁶ and 2⁸ terms, or two terms of |xᵢ| ≤ 2³⁰) the sum stays below 2⁶². The error before rounding is at most
    /// ½·2⁻ˢ·Σ|xᵢ| ≤ 2⁻³¹·max(scale)·Σ|xᵢ|; terms that share the largest scale have none.
    /// </remarks>
    /// <exception cref="PrecisionException">A multiplier is negative or a scale exceeds <see cref="MaxValue"/>.</exception>
    public static void Align(ReadOnlySpan<DyadicScale> scales, Span<int> multipliers, out int shift)
    {
        Ensure.Shape(multipliers.Length == scales.Length,
            $"DyadicScale.Align: {scales.Length} scales but room for {multipliers.Length} multipliers. Pass spans of one length.");
        shift = 62;
        foreach (DyadicScale scale in scales)
            if (scale.Multiplier != 0) shift = Math.Min(shift, scale.Normalized().Shift);
        for (int i = 0; i < scales.Length; i++)
        {
            DyadicScale normal = scales[i].Normalized();
            multipliers[i] = normal.Multiplier == 0 ? 0 : Round.HalfToEven(normal.Multiplier, normal.Shift - shift);   // (7)
        }
    }

    /// <summary>The scale nearest to <paramref name="x"/> with a multiplier of <paramref name="bits"/> bits; relative error ≤ 2⁻ᵇ.</summary>
    /// <param name="x">The real scale, 0 ≤ x ≤ 2³⁰.</param>
    /// <param name="bits">b, 1 to 31: 2ᵇ⁻¹ ≤ m &lt; 2ᵇ.</param>
    /// <remarks>What rounds below 2⁻³² becomes m = 0, s = 31 + b: no int32 times it reaches ½. For b = 31 thus 0 ≤ s ≤ 62.</remarks>
    /// <exception cref="PrecisionException"><paramref name="x"/> is negative, NaN or above 2³⁰.</exception>
    public static DyadicScale Nearest(double x, int bits = 31)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 31);
        if (!(x >= 0 && x <= MaxValue))
            throw new PrecisionException($"DyadicScale: {x:R} is outside [0, 2^30]. A scale is a ratio of positive, finite steps; check the quantisation ranges.");
        int zeroShift = 31 + bits;
        long raw = BitConverter.DoubleToInt64Bits(x) & long.MaxValue;            // −0 is 0
        int exponent = (int)(raw >> 52);                                           // x = (2⁵² + fraction)·2^(exponent − 1075)
        if (exponent == 0) return new(0, zeroShift);                               // zero and subnormals
        long mantissa = Round.HalfToEven((raw & 0xF_FFFF_FFFF_FFFF) | 1L << 52, 53 - bits);   // (1)
        int shift = 1075 - exponent - (53 - bits);
        if (mantissa >> bits != 0)                                                 // (2): rounded up to 2ᵇ
        {
            mantissa >>= 1;
            shift--;
        }
        return shift > zeroShift ? new(0, zeroShift) : new((int)mantissa, shift);
    }

    /// <summary>m·2^-s, as in 1610612736·2^-30.</summary>
    public override string ToString() => $"{Multiplier}·2^{-Shift}";

    // The same value with 2³⁰ ≤ m < 2³¹.
    private DyadicScale Normalized()
    {
        if (Multiplier == 0) return new(0, 62);
        int up = int.LeadingZeroCount(Multiplier) - 1;
        if (Multiplier < 0 || Shift + up < 0)
            throw new PrecisionException($"DyadicScale.Align: {this} is negative or above 2^30. Make the scale with Nearest.");
        return new(Multiplier << up, Shift + up);
    }

    private static Int128 SaturatingShift(Int128 x, int left) =>
        x > (long.MaxValue >> left) ? long.MaxValue : x < (long.MinValue >> left) ? long.MinValue : x << left;

    private static long Saturate64(Int128 x) => x > long.MaxValue ? long.MaxValue : x < long.MinValue ? long.MinValue : (long)x;
}
