using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary><see cref="ContractionKey"/> of u8 × s8, or of bf16, on tiles: y[r, n] = end(bias[n] + Σ over segments and steps of x[r, k]·w[k, n]), the number of rows being data.</summary>
/// <remarks>
/// Called with <see cref="TileArguments"/>. One or two tiles of x, each up to 16 rows × 64 bytes, meet one or two of w: 16 steps of a panel of 16 columns
/// lie in memory as a tile of 16 rows. Steps of a segment are a multiple of 16, those too many having weights 0.
/// <code>
/// tiles      w 6      w 7
/// x 4      sums 0   sums 1
/// x 5      sums 2   sums 3
/// </code>
/// </remarks>
/// <param name="Kind"><see cref="OperandKind.U8S8"/> or <see cref="OperandKind.BF16"/>.</param>
/// <param name="Tiles">Tiles of rows, 1 or 2.</param>
/// <param name="Blocks">Blocks of 16 columns, 1 or 2.</param>
/// <param name="End">Epilogue.</param>
public sealed record TileKey(OperandKind Kind, int Tiles, int Blocks, TileEnd End) : KernelKey(InstructionSet.Amx)
{
    /// <summary>The most tiles of rows, and the most rows.</summary>
    public const int MostTiles = 2, MostRows = MostTiles * TileShape.MostRows;

    /// <summary>Steps that a tile takes at once.</summary>
    public const int Steps = TileShape.MostRowBytes / 4;

    /// <inheritdoc/>
    public override string Name => $"contract_{Kind.ToString().ToLowerInvariant()}_{Tiles * TileShape.MostRows}x{Blocks * ChannelConstants.Block}_{End.ToString().ToLowerInvariant()}@{Set.Name()}";

    // Bytes of a step in the panel, and of a row of accumulators.
    private int RowBytes => ContractionKey.StepBytes(Blocks);

    /// <inheritdoc/>
    public override KernelIr Generate()
    {
        KernelBuilder b = new(Name, Set);
        b.Emit(IrOp.TileConfigure, VReg.None, memory: Field(nameof(TileArguments.Shape)));
        int runs = b.Slot(), left = b.Slot();      // the epilogue's pointers leave the counters no registers
        b.StoreSlot(runs, Load(nameof(TileArguments.Runs)));
        VReg rows = Contraction(nameof(ContractionArguments.Rows));
        VReg rowStride = Load(nameof(TileArguments.RowStride)), stepStride = b.Set64(RowBytes);
        TileEpilogue epilogue = new(b, b.Argument, End);
        using (b.LoopSlot(runs))
        {
            VReg constants = Contraction(nameof(ContractionArguments.Constants)), none = b.Set64(0);
            foreach ((int t, int n) in Each()) b.Emit(IrOp.TileLoad, Tile(SumTile(t, n)), memory: ContractionKey.Constant(constants, ChannelConstants.Bias, n, b.Lanes) with { Index = none });
            VReg weights = Contraction(nameof(ContractionArguments.Weights)), segment = Contraction(nameof(ContractionArguments.Segments));
            b.StoreSlot(left, Contraction(nameof(ContractionArguments.SegmentCount)));
            using (b.LoopSlot(left))
            {
                VReg offset = b.LoadScalar(KernelBuilder.At(segment));
                VReg[] x = [.. Enumerable.Range(0, Tiles).Select(t => b.LoadScalar(t == 0 ? KernelBuilder.At(rows) : KernelBuilder.At(rows, 0, Load(nameof(TileArguments.FirstRows)), 8)))];
                foreach (VReg row in x) b.Advance(row, offset);
                VReg steps = Load(nameof(TileArguments.Steps16));
                using (b.Loop(steps)) Multiply(b, x, rowStride, weights, stepStride);
                b.Advance(segment, 8);
            }
            Finish(b, epilogue, rows, stepStride);
        }
        b.Emit(IrOp.TileRelease, VReg.None);
        return b.Finish();

        Address Field(string name) => ArgumentField(b, name);
        VReg Load(string name) => b.LoadScalar(Field(name));
        VReg Contraction(string name) => b.LoadScalar(ContractionKey.ArgumentField(b.Argument, name));
    }

    /// <inheritdoc/>
    public override string? Check(KernelRun run) => ContractionCheck.Run(this, run);

    /// <summary>False where most of what tiles of <paramref name="values"/> a segment would multiply is padding, so that vectors are faster.</summary>
    internal static bool Pays(int values)
    {
        const int MostPadding = 3;      // times the steps that hold values; beyond it tiles measured slower, on Sapphire Rapids
        int steps = (values + 3) / 4;
        return (steps + Steps - 1) / Steps * Steps <= MostPadding * steps;
    }

    // The numbers of the tiles.
    internal static int SumTile(int tile, int block) => MostTiles * tile + block;

    internal static int RowTile(int tile) => 4 + tile;

    internal static int ColumnTile(int block) => 6 + block;

    private static VReg Tile(int number) => new(RegisterKind.Tile, number);

    private static Address ArgumentField(KernelBuilder b, string name) => KernelBuilder.At(b.Argument, (int)Marshal.OffsetOf<TileArguments>(name));

    private IEnumerable<(int Tile, int Block)> Each() => from t in Enumerable.Range(0, Tiles) from n in Enumerable.Range(0, Blocks) select (t, n);

    // Sixteen steps.
    private void Multiply(KernelBuilder b, VReg[] x, VReg rowStride, VReg weights, VReg stepStride)
    {
        foreach ((int t, int n) in Each())
        {
            if (n == 0) b.Emit(IrOp.TileLoad, Tile(RowTile(t)), memory: KernelBuilder.At(x[t], 0, rowStride));
            if (t == 0) b.Emit(IrOp.TileLoad, Tile(ColumnTile(n)), memory: KernelBuilder.At(weights, n * TileShape.MostRowBytes, stepStride));
            b.Apply(Kind == OperandKind.BF16 ? IrOp.TileDotBFloat16 : IrOp.TileDot, Tile(SumTile(t, n)), Tile(RowTile(t)), Tile(ColumnTile(n)));
        }
        foreach (VReg row in x) b.Advance(row, TileShape.MostRowBytes);
        b.Advance(weights, Steps * RowBytes);
    }

    // The accumulators of a run go through memory, row by row, to the epilogue.
    private void Finish(KernelBuilder b, TileEpilogue epilogue, VReg rows, VReg rowBytes)
    {
        VReg sums = b.LoadScalar(ArgumentField(b, nameof(TileArguments.Sums)));
        foreach ((int t, int n) in Each()) b.Store(IrOp.TileStore, KernelBuilder.At(sums, At(t, n), rowBytes), Tile(SumTile(t, n)));
        for (int t = 0; t < Tiles; t++)
        {
            VReg count = b.LoadScalar(ArgumentField(b, t == 0 ? nameof(TileArguments.FirstRows) : nameof(TileArguments.SecondRows)));
            if (t > 0) b.LoadScalar(sums, ArgumentField(b, nameof(TileArguments.Sums)));
            using (b.Loop(count))
            {
                epilogue.Store([.. Enumerable.Range(0, Blocks).Select(n => b.Load(IrOp.Load, KernelBuilder.At(sums, At(t, n))))], Blocks);
                epilogue.Advance();
                b.Advance(sums, RowBytes);
                b.Advance(rows, 8);
            }
        }

        int At(int tile, int block) => tile * TileShape.MostRows * RowBytes + block * TileShape.MostRowBytes;
    }
}
