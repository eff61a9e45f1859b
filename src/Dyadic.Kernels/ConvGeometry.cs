using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Sizes of a convolution: x [N, C, H, W] ∗ w [M, C/g, kH, kW] → y [N, M, OH, OW], all row-major.</summary>
/// <param name="Batch">N.</param>
/// <param name="Channels">C, a multiple of <paramref name="Groups"/>.</param>
/// <param name="Height">H; 1 for one-dimensional convolutions.</param>
/// <param name="Width">W.</param>
/// <param name="OutChannels">M, a multiple of <paramref name="Groups"/>.</param>
/// <param name="Groups">g; output channel m sees the input channels of its group only.</param>
/// <param name="KernelH">kH.</param>
/// <param name="KernelW">kW.</param>
/// <param name="StrideH">Rows between windows.</param>
/// <param name="StrideW">Columns between windows.</param>
/// <param name="PadTop">Rows of zeros above.</param>
/// <param name="PadLeft">Columns of zeros on the left.</param>
/// <param name="PadBottom">Rows of zeros below.</param>
/// <param name="PadRight">Columns of zeros on the right.</param>
/// <param name="DilationH">Rows between taps.</param>
/// <param name="DilationW">Columns between taps.</param>
/// <remarks>ONNX Conv: y[n, m, i, j] = Σ x[n, c, i·sH + u·dH − top, j·sW + v·dW − left]·w[m, c, u, v].</remarks>
public readonly record struct ConvGeometry(
    int Batch, int Channels, int Height, int Width, int OutChannels, int Groups, int KernelH, int KernelW,
    int StrideH, int StrideW, int PadTop, int PadLeft, int PadBottom, int PadRight, int DilationH, int DilationW)
{
    /// <summary>OH = ⌊(H + top + bottom − dH·(kH − 1) − 1) / sH⌋ + 1.</summary>
    public int OutHeight => Windows(Height + PadTop + PadBottom, KernelH, StrideH, DilationH);

    /// <summary>OW = ⌊(W + left + right − dW·(kW − 1) − 1) / sW⌋ + 1.</summary>
    public int OutWidth => Windows(Width + PadLeft + PadRight, KernelW, StrideW, DilationW);

    /// <summary>C/g, input channels of a group.</summary>
    public int GroupChannels => Channels / Groups;

    /// <summary>M/g, output channels of a group.</summary>
    public int GroupOutChannels => OutChannels / Groups;

    /// <summary>C/g·kH·kW, the products summed into one output.</summary>
    public int Taps => GroupChannels * KernelH * KernelW;

    /// <summary>N·C·H·W.</summary>
    public int InputLength => checked(Batch * Channels * Height * Width);

    /// <summary>M·C/g·kH·kW.</summary>
    public int WeightLength => checked(OutChannels * Taps);

    /// <summary>N·M·OH·OW.</summary>
    public int OutputLength => checked(Batch * OutChannels * OutHeight * OutWidth);

    /// <summary>Throws unless every size is possible and the groups divide the channels.</summary>
    /// <exception cref="ShapeException">A size is out of range; the message names it.</exception>
    public void Validate()
    {
        Ensure.Shape(Batch >= 0 && Channels > 0 && Height > 0 && Width > 0 && OutChannels > 0,
            $"Conv: sizes must be positive, x is [{Batch}, {Channels}, {Height}, {Width}] with {OutChannels} output channels.");
        Ensure.Shape(Groups > 0 && Channels % Groups == 0 && OutChannels % Groups == 0,
            $"Conv: {Groups} groups must divide {Channels} input and {OutChannels} output channels.");
        Ensure.Shape(KernelH > 0 && KernelW > 0 && StrideH > 0 && StrideW > 0 && DilationH > 0 && DilationW > 0,
            $"Conv: kernel [{KernelH}, {KernelW}], stride [{StrideH}, {StrideW}], dilation [{DilationH}, {DilationW}] must be positive.");
        Ensure.Shape(PadTop >= 0 && PadLeft >= 0 && PadBottom >= 0 && PadRight >= 0,
            $"Conv: padding [{PadTop}, {PadLeft}, {PadBottom}, {PadRight}] must not be negative.");
        Ensure.Shape(OutHeight > 0 && OutWidth > 0,
            $"Conv: kernel [{KernelH}, {KernelW}] does not fit the padded input of [{Height}, {Width}]. Pad more?");
    }

    private static int Windows(int size, int kernel, int stride, int dilation)
    {
        int room = size - dilation * (kernel - 1) - 1;
        return room < 0 ? 0 : room / stride + 1;
    }
}
