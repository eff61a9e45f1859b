using Dyadic.Numerics;

namespace Dyadic.Kernels.Jit;

/// <summary>The tiles of an interpreted kernel: what each operation on them does. What machine code would trap on is refused.</summary>
internal sealed unsafe class TileState
{
    private readonly byte[][] _tiles = [.. Enumerable.Range(0, TileShape.Tiles).Select(_ => new byte[TileShape.Bytes])];
    private TileShape _shape;

    /// <summary>Runs an operation.</summary>
    /// <param name="i">The operation.</param>
    /// <param name="memory">Its address without the index.</param>
    /// <param name="stride">Bytes from one row in memory to the next: index·scale.</param>
    public void Run(in IrInstruction i, byte* memory, long stride)
    {
        switch (i.Op)
        {
            case IrOp.TileConfigure: Configure(*(TileShape*)memory); break;
            case IrOp.TileRelease: Configure(default); break;
            case IrOp.Zero: Tile(i.Dst).Clear(); break;
            case IrOp.TileLoad: Load(i.Dst, memory, stride); break;
            case IrOp.TileStore: Store(i.A, memory, stride); break;
            case IrOp.TileDot or IrOp.TileDotBFloat16: Dot(i.Op, i.Dst, i.A, i.B); break;
            default: throw new InvalidOperationException($"kernel IR: {i} is no operation on tiles.");
        }
    }

    private void Configure(TileShape shape)
    {
        for (int t = 0; t < TileShape.Tiles; t++)
        {
            if (shape.Palette > 1 || shape.Rows[t] > TileShape.MostRows || shape.RowBytes[t] > TileShape.MostRowBytes || (shape.Rows[t] == 0) != (shape.RowBytes[t] == 0))
                throw new InvalidOperationException($"kernel IR: tile {t} of {shape.Rows[t]} rows of {shape.RowBytes[t]} bytes, palette {shape.Palette}, cannot be configured.");
            _tiles[t].AsSpan().Clear();
        }
        _shape = shape;
    }

    private void Load(VReg tile, byte* from, long stride)
    {
        Span<byte> to = Tile(tile);
        to.Clear();
        for (int r = 0; r < Rows(tile); r++) new Span<byte>(from + r * stride, RowBytes(tile)).CopyTo(to[(r * TileShape.MostRowBytes)..]);
    }

    private void Store(VReg tile, byte* to, long stride)
    {
        Span<byte> from = Tile(tile);
        for (int r = 0; r < Rows(tile); r++) from.Slice(r * TileShape.MostRowBytes, RowBytes(tile)).CopyTo(new(to + r * stride, RowBytes(tile)));
    }

    private void Dot(IrOp op, VReg sum, VReg a, VReg b)
    {
        Span<byte> to = Tile(sum), left = Tile(a), right = Tile(b);
        if (Rows(sum) != Rows(a) || RowBytes(sum) != RowBytes(b) || RowBytes(a) != 4 * Rows(b) || sum == a || sum == b || a == b)
            throw new InvalidOperationException($"kernel IR: {sum} {Size(sum)} cannot take {a} {Size(a)} times {b} {Size(b)}.");
        fixed (byte* y = to, x = left, w = right)
        {
            for (int m = 0; m < Rows(sum); m++)
                for (int n = 0; n < RowBytes(sum) / 4; n++)
                {
                    byte* at = y + m * TileShape.MostRowBytes + 4 * n, row = x + m * TileShape.MostRowBytes, column = w + 4 * n;
                    if (op == IrOp.TileDot) *(int*)at += Bytes(row, column, Rows(b));
                    else *(float*)at = FlushedFloat.Add(*(float*)at, BFloat16s((BFloat16*)row, column, Rows(b)));
                }
        }
    }

    private static int Bytes(byte* row, byte* column, int steps)
    {
        int sum = 0;
        for (int k = 0; k < 4 * steps; k++) sum += row[k] * (sbyte)column[k / 4 * TileShape.MostRowBytes + k % 4];
        return sum;
    }

    private static float BFloat16s(BFloat16* row, byte* column, int steps)
    {
        float even = 0, odd = 0;
        for (int k = 0; k < steps; k++, column += TileShape.MostRowBytes)
        {
            even = FlushedFloat.MultiplyAdd(row[2 * k], ((BFloat16*)column)[0], even);
            odd = FlushedFloat.MultiplyAdd(row[2 * k + 1], ((BFloat16*)column)[1], odd);
        }
        return FlushedFloat.Add(even, odd);
    }

    private Span<byte> Tile(VReg tile) => Rows(tile) > 0 ? _tiles[tile.Id] : throw new InvalidOperationException($"kernel IR: {tile} is not configured.");

    private int Rows(VReg tile) => _shape.Rows[tile.Id];

    private int RowBytes(VReg tile) => _shape.RowBytes[tile.Id];

    private string Size(VReg tile) => $"[{Rows(tile)}, {RowBytes(tile)}]";
}
