using System.Runtime.InteropServices;

namespace Dyadic.Kernels.Contractions;

/// <summary>What an outer-product kernel is called with: one tile of rows × columns. All pointers are absolute; the layout is that of the machine code.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct OuterProductArguments
{
    /// <summary>x, from the tile's first row.</summary>
    public byte* X;

    /// <summary>Byte offsets of the segments of x.</summary>
    public nint* Segments;

    /// <summary>Segments.</summary>
    public nint SegmentCount;

    /// <summary>Groups of four steps in each segment.</summary>
    public nint Steps4;

    /// <summary>Steps after them.</summary>
    public nint StepsRest;

    /// <summary>Bytes from one step to the next in x.</summary>
    public nint XStride;

    /// <summary>w, from the tile's first column; its steps follow one another through all segments.</summary>
    public byte* W;

    /// <summary>Bytes from one step to the next in w.</summary>
    public nint WStride;

    /// <summary>The tile's first sum.</summary>
    public byte* Y;

    /// <summary>Bytes from one row of sums to the next.</summary>
    public nint YStride;
}
