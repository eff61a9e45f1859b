namespace Dyadic.Kernels;

/// <summary>The sliding window of a two-dimensional convolution or pooling: tap (i, j) of output (p, q) reads input
/// (p·StrideH + i·DilationH − Top, q·StrideW + j·DilationW − Left).</summary>
/// <param name="KernelH">Taps along the height.</param>
/// <param name="KernelW">Taps along the width.</param>
/// <param name="StrideH">Input rows between two output rows.</param>
/// <param name="StrideW">Input columns between two output columns.</param>
/// <param name="Top">Rows of padding above.</param>
/// <param name="Left">Columns of padding to the left.</param>
/// <param name="Bottom">Rows of padding below.</param>
/// <param name="Right">Columns of padding to the right.</param>
/// <param name="DilationH">Input rows between two taps.</param>
/// <param name="DilationW">Input columns between two taps.</param>
public readonly record struct Window(
    int KernelH, int KernelW, int StrideH = 1, int StrideW = 1, int Top = 0, int Left = 0, int Bottom = 0, int Right = 0,
    int DilationH = 1, int DilationW = 1)
{
    /// <summary>KernelH·KernelW.</summary>
    public int Taps => KernelH * KernelW;

    /// <summary>⌊(height + Top + Bottom − DilationH·(KernelH − 1) − 1) / StrideH⌋ + 1.</summary>
    public int OutputHeight(int height) => (height + Top + Bottom - DilationH * (KernelH - 1) - 1) / StrideH + 1;

    /// <summary>⌊(width + Left + Right − DilationW·(KernelW − 1) − 1) / StrideW⌋ + 1.</summary>
    public int OutputWidth(int width) => (width + Left + Right - DilationW * (KernelW - 1) - 1) / StrideW + 1;
}

/// <summary>The sizes of a two-dimensional convolution or pooling in one call.</summary>
/// <param name="Batch">N.</param>
/// <param name="Channels">C, of the input.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="OutChannels">M; equals C for pooling.</param>
/// <param name="OutHeight">P.</param>
/// <param name="OutWidth">Q.</param>
/// <param name="Groups">Channel groups; divides C and M.</param>
/// <param name="Window">Kernel, strides, padding, dilation.</param>
public readonly record struct WindowSizes(
    int Batch, int Channels, int Height, int Width, int OutChannels, int OutHeight, int OutWidth, int Groups, Window Window);
