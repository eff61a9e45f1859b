using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dyadic.Numerics;

/// <summary>x·2⁻ˢ rounded to an integer, exact for every x of a fixed-width integer type and every s ≥ 0.</summary>
/// <remarks>
/// docs/equations/rounding.md. With q = ⌊x·2⁻ˢ⌋ and r = x − q·2ˢ, every mode returns q or q + 1; none overflows, MinValue and s ≥ bits included.
/// No floating-point instruction.
/// </remarks>
public static class Round
{
    /// <summary>x·2⁻ˢ to the nearest integer, ties to even.</summary>
    /// <param name="x">The value in units of 2⁻ˢ.</param>
    /// <param name="s">The shift, ≥ 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T HalfToEven<T>(T x, int s) where T : unmanaged, IBinaryInteger<T>
    {
        if (s == 0) return x;
        T q = Floor(x, s);                                            // (3)
        return HalfBit(x, s) && (BelowHalf(x, s) || T.IsOddInteger(q)) ? q + T.One : q;
    }

    /// <summary>x·2⁻ˢ to the nearest integer, ties away from zero.</summary>
    /// <inheritdoc cref="HalfToEven{T}" path="/param"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T HalfAway<T>(T x, int s) where T : unmanaged, IBinaryInteger<T>
    {
        if (s == 0) return x;
        T q = Floor(x, s);                                            // (4)
        return HalfBit(x, s) && (BelowHalf(x, s) || !T.IsNegative(x)) ? q + T.One : q;
    }

    /// <summary>⌊x·2⁻ˢ + ½⌋: to the nearest integer, ties towards +∞.</summary>
    /// <inheritdoc cref="HalfToEven{T}" path="/param"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T HalfUp<T>(T x, int s) where T : unmanaged, IBinaryInteger<T>
    {
        if (s == 0) return x;
        T q = Floor(x, s);                                            // (5)
        return HalfBit(x, s) ? q + T.One : q;
    }

    /// <summary>⌊x·2⁻ˢ⌋: towards −∞.</summary>
    /// <inheritdoc cref="HalfToEven{T}" path="/param"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Floor<T>(T x, int s) where T : unmanaged, IBinaryInteger<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(s);
        if (s < Bits<T>()) return x >> s;                             // (2)
        return T.IsNegative(x) ? -T.One : T.Zero;
    }

    /// <summary>⌊(x + u)·2⁻ˢ⌋, where u is the integer made of the upper s bits of <paramref name="randomBits"/>: the expectation is x·2⁻ˢ.</summary>
    /// <param name="x">The value in units of 2⁻ˢ.</param>
    /// <param name="s">The shift, 0 to 64.</param>
    /// <param name="randomBits">64 uniform bits; every fraction of s bits is met with its exact probability.</param>
    public static T Stochastic<T>(T x, int s, ulong randomBits) where T : unmanaged, IBinaryInteger<T>
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(s, 64);
        if (s == 0) return x;
        T q = Floor(x, s);                                            // (6)
        ulong mask = ulong.MaxValue >> (64 - s);
        ulong r = ulong.CreateTruncating(x) & mask, u = randomBits >> (64 - s);
        return r > mask - u ? q + T.One : q;
    }

    /// <summary>x·2⁻ˢ rounded by <paramref name="mode"/>.</summary>
    /// <param name="x">The value in units of 2⁻ˢ.</param>
    /// <param name="s">The shift, ≥ 0; at most 64 when stochastic.</param>
    /// <param name="mode">The rule.</param>
    /// <param name="randomBits">64 uniform bits, used by <see cref="Rounding.Stochastic"/> alone.</param>
    public static T By<T>(Rounding mode, T x, int s, ulong randomBits = 0) where T : unmanaged, IBinaryInteger<T> => mode switch
    {
        Rounding.HalfEven => HalfToEven(x, s),
        Rounding.HalfAway => HalfAway(x, s),
        Rounding.Floor => Floor(x, s),
        _ => Stochastic(x, s, randomBits),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Bits<T>() where T : unmanaged => 8 * Unsafe.SizeOf<T>();

    // r ≥ 2ˢ⁻¹: the bit of weight ½. A wider shift leaves less than ½ of an unsigned or positive x, and more than ½ above −1 of a negative one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HalfBit<T>(T x, int s) where T : unmanaged, IBinaryInteger<T> =>
        s <= Bits<T>() ? ((x >>> (s - 1)) & T.One) != T.Zero : T.IsNegative(x);

    // r mod 2ˢ⁻¹ ≠ 0: something lies below the bit of weight ½.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool BelowHalf<T>(T x, int s) where T : unmanaged, IBinaryInteger<T> =>
        s > Bits<T>() || (x & ((T.One << (s - 1)) - T.One)) != T.Zero;
}
