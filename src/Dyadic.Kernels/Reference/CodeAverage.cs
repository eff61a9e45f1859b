namespace Dyadic.Kernels.Reference;

/// <summary>The definition of average pooling of codes and of its transpose, as plain loops over [N, H, W, C].</summary>
/// <remarks>docs/equations/fixed-point.md (30).</remarks>
public static class CodeAverage
{
    /// <summary>y[n, p, q, c] = Σ x[n, i, j, c]·⌊2ˢ/n⌉ over window (p, q).</summary>
    public static void Pool(in PoolGeometry g, ReadOnlySpan<int> x, bool countPad, int shift, Span<long> y)
    {
        y.Clear();
        Visit(in g, countPad, shift, x, y, spread: false);
    }

    /// <summary>y[n, i, j, c] = Σ dy[n, p, q, c]·⌊2ˢ/n⌉ over the windows that hold pixel (i, j).</summary>
    public static void Spread(in PoolGeometry g, ReadOnlySpan<int> dy, bool countPad, int shift, Span<long> y)
    {
        y.Clear();
        Visit(in g, countPad, shift, dy, y, spread: true);
    }

    private static void Visit(in PoolGeometry g, bool countPad, int shift, ReadOnlySpan<int> x, Span<long> y, bool spread)
    {
        for (int n = 0; n < g.Batch; n++)
            for (int p = 0; p < g.OutHeight; p++)
                for (int q = 0; q < g.OutWidth; q++)
                {
                    int top = p * g.StrideH - g.PadTop, left = q * g.StrideW - g.PadLeft, inside = 0, counted = 0;
                    for (int u = 0; u < g.KernelH; u++)
                        for (int v = 0; v < g.KernelW; v++)
                        {
                            int i = top + u * g.DilationH, j = left + v * g.DilationW;
                            if (i < g.Height + g.PadBottom && j < g.Width + g.PadRight) counted++;
                            if (Holds(in g, i, j)) inside++;
                        }
                    int count = countPad ? counted : inside;
                    for (int u = 0; u < g.KernelH; u++)
                        for (int v = 0; v < g.KernelW; v++)
                        {
                            int i = top + u * g.DilationH, j = left + v * g.DilationW;
                            if (!Holds(in g, i, j)) continue;
                            for (int c = 0; c < g.Channels; c++)
                            {
                                int pixel = ((n * g.Height + i) * g.Width + j) * g.Channels + c, at = ((n * g.OutHeight + p) * g.OutWidth + q) * g.Channels + c;
                                long share = ((1L << shift) + count / 2) / count;
                                if (spread) y[pixel] += x[at] * share;
                                else y[at] += x[pixel] * share;
                            }
                        }
                }
    }

    private static bool Holds(in PoolGeometry g, int i, int j) => (uint)i < (uint)g.Height && (uint)j < (uint)g.Width;
}
