using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Which matrix <see cref="ConvColumns{T}"/> fills.</summary>
internal enum ColumnsOf
{
    /// <summary>[taps (c, u, v), pixels of y]: what the taps of each window read.</summary>
    Windows,

    /// <summary>[pixels of y, taps (c, u, v)]: its transpose.</summary>
    WindowsTransposed,

    /// <summary>[(m, u, v) with u and v downwards, pixels of x]: the windows that touch each pixel, in the order of the pixels of y.</summary>
    Touching,
}

/// <summary>
/// The second factor of a convolution as a matrix, for one image and group; elements that lie outside the image are marked absent. Rows [start, end)
/// are filled in parallel, columns from <see cref="First"/> on.
/// </summary>
internal unsafe struct ConvColumns<T> : IParallelBody where T : unmanaged, INumber<T>
{
    public ColumnsOf Matrix;
    public ConvGeometry G;
    public T* Source, Target, Present;      // Source: the image's and group's first channel
    public int First, Columns;

    public readonly void Run(int start, int end)
    {
        for (int row = start; row < end; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                int source = Place(row, First + column);
                nint at = ((nint)row * Columns) + column;
                Target[at] = source < 0 ? T.Zero : Source[source];
                Present[at] = source < 0 ? T.Zero : T.One;
            }
        }
    }

    // Where an element is read, or −1.
    private readonly int Place(int row, int column) => Matrix switch
    {
        ColumnsOf.Windows => Window(row, column),
        ColumnsOf.WindowsTransposed => Window(column, row),
        _ => Touching(row, column),
    };

    private readonly int Window(int tap, int pixel)
    {
        int v = tap % G.KernelW, u = tap / G.KernelW % G.KernelH, channel = tap / (G.KernelW * G.KernelH), width = G.OutWidth;
        int h = (pixel / width * G.StrideH) - G.PadTop + (u * G.DilationH), w = (pixel % width * G.StrideW) - G.PadLeft + (v * G.DilationW);
        return (uint)h < (uint)G.Height && (uint)w < (uint)G.Width ? (((channel * G.Height) + h) * G.Width) + w : -1;
    }

    private readonly int Touching(int row, int pixel)
    {
        int v = G.KernelW - 1 - (row % G.KernelW), u = G.KernelH - 1 - (row / G.KernelW % G.KernelH), channel = row / (G.KernelW * G.KernelH);
        int top = (pixel / G.Width) + G.PadTop - (u * G.DilationH), left = (pixel % G.Width) + G.PadLeft - (v * G.DilationW);
        if (top < 0 || left < 0 || top % G.StrideH != 0 || left % G.StrideW != 0) return -1;
        (int i, int j) = (top / G.StrideH, left / G.StrideW);
        return i < G.OutHeight && j < G.OutWidth ? (((channel * G.OutHeight) + i) * G.OutWidth) + j : -1;
    }
}
