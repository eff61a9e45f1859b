using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definition of integer pooling, as plain loops.</summary>
/// <remarks>docs/equations/integer-steps.md, equations (8) and (9). Logical order [N, C, H, W].</remarks>
public static class IntegerPool
{
    /// <summary>y = max of the codes under the window; padding is ignored. A window with no tap inside gives lo.</summary>
    public static void Max(in WindowSizes s, ReadOnlySpan<byte> x, Span<byte> y, IntFormat format)
    {
        Window t = s.Window;
        int o = 0;
        for (int plane = 0; plane < s.Batch * s.Channels; plane++)
            for (int p = 0; p < s.OutHeight; p++)
                for (int q = 0; q < s.OutWidth; q++)
                {
                    int best = format.Lo;
                    for (int i = 0; i < t.KernelH; i++)
                        for (int j = 0; j < t.KernelW; j++)
                            if (Tap(in s, plane, p, q, i, j) is >= 0 and var at) best = Math.Max(best, format.Read(x[at]));    // (8)
                    y[o++] = IntFormat.Write(best);
                }
    }

    /// <summary>y = clamp(⌊Σ(x − z_x)·m·2⁻ˢ⌉ + z_y, lo, hi): one rounding of the sum.</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="scales">One scale S_x/(S_y·taps) when padding counts, else scales[n − 1] = S_x/(S_y·n) for n taps inside.</param>
    /// <param name="y">[N, C, P, Q].</param>
    /// <param name="from">Format of x.</param>
    /// <param name="to">Format of y.</param>
    public static void Average(
        in WindowSizes s, ReadOnlySpan<byte> x, ReadOnlySpan<DyadicScale> scales, Span<byte> y, IntFormat from, IntFormat to)
    {
        Window t = s.Window;
        int o = 0;
        for (int plane = 0; plane < s.Batch * s.Channels; plane++)
            for (int p = 0; p < s.OutHeight; p++)
                for (int q = 0; q < s.OutWidth; q++)
                {
                    int sum = 0, count = 0;
                    for (int i = 0; i < t.KernelH; i++)
                        for (int j = 0; j < t.KernelW; j++)
                            if (Tap(in s, plane, p, q, i, j) is >= 0 and var at)
                            {
                                sum += from.Read(x[at]) - from.Zero;
                                count++;
                            }
                    DyadicScale scale = scales[scales.Length == 1 ? 0 : Math.Max(count, 1) - 1];
                    y[o++] = IntFormat.Write(scale.Requantize(sum, to.Zero, to.Lo, to.Hi));        // (9)
                }
    }

    // The flat index of the tap, or −1 in the padding.
    private static int Tap(in WindowSizes s, int plane, int p, int q, int i, int j)
    {
        Window t = s.Window;
        int h = p * t.StrideH + i * t.DilationH - t.Top, v = q * t.StrideW + j * t.DilationW - t.Left;
        return (uint)h < (uint)s.Height && (uint)v < (uint)s.Width ? (plane * s.Height + h) * s.Width + v : -1;
    }
}
