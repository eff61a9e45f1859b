using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>What a kernel on tiles is called with: runs of rows, each run one or two tiles high.</summary>
/// <remarks>
/// The rows of a tile lie at one distance; only the first of each is looked up in <see cref="ContractionArguments.Rows"/>.
/// Steps are read sixteen at a time, 64 bytes of each row; <see cref="ContractionArguments.Steps4"/> and what follows from it is not used.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct TileArguments
{
    /// <summary>Room for the accumulators of a run.</summary>
    public const int SumsBytes = 4 * TileShape.Bytes;

    /// <summary>Rows, segments, weights, constants, outputs.</summary>
    public ContractionArguments Contraction;

    /// <summary>Runs, one after another in rows and outputs.</summary>
    public nint Runs;

    /// <summary>Groups of sixteen steps in each segment.</summary>
    public nint Steps16;

    /// <summary>Bytes from a row's first operand to that of the next row of its tile.</summary>
    public nint RowStride;

    /// <summary>Rows of a run's two tiles.</summary>
    public nint FirstRows, SecondRows;

    /// <summary><see cref="SumsBytes"/> of scratch.</summary>
    public byte* Sums;

    /// <summary>The shapes of the tiles; see <see cref="SetRows"/>.</summary>
    public TileShape Shape;

    /// <summary>Gives the tiles of a run their rows, 1 … 16 and 0 … 16.</summary>
    public void SetRows(int first, int second)
    {
        (FirstRows, SecondRows) = (first, second);
        for (int t = 0; t < TileKey.MostTiles; t++)
        {
            Shape.Set(TileKey.RowTile(t), t == 0 ? first : second);
            Shape.Set(TileKey.ColumnTile(t), TileShape.MostRows);
            for (int block = 0; block < TileKey.MostTiles; block++) Shape.Set(TileKey.SumTile(t, block), t == 0 ? first : second);
        }
    }
}
