using System.Numerics;

namespace Dyadic.Numerics;

/// <summary>v ≈ q·2ᴱ: numbers written as b-bit integers with one power-of-two exponent that all of a tensor share.</summary>
/// <remarks>
/// docs/equations/fixed-point.md. Ghaffari et al. 2022, "Is integer arithmetic enough for deep learning training?", §3; what the specification leaves open is
/// said at each member. Magnitudes are rounded and the sign is put back, so every mode is symmetric about 0.
/// </remarks>
public static class FixedPointCode
{
    /// <summary>The widest code.</summary>
    public const int MaxBits = 32;

    private const uint Hidden = 1u << 23, Infinity = 0x7F80_0000;

    /// <summary>2ᵇ⁻¹ − 1: the largest code; −it is the least, so that every code has a negative.</summary>
    public static int Limit(int bits) => (int)((1u << (bits - 1)) - 1);

    /// <summary>E = e_max − (b − 2) + headroom, with e_max = ⌊log₂ largest⌋; 0 where the largest is zero or subnormal.</summary>
    /// <param name="largest">max |v|.</param>
    /// <param name="bits">b, 2 to 32, the sign included.</param>
    /// <param name="headroom">1 leaves a bit unused, so that no code saturates and stochastic rounding is unbiased without exception.</param>
    /// <exception cref="PrecisionException"><paramref name="largest"/> is infinite or NaN.</exception>
    public static int Exponent(float largest, int bits, int headroom = 0)
    {
        uint magnitude = BitConverter.SingleToUInt32Bits(largest) & int.MaxValue;
        if (magnitude >= Infinity)
            throw new PrecisionException($"FixedPointCode.Exponent: the largest magnitude is {largest}. Fixed point holds finite values only; look for an overflow upstream.");
        return magnitude < Hidden ? 0 : (int)(magnitude >> 23) - 127 - (bits - 2) + headroom;                          // (1)
    }

    /// <summary>The exponent of the b-bit codes of integers a·2ᴱ: E + ⌊log₂ largest⌋ − (b − 2) + headroom; 0 where all are zero.</summary>
    /// <param name="largest">max |a|.</param>
    /// <param name="exponent">E of the integers.</param>
    /// <param name="bits">b of the codes.</param>
    /// <param name="headroom">As in <see cref="Exponent(float, int, int)"/>.</param>
    public static int Exponent(ulong largest, int exponent, int bits, int headroom = 0) =>
        largest == 0 ? 0 : exponent + BitOperations.Log2(largest) - (bits - 2) + headroom;                             // (6)

    /// <summary>q = clamp(⌊v·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)); zeros and subnormals give 0.</summary>
    /// <param name="v">A finite value.</param>
    /// <param name="bits">b.</param>
    /// <param name="exponent">E.</param>
    /// <param name="rounding">The rule for the magnitude.</param>
    /// <param name="u">64 uniform bits; used by <see cref="Rounding.Stochastic"/> alone.</param>
    public static int Quantize(float v, int bits, int exponent, Rounding rounding, ulong u)
    {
        uint pattern = BitConverter.SingleToUInt32Bits(v), magnitude = pattern & int.MaxValue;
        if (magnitude < Hidden) return 0;
        int e = (int)(magnitude >> 23) - 127;
        return Signed((magnitude & (Hidden - 1)) | Hidden, exponent + 23 - e, bits, rounding, u, (int)pattern < 0);     // (2): |v| = M·2^(e − 23)
    }

    /// <summary>q = clamp(⌊a·2⁻ˢ⌉, ±(2ᵇ⁻¹ − 1)): the code of an integer whose exponent lies s below that of the codes.</summary>
    /// <param name="a">The integer.</param>
    /// <param name="shift">s; below 0 it shifts left.</param>
    /// <param name="bits">b.</param>
    /// <param name="rounding">The rule for the magnitude.</param>
    /// <param name="u">64 uniform bits; used by <see cref="Rounding.Stochastic"/> alone.</param>
    public static int Requantize(long a, int shift, int bits, Rounding rounding, ulong u) =>
        Signed(a < 0 ? 0 - (ulong)a : (ulong)a, shift, bits, rounding, u, a < 0);                                      // (7)

    /// <summary>q·2ᴱ as a float: exact while |q| &lt; 2²⁴ and the result is not below 2⁻¹⁴⁹; else to the nearest, ties to even.</summary>
    public static float Dequantize(long q, int exponent)
    {
        int half = exponent >> 1;                                                                                      // either power alone is a normal float
        return q * Power(half) * Power(exponent - half);                                                               // (5)
    }

    /// <summary>2ᵏ, for −126 ≤ k ≤ 127.</summary>
    public static float Power(int k) => BitConverter.Int32BitsToSingle((k + 127) << 23);

    private static int Signed(ulong magnitude, int shift, int bits, Rounding rounding, ulong u, bool negative)
    {
        ulong limit = (ulong)Limit(bits), q;
        if (shift <= 0) q = magnitude == 0 ? 0 : BitOperations.LeadingZeroCount(magnitude) + shift <= 0 ? limit : magnitude << -shift;
        else
        {
            if (shift > 64)                                                                                            // what is dropped is below 2⁻⁶⁴ of a step
            {
                magnitude = Round.Floor(magnitude, shift - 64);
                shift = 64;
            }
            q = Round.By(rounding, magnitude, shift, u);
        }
        q = Math.Min(q, limit);
        return negative ? -(int)q : (int)q;
    }
}
