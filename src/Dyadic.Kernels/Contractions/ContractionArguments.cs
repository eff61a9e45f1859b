using System.Runtime.InteropServices;
using Dyadic.Numerics;

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

    /// <summary>How requantised values become bytes; see <see cref="CodeConstants"/>. Where a residual of codes is added, what that needs lies behind them.</summary>
    public byte* Codes;

    /// <summary>The clamp of float32 values, their bits: integer steps pass this too, and no floating-point type may.</summary>
    public int Lo, Hi;
}

/// <summary>What kernels read to turn four vectors of requantised values into one of codes.</summary>
/// <remarks>
/// <code>
/// lo u8[64] | hi u8[64] | flip u8[64] | order int32[16]
/// </code>
/// Values are those of unsigned codes: of signed ones 128 higher, and flip is then 128, else 0. Packing leaves, in the 16 bytes i, four bytes of each vector j;
/// order brings them to place j, i.
/// </remarks>
public static unsafe class CodeConstants
{
    /// <summary>Offsets of the rows, and the size, in bytes.</summary>
    public const int Lo = 0, Hi = 64, Flip = 128, Order = 192, Bytes = 256;

    /// <summary>What is added to a code to make it unsigned.</summary>
    public static int Offset(IntFormat to) => to.Signed ? 128 : 0;

    /// <summary>The same real numbers by unsigned codes, as requantised values are before they are packed.</summary>
    internal static IntFormat Unsigned(IntFormat f) => new(DType.UInt8, f.Zero + Offset(f), f.Lo + Offset(f), f.Hi + Offset(f));

    /// <summary>Writes them for codes of <paramref name="to"/> and the vectors of a set.</summary>
    public static void Write(byte* at, IntFormat to, InstructionSet set)
    {
        const int Row = Hi - Lo, Vectors = 4;
        int offset = Offset(to), parts = set.VectorBytes() / 16;
        new Span<byte>(at + Lo, Row).Fill((byte)(to.Lo + offset));
        new Span<byte>(at + Hi, Row).Fill((byte)(to.Hi + offset));
        new Span<byte>(at + Flip, Row).Fill((byte)offset);
        for (int j = 0; j < Vectors; j++)
            for (int i = 0; i < parts; i++) ((int*)(at + Order))[j * parts + i] = i * Vectors + j;
    }
}

/// <summary>The constants of 16 output channels as kernels read them.</summary>
/// <remarks>
/// <code>
/// bias int32[16] | m int32[16] | m of the odd channels, each one place down, int32[16] | r = 2ˢ⁻³³ + z·2ˢ⁻³² int32[16] | s − 32 int32[16]
/// </code>
/// Kernels that do not requantise read the bias alone, at the same distances.
/// </remarks>
public static class ChannelConstants
{
    /// <summary>Channels of a block.</summary>
    public const int Block = 16;

    /// <summary>Offsets of the rows of a block, and its size, in bytes.</summary>
    public const int Bias = 0, Multiplier = 64, OddMultiplier = 128, Rounding = 192, Shift = 256, Bytes = 320;
}
