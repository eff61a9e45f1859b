using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>8-bit codes to int16 with the zero point taken away.</summary>
internal static unsafe class Widening
{
    /// <summary>Rows of <paramref name="inner"/> codes; each begins at an even place, and a zero follows an odd number.</summary>
    public static void Rows(byte* x, int inner, int rows, IntFormat from, short* y, SimdWidth width)
    {
        int stride = (inner + 1) / 2 * 2;
        for (int r = 0; r < rows; r++, x += inner, y += stride)
        {
            Run(x, y, inner, from, width);
            if (inner < stride) y[inner] = 0;
        }
    }

    /// <summary>y[i] = x[i] − z for <paramref name="count"/> values.</summary>
    public static void Run(byte* x, short* y, int count, IntFormat from, SimdWidth width)
    {
        // A signed code is its bits with the top one flipped, minus 128.
        byte flip = (byte)(from.Signed ? 0x80 : 0);
        short zero = (short)(from.Zero + flip);
        int i = 0;
        if (width >= SimdWidth.V256)
        {
            Vector256<byte> f = Vector256.Create(flip);
            Vector256<short> z = Vector256.Create(zero);
            for (; i <= count - 32; i += 32)
            {
                (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.Load(x + i) ^ f);
                (low.AsInt16() - z).Store(y + i);
                (high.AsInt16() - z).Store(y + i + 16);
            }
        }
        if (width >= SimdWidth.V128)
        {
            Vector128<byte> f = Vector128.Create(flip);
            Vector128<short> z = Vector128.Create(zero);
            for (; i <= count - 16; i += 16)
            {
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(x + i) ^ f);
                (low.AsInt16() - z).Store(y + i);
                (high.AsInt16() - z).Store(y + i + 8);
            }
        }
        for (; i < count; i++) y[i] = (short)((x[i] ^ flip) - zero);
    }
}
