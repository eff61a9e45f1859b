using System.Numerics;

namespace Dyadic.Numerics;

/// <summary>y·2⁻ᵏ ≈ 1/x with 2³⁰ ≤ y ≤ 2³¹: the reciprocal by Newton's iteration in integers, for where a division is too slow.</summary>
/// <param name="Multiplier">y.</param>
/// <param name="Shift">k.</param>
/// <remarks>
/// docs/equations/fixed-point.md (36)–(37). A shift gives x = a·2^(62 − k) with ½ ≤ a &lt; 1. A line is right to 1/17, and a step y ← y·(2 − a·y) squares the relative error: three leave
/// 1.5·10⁻¹⁰ &lt; 2⁻³², and the 30 bits of fraction that they are taken in 2⁻²⁸: |y·2⁻ᵏ·x − 1| ≤ 2⁻²⁸. No floating-point instruction.
/// </remarks>
public readonly record struct IntegerReciprocal(uint Multiplier, int Shift)
{
    /// <summary>1/x.</summary>
    /// <param name="x">At least 1.</param>
    public static IntegerReciprocal Of(uint x)
    {
        ArgumentOutOfRangeException.ThrowIfZero(x);
        int zeros = BitOperations.LeadingZeroCount(x);
        ulong a = x << zeros, y = (48UL << 30) / 17 - (a * ((32UL << 24) / 17) >> 26);                // (36): y₀ = 48/17 − 32/17·a; fractions of 30 bits
        for (int step = 0; step < 3; step++) y = y * ((2UL << 30) - (a * y >> 32)) >> 30;            // (37); a·y < 2⁶³
        return new((uint)y, 62 - zeros);
    }
}
