using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>Three planes of bytes, such as the colours of an image, to pixels of three.</summary>
public static unsafe class ThreePlanes
{
    private static readonly Vector128<byte>[] Masks = [.. from output in Enumerable.Range(0, 3) from plane in Enumerable.Range(0, 3) select Mask(output, plane)];

    /// <summary>y[3·i + c] = x[c·count + i].</summary>
    public static void Interleave(byte* x, byte* y, int count)
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
            for (; i <= count - 16; i += 16)
            {
                Vector128<byte> r = Vector128.Load(x + i), g = Vector128.Load(x + count + i), b = Vector128.Load(x + 2 * (nint)count + i);
                for (int o = 0; o < 3; o++)
                    (Vector128.Shuffle(r, Masks[3 * o]) | Vector128.Shuffle(g, Masks[3 * o + 1]) | Vector128.Shuffle(b, Masks[3 * o + 2])).Store(y + 3 * (nint)i + 16 * o);
            }
        for (; i < count; i++)
            for (int c = 0; c < 3; c++) y[3 * (nint)i + c] = x[c * (nint)count + i];
    }

    // Where byte 16·output + i comes from in the plane's 16 bytes; 255 gives 0.
    private static Vector128<byte> Mask(int output, int plane)
    {
        Vector128<byte> mask = Vector128.Create((byte)255);
        for (int i = 0; i < 16; i++)
            if ((16 * output + i) % 3 == plane) mask = mask.WithElement(i, (byte)((16 * output + i) / 3));
        return mask;
    }
}
