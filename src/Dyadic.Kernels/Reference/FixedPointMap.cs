using System.Numerics;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definitions of the maps between floats, accumulators and b-bit codes with one shared exponent, as plain loops.</summary>
/// <remarks>docs/equations/fixed-point.md, equations (1)–(7); element i is rounded with the bits u(i) of the draw.</remarks>
public static class FixedPointMap
{
    /// <summary>max |v|, with subnormals counted as 0.</summary>
    /// <param name="v">The values.</param>
    /// <param name="what">Whose values: it names the tensor in the failure.</param>
    /// <exception cref="PrecisionException">A value is infinite or NaN.</exception>
    public static float Largest(ReadOnlySpan<float> v, string what)
    {
        float largest = 0;
        for (int i = 0; i < v.Length; i++)
        {
            if (!float.IsFinite(v[i]))
                throw new PrecisionException($"FixedPointMap: element {i} of {what} is {v[i]}. Fixed point holds finite values only; look for an overflow or a division by zero upstream.");
            if (float.IsNormal(v[i])) largest = Math.Max(largest, Math.Abs(v[i]));
        }
        return largest;
    }

    /// <summary>max |a|.</summary>
    public static ulong Largest<T>(ReadOnlySpan<T> a) where T : unmanaged, IBinaryInteger<T>
    {
        ulong largest = 0;
        foreach (T x in a) largest = Math.Max(largest, T.IsNegative(x) ? 0 - ulong.CreateTruncating(x) : ulong.CreateTruncating(x));
        return largest;
    }

    /// <summary>q = clamp(⌊v·2⁻ᴱ⌉, ±(2ᵇ⁻¹ − 1)).</summary>
    public static void Quantize<TCode>(ReadOnlySpan<float> v, Span<TCode> q, int bits, int exponent, Rounding rounding, RoundingDraw draw)
        where TCode : unmanaged, IBinaryInteger<TCode>
    {
        for (int i = 0; i < q.Length; i++)
            q[i] = TCode.CreateTruncating(FixedPointCode.Quantize(v[i], bits, exponent, rounding, rounding == Rounding.Stochastic ? draw.At(i) : 0));
    }

    /// <summary>q = clamp(⌊a·2^(from − to)⌉, ±(2ᵇ⁻¹ − 1)).</summary>
    public static void Requantize<T, TCode>(ReadOnlySpan<T> a, int from, Span<TCode> q, int bits, int to, Rounding rounding, RoundingDraw draw)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        for (int i = 0; i < q.Length; i++)
            q[i] = TCode.CreateTruncating(
                FixedPointCode.Requantize(long.CreateTruncating(a[i]), to - from, bits, rounding, rounding == Rounding.Stochastic ? draw.At(i) : 0));
    }

    /// <summary>q = clamp(⌊a·2^(from − E)⌉, ±(2ᵇ⁻¹ − 1)) at the exponent E of the largest |a|, which is returned.</summary>
    internal static int Rounded<TCode>(ReadOnlySpan<long> a, int from, Span<TCode> q, int bits, int headroom, Rounding rounding, RoundingDraw draw) where TCode : unmanaged, IBinaryInteger<TCode>
    {
        int exponent = FixedPointCode.Exponent(Largest(a), from, bits, headroom);
        Requantize(a, from, q, bits, exponent, rounding, draw);
        return exponent;
    }

    /// <summary>v = q·2ᴱ.</summary>
    public static void Dequantize<T>(ReadOnlySpan<T> q, int exponent, Span<float> v) where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < v.Length; i++) v[i] = FixedPointCode.Dequantize(long.CreateTruncating(q[i]), exponent);
    }
}
