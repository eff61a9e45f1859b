namespace Dyadic.Numerics;

/// <summary>y·2⁻¹⁵·2⁻ᵏ ≈ 1/√x with 2¹⁵ ≤ y ≤ 2¹⁶: the reciprocal square root by Newton's iteration in integers.</summary>
/// <param name="Multiplier">y.</param>
/// <param name="Shift">k.</param>
/// <remarks>
/// docs/equations/fixed-point.md (15)–(17). An even shift gives x = a·2²ᵏ with ¼ ≤ a &lt; 1. A line is right to 8.7 %, and a step y ← y·(3 − a·y²)/2 takes the relative
/// error e to −(3e² + e³)/2, so that three steps leave 2⁻²³; the 30 bits of fraction they are taken in leave less. Rounding to 15 bits of fraction adds 2⁻¹⁶ at most:
/// |y·2⁻¹⁵·√a − 1| ≤ 2⁻¹⁶·(1 + 2⁻⁷). No floating-point instruction.
/// </remarks>
public readonly record struct IntegerRsqrt(int Multiplier, int Shift)
{
    /// <summary>1/√x.</summary>
    /// <param name="x">At least 1.</param>
    public static IntegerRsqrt Of(UInt128 x)
    {
        ArgumentOutOfRangeException.ThrowIfZero(x);
        int bits = 128 - (int)UInt128.LeadingZeroCount(x), k = (bits + 1) >> 1;                     // (15): 2²ᵏ⁻² ≤ x < 2²ᵏ
        return new(Normalized((uint)(2 * k <= 32 ? x << (32 - 2 * k) : x >> (2 * k - 32))), k);
    }

    /// <summary>2¹⁵/√a for a = A·2⁻³².</summary>
    /// <param name="a">A, at least 2³⁰.</param>
    public static int Normalized(uint a) => (int)((Fine(a) + (1 << 14)) >> 15);

    /// <summary>2³⁰/√a for a = A·2⁻³², before it is rounded to 15 bits: |y·2⁻³⁰·√a − 1| ≤ 2⁻²³.</summary>
    /// <param name="a">A, at least 2³⁰.</param>
    public static ulong Fine(uint a)
    {
        ulong quarter = a >> 2, y = (273UL << 23) - (quarter * 39 >> 5);                            // (16): y₀ = 273/128 − 39/32·a; fractions of 30 bits
        for (int step = 0; step < 3; step++)
        {
            ulong square = y * y >> 30;                                                              // y < 2.14, so that every product is below 2⁶³
            y = y * ((3UL << 30) - (square * quarter >> 30)) >> 31;                                  // (17)
        }
        return y;
    }
}
