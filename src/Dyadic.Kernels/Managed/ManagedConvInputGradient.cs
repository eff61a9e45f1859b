namespace Dyadic.Kernels.Managed;

/// <summary>
/// The gradient of a convolution's input without scattered sums: for each phase (py, px) of the stride, dx at rows py + sH·i and columns
/// px + sW·j is a convolution of dy with those taps that reach them.
/// </summary>
/// <remarks>Row h sees tap u of window row o where o·sH + u·dH − top = h; so o = i + (py + top − u·dH) / sH where that division is exact.</remarks>
internal static unsafe class ManagedConvInputGradient
{
    public static bool TryRun(float* dy, float* w, float* dx, in ConvGeometry g, ExecutionMode mode)
    {
        if (mode.Width == SimdWidth.Scalar) return false;
        int k = g.GroupOutChannels * g.KernelH * g.KernelW;
        using ScratchBuffer<int> taps = Scratch.Rent<int>(k);
        using ScratchBuffer<float> weights = Scratch.Rent<float>((nint)g.Channels * k);
        if (g.KernelH < g.StrideH || g.KernelW < g.StrideW || g.DilationH > 1 || g.DilationW > 1)
            new Span<float>(dx, g.InputLength).Clear();   // some phases may have no tap
        for (int py = 0; py < Math.Min(g.StrideH, g.Height); py++)
            for (int px = 0; px < Math.Min(g.StrideW, g.Width); px++)
            {
                TapConv conv = Phase(dy, dx, in g, py, px);
                conv.Taps = taps.Pointer;
                conv.Weights = weights.Pointer;
                GatherTaps(ref conv, w, in g);
                if (conv.K > 0) ManagedConv.Run(in conv, mode);
            }
        return true;
    }

    private static TapConv Phase(float* dy, float* dx, in ConvGeometry g, int py, int px)
    {
        int gridHeight = (g.Height - py + g.StrideH - 1) / g.StrideH, gridWidth = (g.Width - px + g.StrideW - 1) / g.StrideW;
        int top = Reach(g.PadTop, g.KernelH, g.DilationH, g.StrideH), left = Reach(g.PadLeft, g.KernelW, g.DilationW, g.StrideW);
        int below = (py + g.PadTop) / g.StrideH, right = (px + g.PadLeft) / g.StrideW;   // shift of tap 0, the largest
        return new()
        {
            Source = dy, Target = dx, Planes = new(g.OutHeight, g.OutWidth, top, left, top + gridHeight + below, left + gridWidth + right, 1, 1),
            Batch = g.Batch, Groups = g.Groups, SourceChannels = g.GroupOutChannels, OutChannels = g.GroupChannels,
            GridHeight = gridHeight, GridWidth = gridWidth, OutHeight = g.Height, OutWidth = g.Width,
            FirstRow = py, FirstColumn = px, RowStep = g.StrideH, ColumnStep = g.StrideW,
        };
    }

    // Rows of padding before dy: the most that a tap can point upwards.
    private static int Reach(int pad, int kernel, int dilation, int stride) => Math.Max(0, (dilation * (kernel - 1) - pad) / stride + 1);

    // Collects the taps of the phase and their weights as [groups][channel][M/g, taps]; K is their number.
    private static void GatherTaps(ref TapConv conv, float* w, in ConvGeometry g)
    {
        int area = g.KernelH * g.KernelW, k = 0;
        for (int m = 0; m < g.GroupOutChannels; m++)
            for (int tap = 0; tap < area; tap++)
                if (Shift(in conv, in g, tap) is { } shift) conv.Taps[k++] = m * conv.Planes.Length + shift;
        conv.K = k;
        float* to = conv.Weights;
        for (int channel = 0; channel < g.Channels; channel++)
            for (int m = 0; m < g.GroupOutChannels; m++)
                for (int tap = 0; tap < area; tap++)
                {
                    int outChannel = channel / g.GroupChannels * g.GroupOutChannels + m;
                    if (Shift(in conv, in g, tap) is not null)
                        *to++ = w[((nint)outChannel * g.GroupChannels + channel % g.GroupChannels) * area + tap];
                }
    }

    // Where in padded dy the tap of pixel (0, 0) lies; null when it belongs to another phase.
    private static int? Shift(in TapConv conv, in ConvGeometry g, int tap)
    {
        int row = conv.FirstRow + g.PadTop - tap / g.KernelW * g.DilationH, column = conv.FirstColumn + g.PadLeft - tap % g.KernelW * g.DilationW;
        if (row % g.StrideH != 0 || column % g.StrideW != 0) return null;
        return (conv.Planes.Top + row / g.StrideH) * conv.Planes.Columns + conv.Planes.Left + column / g.StrideW;
    }
}
