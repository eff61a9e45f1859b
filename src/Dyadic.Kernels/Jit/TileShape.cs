using System.Runtime.InteropServices;

namespace Dyadic.Kernels.Jit;

/// <summary>Rows and bytes of a row of each of the eight tiles, in the 64 bytes that <see cref="IrOp.TileConfigure"/> reads.</summary>
/// <remarks>
/// <code>
/// palette: 1 | 15 zeros | bytes of a row u16[8] | 16 zeros | rows u8[8] | 8 zeros
/// </code>
/// A tile whose rows and bytes are both 0 is not used.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct TileShape
{
    /// <summary>Tiles, and the most rows of one, bytes of a row and bytes of a whole tile.</summary>
    public const int Tiles = 8, MostRows = 16, MostRowBytes = 64, Bytes = MostRows * MostRowBytes;

    /// <summary>The meaning of the tiles: 1, or 0 where all are off.</summary>
    [FieldOffset(0)]
    public byte Palette;

    /// <summary>Bytes of a row.</summary>
    [FieldOffset(16)]
    public fixed ushort RowBytes[Tiles];

    /// <summary>Rows.</summary>
    [FieldOffset(48)]
    public fixed byte Rows[Tiles];

    /// <summary>Gives a tile its shape.</summary>
    public void Set(int tile, int rows, int rowBytes = MostRowBytes) => (Palette, Rows[tile], RowBytes[tile]) = (1, (byte)rows, (ushort)(rows == 0 ? 0 : rowBytes));
}
