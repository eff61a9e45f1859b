using System.Numerics;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definitions of sums and products of codes, as plain loops.</summary>
/// <remarks>docs/equations/fixed-point.md, equations (10)–(12) and (29).</remarks>
public static class FixedPointSum
{
    /// <summary>y = clamp(⌊(a·2^Ea + b·2^Eb)·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)): the terms meet exactly and are rounded once.</summary>
    public static void Add<T>(ReadOnlySpan<T> a, int ea, ReadOnlySpan<T> b, int eb, Span<T> y, int bits, int exponent, Rounding rounding, RoundingDraw draw)
        where T : unmanaged, IBinaryInteger<T>
    {
        int least = Math.Min(ea, eb);
        for (int i = 0; i < y.Length; i++)
        {
            long sum = (long.CreateTruncating(a[i]) << (ea - least)) + (long.CreateTruncating(b[i]) << (eb - least));        // (10)
            y[i] = T.CreateTruncating(FixedPointCode.Requantize(sum, exponent - least, bits, rounding, Bits(rounding, draw, i)));
        }
    }

    /// <summary>y = clamp(⌊(a·2^up + b)·2^(from − E)⌉, ±(2ᵇ⁻¹ − 1)), b repeated, at the exponent E of the largest sum, which is returned.</summary>
    public static int AddRepeated<T, TCode>(ReadOnlySpan<T> a, int up, ReadOnlySpan<int> b, int from, Span<TCode> y, int bits, int headroom, Rounding rounding, RoundingDraw draw)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        var sums = new long[a.Length];
        for (int i = 0; i < sums.Length; i++) sums[i] = (long.CreateTruncating(a[i]) << up) + b[i % b.Length];
        return FixedPointMap.Rounded(sums, from, y, bits, headroom, rounding, draw);
    }

    /// <summary>y = clamp(⌊a·b·2^(Ea + Eb − E)⌉, ±(2ᵇ⁻¹ − 1)).</summary>
    public static void Multiply<T>(ReadOnlySpan<T> a, int ea, ReadOnlySpan<T> b, int eb, Span<T> y, int bits, int exponent, Rounding rounding, RoundingDraw draw)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < y.Length; i++)
            y[i] = T.CreateTruncating(FixedPointCode.Requantize(
                long.CreateTruncating(a[i]) * long.CreateTruncating(b[i]), exponent - ea - eb, bits, rounding, Bits(rounding, draw, i)));       // (11)
    }

    /// <summary>y = clamp(⌊f·x·2^(Ex − E)⌉, ±(2ᵇ⁻¹ − 1)).</summary>
    public static void Scale<T, TCode>(ReadOnlySpan<T> x, int ex, DyadicScale f, Span<TCode> y, int bits, int exponent, Rounding rounding, RoundingDraw draw)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        for (int i = 0; i < y.Length; i++)
            y[i] = TCode.CreateTruncating(FixedPointCode.Requantize(
                (long)f.Multiplier * long.CreateTruncating(x[i]), exponent - ex + f.Shift, bits, rounding, Bits(rounding, draw, i)));            // (29)
    }

    /// <summary>z = clamp(⌊f·x·2^(Ex − E)⌉ + ⌊g·y·2^(Ey − E)⌉, ±(2ᵇ⁻¹ − 1)): both operands are mapped to one exponent, each with a draw of its own, and added.</summary>
    public static void Combine(
        ReadOnlySpan<short> x, int ex, int f, ReadOnlySpan<short> y, int ey, int g, Span<short> z, int bits, int exponent, Rounding rounding, RoundingDraw draw)
    {
        int limit = FixedPointCode.Limit(bits);
        RoundingDraw second = draw.Split(0);
        for (int i = 0; i < z.Length; i++)
        {
            int left = FixedPointCode.Requantize((long)f * x[i], exponent - ex, bits, rounding, Bits(rounding, draw, i));                       // (12)
            int right = FixedPointCode.Requantize((long)g * y[i], exponent - ey, bits, rounding, Bits(rounding, second, i));
            z[i] = (short)Math.Clamp(left + right, -limit, limit);
        }
    }

    private static ulong Bits(Rounding rounding, RoundingDraw draw, int i) => rounding == Rounding.Stochastic ? draw.At(i) : 0;
}
