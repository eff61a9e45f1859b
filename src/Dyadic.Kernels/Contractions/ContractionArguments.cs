using System.Runtime.InteropServices;

namespace Dyadic.Kernels.Contractions;

/// <summary>What a contraction kernel is called with: one tile of rows × columns. All pointers are absolute; the layout is that of the machine code.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct ContractionArguments
{
    /// <summary>The address of each row's first operand.</summary>
    public nint* Rows;

    /// <summary>Byte offsets of the segments from a row's first operand.</summary>
    public nint* Segments;

    /// <summary>Segments.</summary>
    public nint SegmentCount;

    /// <summary>Groups of four steps in each segment.</summary>
    public nint Steps4;

    /// <summary>Steps after them.</summary>
    public nint StepsRest;

    /// <summary>The panel's weights, [segment][step][column][4 bytes].</summary>
    public byte* Weights;

    /// <summary>Weights of a later call: some of them are asked for with every four steps.</summary>
    public byte* Ahead;

    /// <summary>The panel's constants, blocks of 16 columns; see <see cref="ChannelConstants"/>.</summary>
    public byte* Constants;

    /// <summary>The tile's first output.</summary>
    public byte* Y;

    /// <summary>Bytes from one row's outputs to the next.</summary>
    public nint YStride;

    /// <summary>What is added before the clamp, laid out as y.</summary>
    public byte* Residual;

    /// <summary>Bytes from one row of it to the next.</summary>
    public nint ResidualStride;

    /// <summary>Bytes from one pixel to the next, for kernels whose rows are neighbours.</summary>
    public nint PixelStride;

    /// <summary>The clamp: int32 or float32 bits.</summary>
    public int Lo, Hi;
}

/// <summary>The constants of 16 output channels as kernels read them.</summary>
/// <remarks>
/// <code>
/// bias int32[16] | m int32[16] | r = 2ˢ⁻³³ + z·2ˢ⁻³² int32[16] | s − 32 int32[16]
/// </code>
/// Kernels that do not requantise read the bias alone, at the same distances.
/// </remarks>
public static class ChannelConstants
{
    /// <summary>Channels of a block.</summary>
    public const int Block = 16;

    /// <summary>Offsets of the rows of a block, and its size, in bytes.</summary>
    public const int Bias = 0, Multiplier = 64, Rounding = 128, Shift = 192, Bytes = 256;
}
