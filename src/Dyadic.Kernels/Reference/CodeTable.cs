using System.Numerics;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definitions of functions of 8-bit codes, as plain loops.</summary>
/// <remarks>docs/equations/fixed-point.md (38)–(39).</remarks>
public static class CodeTable
{
    /// <summary>y = ⌊f(x)·2⁻ᴱ⌉ at the exponent E of the largest |f(x)|, which is returned.</summary>
    public static int Map<TCode>(ReadOnlySpan<sbyte> x, ReadOnlySpan<float> values, Span<TCode> y, int bits, int headroom, Rounding rounding, RoundingDraw draw)
        where TCode : unmanaged, IBinaryInteger<TCode>
    {
        var floats = new float[x.Length];
        for (int i = 0; i < floats.Length; i++) floats[i] = values[x[i] + 128];
        int exponent = FixedPointCode.Exponent(FixedPointMap.Largest(floats, "a function"), bits, headroom);
        FixedPointMap.Quantize(floats, y, bits, exponent, rounding, draw);
        return exponent;
    }

    /// <summary>y = ⌊t·f(x)·2^(from − E)⌉ at the exponent E of the largest product, which is returned.</summary>
    public static int Multiply<T, TCode>(ReadOnlySpan<sbyte> x, ReadOnlySpan<int> factors, ReadOnlySpan<T> t, int from, Span<TCode> y, int bits, int headroom, Rounding rounding, RoundingDraw draw)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        var products = new long[x.Length];
        for (int i = 0; i < products.Length; i++) products[i] = long.CreateTruncating(t[i]) * factors[x[i] + 128];
        return FixedPointMap.Rounded(products, from, y, bits, headroom, rounding, draw);
    }
}
