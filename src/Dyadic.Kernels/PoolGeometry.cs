using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Sizes of a pooling: x [N, C, H, W] → y [N, C, OH, OW], row-major. The output size is explicit, so that rounding up is a choice of the caller.</summary>
/// <param name="Batch">N.</param>
/// <param name="Channels">C.</param>
/// <param name="Height">H; 1 for one-dimensional pooling.</param>
/// <param name="Width">W.</param>
/// <param name="OutHeight">OH.</param>
/// <param name="OutWidth">OW.</param>
/// <param name="KernelH">kH.</param>
/// <param name="KernelW">kW.</param>
/// <param name="StrideH">Rows between windows.</param>
/// <param name="StrideW">Columns between windows.</param>
/// <param name="PadTop">Rows of padding above.</param>
/// <param name="PadLeft">Columns of padding on the left.</param>
/// <param name="PadBottom">Rows of padding below; what a window covers beyond them is never counted.</param>
/// <param name="PadRight">Columns of padding on the right.</param>
/// <param name="DilationH">Rows between taps.</param>
/// <param name="DilationW">Columns between taps.</param>
public readonly record struct PoolGeometry(
    int Batch, int Channels, int Height, int Width, int OutHeight, int OutWidth, int KernelH, int KernelW,
    int StrideH, int StrideW, int PadTop, int PadLeft, int PadBottom, int PadRight, int DilationH = 1, int DilationW = 1)
{
    /// <summary>N·C, the planes, which are pooled one by one.</summary>
    public int Planes => checked(Batch * Channels);

    /// <summary>N·C·H·W.</summary>
    public int InputLength => checked(Planes * Height * Width);

    /// <summary>N·C·OH·OW.</summary>
    public int OutputLength => checked(Planes * OutHeight * OutWidth);

    /// <summary>The number of windows along one axis: ⌊(size + pads − d·(k − 1) − 1) / s⌋ + 1, or rounded up without a window that starts in the padding at the end.</summary>
    public static int Windows(int size, int kernel, int stride, int padBefore, int padAfter, int dilation, bool ceil)
    {
        int room = size + padBefore + padAfter - dilation * (kernel - 1) - 1;
        if (room < 0) return 0;
        int windows = (ceil ? (room + stride - 1) / stride : room / stride) + 1;
        return ceil && (windows - 1) * stride >= size + padBefore ? windows - 1 : windows;
    }

    /// <summary>Throws unless every size is possible and each window touches at least one value.</summary>
    /// <exception cref="ShapeException">A size is out of range; the message names it.</exception>
    public void Validate()
    {
        Ensure.Shape(Batch >= 0 && Channels > 0 && Height > 0 && Width > 0 && OutHeight > 0 && OutWidth > 0,
            $"Pool: sizes must be positive, x is [{Batch}, {Channels}, {Height}, {Width}] and y [.., {OutHeight}, {OutWidth}].");
        Ensure.Shape(KernelH > 0 && KernelW > 0 && StrideH > 0 && StrideW > 0 && DilationH > 0 && DilationW > 0,
            $"Pool: kernel [{KernelH}, {KernelW}], stride [{StrideH}, {StrideW}], dilation [{DilationH}, {DilationW}] must be positive.");
        Ensure.Shape(Fits(Height, OutHeight, KernelH, StrideH, PadTop, PadBottom, DilationH)
            && Fits(Width, OutWidth, KernelW, StrideW, PadLeft, PadRight, DilationW),
            $"Pool: a window of [{KernelH}, {KernelW}] lies wholly in the padding of [{PadTop}, {PadLeft}, {PadBottom}, {PadRight}]. Pad less?");
    }

    private static bool Fits(int size, int windows, int kernel, int stride, int before, int after, int dilation)
    {
        if (before < 0 || after < 0) return false;
        for (int i = 0; i < windows; i++)
        {
            int start = i * stride - before, skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
            if (skipped >= kernel || start + skipped * dilation >= size) return false;
        }
        return true;
    }
}
