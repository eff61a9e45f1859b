namespace Dyadic.Kernels.Managed;

/// <summary>The vectorised rungs of float32 convolution: builds the <see cref="TapConv"/>s of a pass and runs them.</summary>
internal static unsafe class ManagedConv
{
    private const float PackingChannels = 30;   // packing im2col columns costs as much as computing so many output channels
    private const int DirectChannels = 2;   // output channels of a group up to which packing does not pay

    public static bool TryForward(float* x, float* w, float* bias, float* y, in ConvGeometry g, ExecutionMode mode)
    {
        if (mode.Width == SimdWidth.Scalar) return false;
        PaddedPlanes planes = PaddedPlanes.OfInput(in g);
        using ScratchBuffer<int> taps = Scratch.Rent<int>(g.Taps);
        FillTaps(in g, in planes, taps.Pointer);
        TapConv conv = new()
        {
            Source = x, Weights = w, Bias = bias, Target = y, Taps = taps.Pointer, Planes = planes,
            Batch = g.Batch, Groups = g.Groups, SourceChannels = g.GroupChannels, OutChannels = g.GroupOutChannels, K = g.Taps,
            GridHeight = g.OutHeight, GridWidth = g.OutWidth, OutHeight = g.OutHeight, OutWidth = g.OutWidth, RowStep = 1, ColumnStep = 1,
        };
        Run(in conv, mode);
        return true;
    }

    /// <summary>taps[k] = offset of tap k = (c, u, v) from the pixel of its window.</summary>
    internal static void FillTaps(in ConvGeometry g, in PaddedPlanes planes, int* taps)
    {
        for (int c = 0; c < g.GroupChannels; c++)
            for (int u = 0; u < g.KernelH; u++)
                for (int v = 0; v < g.KernelW; v++) *taps++ = c * planes.Length + planes.Offset(u * g.DilationH, v * g.DilationW);
    }

    internal static void Run(in TapConv conv, ExecutionMode mode)
    {
        if (conv.OutChannels <= DirectChannels) DirectConvBody.Run(in conv, mode);
        else if (mode.Width >= SimdWidth.V512) Run<MicroKernel512, TapKernel512>(in conv, mode);
        else if (mode.Width >= SimdWidth.V256) Run<MicroKernel256, TapKernel256>(in conv, mode);
        else Run<MicroKernel128, TapKernel128>(in conv, mode);
    }

    // Streaming costs the pixels between the rows, packing is shared by the output channels.
    private static void Run<TKernel, TTap>(in TapConv conv, ExecutionMode mode) where TKernel : struct, IMicroKernel where TTap : struct, ITapKernel
    {
        bool stream = TapStreamBody<TTap>.Waste(in conv) < 1 + PackingChannels / conv.OutChannels;
        if (stream) TapStreamBody<TTap>.Run(in conv, mode);
        else TapConvBody<TKernel>.Run(in conv, mode);
    }
}
