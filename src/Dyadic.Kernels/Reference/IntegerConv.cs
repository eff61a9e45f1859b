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
        in WindowSizes s, ReadOnlySpan<byte> x, ReadOnlySpan<short> w, ReadOnlySpan<int> bias, ReadOnlySpan<DyadicScale> scales,
        Span<byte> y, IntFormat from, IntFormat to)
    {
        int[] acc = new int[s.OutWidth];                                                                        // one row of outputs
        int k = 0;
        for (int n = 0; n < s.Batch; n++)
            for (int m = 0; m < s.OutChannels; m++)
                for (int p = 0; p < s.OutHeight; p++)
                {
                    Array.Fill(acc, bias[m]);
                    Accumulate(in s, x, w, from, n, m, p, acc);                                                 // (1)
                    foreach (int sum in acc) y[k++] = IntFormat.Write(scales[m].Requantize(sum, to.Zero, to.Lo, to.Hi));   // (2)
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
        int rows, int inner, ReadOnlySpan<byte> x, ReadOnlySpan<short> w, ReadOnlySpan<int> bias, ReadOnlySpan<DyadicScale> scales,
        Span<byte> y, IntFormat from, IntFormat to)
    {
        for (int r = 0; r < rows; r++)
            for (int n = 0; n < bias.Length; n++)
            {
                int acc = Sum(x.Slice(r * inner, inner), w.Slice(n * inner, inner), bias[n], from);
                y[r * bias.Length + n] = IntFormat.Write(scales[n].Requantize(acc, to.Zero, to.Lo, to.Hi));            // (2)
            }
    }

    /// <summary>Σₖ w[k]·(x[k] − z_x) + bias.</summary>
    public static int Sum(ReadOnlySpan<byte> x, ReadOnlySpan<short> w, int bias, IntFormat from)
    {
        for (int k = 0; k < x.Length; k++) bias += w[k] * (from.Read(x[k]) - from.Zero);                               // (3)
        return bias;
    }

    // acc[q] += Σ w·(x − z_x) over the window of each output (p, q) of channel m.
    private static void Accumulate(in WindowSizes s, ReadOnlySpan<byte> x, ReadOnlySpan<short> w, IntFormat from, int n, int m, int p, Span<int> acc)
    {
        Window t = s.Window;
        int perGroup = s.Channels / s.Groups, first = m / (s.OutChannels / s.Groups) * perGroup;
        for (int c = 0; c < perGroup; c++)
            for (int i = 0; i < t.KernelH; i++)
                for (int j = 0; j < t.KernelW; j++)
                {
                    int h = p * t.StrideH + i * t.DilationH - t.Top, left = j * t.DilationW - t.Left;
                    if ((uint)h >= (uint)s.Height) continue;
                    ReadOnlySpan<byte> row = x.Slice(((n * s.Channels + first + c) * s.Height + h) * s.Width, s.Width);
                    AccumulateRow(row, left, t.StrideW, w[((m * perGroup + c) * t.KernelH + i) * t.KernelW + j], from, acc);
                }
    }

    private static void AccumulateRow(ReadOnlySpan<byte> row, int left, int stride, int weight, IntFormat from, Span<int> acc)
    {
        bool signed = from.Signed;
        for (int q = 0, v = left; q < acc.Length; q++, v += stride)
            if ((uint)v < (uint)row.Length) acc[q] += weight * ((signed ? (sbyte)row[v] : row[v]) - from.Zero);
    }
}
