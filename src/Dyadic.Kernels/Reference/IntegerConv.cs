using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definition of integer convolution and integer linear, as plain loops.</summary>
/// <remarks>docs/equations/integer-steps.md, equations (1)–(4).</remarks>
public static class IntegerConv
{
    /// <summary>y = clamp(⌊acc·m·2⁻ˢ⌉ + z_y, lo, hi), acc = Σ w·(x − z_x) + bias; padding contributes 0.</summary>
    /// <param name="s">Sizes; logical order.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="w">[M, C/g, kH, kW].</param>
    /// <param name="bias">[M], in units of S_x·S_w.</param>
    /// <param name="scales">[M], m·2⁻ˢ ≈ S_x·S_w / S_y.</param>
    /// <param name="y">[N, M, P, Q].</param>
    /// <param name="from">Format of x.</param>
    /// <param name="to">Format of y.</param>
    public static void Run(
        in WindowSizes s, ReadOnlySpan<byte> x, ReadOnlySpan<sbyte> w, ReadOnlySpan<int> bias, ReadOnlySpan<DyadicScale> scales,
        Span<byte> y, IntFormat from, IntFormat to)
    {
        int i = 0;
        for (int n = 0; n < s.Batch; n++)
            for (int m = 0; m < s.OutChannels; m++)
                for (int p = 0; p < s.OutHeight; p++)
                    for (int q = 0; q < s.OutWidth; q++)
                    {
                        int acc = Accumulate(in s, x, w, from, n, m, p, q) + bias[m];                           // (1)
                        y[i++] = IntFormat.Write(scales[m].Requantize(acc, to.Zero, to.Lo, to.Hi));             // (2)
                    }
    }

    /// <summary>y[r, n] = clamp(⌊(Σₖ w[n, k]·(x[r, k] − z_x) + bias[n])·m·2⁻ˢ⌉ + z_y, lo, hi).</summary>
    /// <param name="rows">R.</param>
    /// <param name="inner">K.</param>
    /// <param name="x">[R, K].</param>
    /// <param name="w">[N, K].</param>
    /// <param name="bias">[N].</param>
    /// <param name="scales">[N].</param>
    /// <param name="y">[R, N].</param>
    /// <param name="from">Format of x.</param>
    /// <param name="to">Format of y.</param>
    public static void Linear(
        int rows, int inner, ReadOnlySpan<byte> x, ReadOnlySpan<sbyte> w, ReadOnlySpan<int> bias, ReadOnlySpan<DyadicScale> scales,
        Span<byte> y, IntFormat from, IntFormat to)
    {
        for (int r = 0; r < rows; r++)
            for (int n = 0; n < bias.Length; n++)
            {
                int acc = bias[n];
                for (int k = 0; k < inner; k++) acc += w[n * inner + k] * (from.Read(x[r * inner + k]) - from.Zero);   // (3)
                y[r * bias.Length + n] = IntFormat.Write(scales[n].Requantize(acc, to.Zero, to.Lo, to.Hi));            // (2)
            }
    }

    private static int Accumulate(in WindowSizes s, ReadOnlySpan<byte> x, ReadOnlySpan<sbyte> w, IntFormat from, int n, int m, int p, int q)
    {
        Window t = s.Window;
        int perGroup = s.Channels / s.Groups, first = m / (s.OutChannels / s.Groups) * perGroup, acc = 0;
        for (int c = 0; c < perGroup; c++)
            for (int i = 0; i < t.KernelH; i++)
                for (int j = 0; j < t.KernelW; j++)
                {
                    int h = p * t.StrideH + i * t.DilationH - t.Top, v = q * t.StrideW + j * t.DilationW - t.Left;
                    if ((uint)h >= (uint)s.Height || (uint)v >= (uint)s.Width) continue;
                    int code = from.Read(x[((n * s.Channels + first + c) * s.Height + h) * s.Width + v]);
                    acc += w[((m * perGroup + c) * t.KernelH + i) * t.KernelW + j] * (code - from.Zero);
                }
        return acc;
    }
}
