using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>The operands of a contraction. A step takes four bytes of each row and each column: four, two or one value.</summary>
public enum OperandKind
{
    /// <summary>u8 × s8 → s32; of managed tiles s8 × s8.</summary>
    U8S8,

    /// <summary>s16 × s16 → s32.</summary>
    S16S16,

    /// <summary>f32, one chain of fused multiply-adds.</summary>
    F32,

    /// <summary>bf16 × bf16 → f32, on tiles alone: the sums of <see cref="IrOp.TileDotBFloat16"/>, sixteen steps each, added one after another.</summary>
    BF16,
}

/// <summary>What happens to the accumulators.</summary>
public enum TileEnd
{
    /// <summary>Stored as they are, 4 bytes each.</summary>
    Store,

    /// <summary>Requantised to 8 bits: clamp(⌊acc·m·2⁻ˢ⌉ + z, lo, hi) where no tie can occur and s ≥ 33; equation (15).</summary>
    Requantize,

    /// <summary>Requantised, then the codes of a residual added: clamp(⌊((q − z)·A + (r − z_r)·B)·2⁻ᵗ⌉ + z_y, lo, hi) where no pair (q, r) makes a tie; equation (16).</summary>
    RequantizeAdd,

    /// <summary>Clamped float32.</summary>
    Clamp,

    /// <summary>A float32 residual added, then clamped.</summary>
    AddClamp,
}

/// <summary>What ends have in common.</summary>
internal static class TileEnds
{
    /// <summary>True where bytes are stored, not four bytes of each value.</summary>
    public static bool MakesCodes(this TileEnd end) => end is TileEnd.Requantize or TileEnd.RequantizeAdd;

    /// <summary>True where a residual is read.</summary>
    public static bool Adds(this TileEnd end) => end is TileEnd.AddClamp or TileEnd.RequantizeAdd;
}

/// <summary>y[r, n] = end(bias[n] + Σ over segments and steps of x[r, k]·w[k, n]): the inner kernel of all matrix products and convolutions.</summary>
/// <remarks>A long chain of float32 is cut into several calls, whose weights stay in the first cache for many tiles; all but the first go on from what y holds.</remarks>
/// <param name="Set">The instruction set.</param>
/// <param name="Kind">Operands.</param>
/// <param name="Rows">Rows of the tile, 1 … <see cref="MostRows"/>.</param>
/// <param name="Blocks">Blocks of 16 columns, 1 or 2.</param>
/// <param name="End">Epilogue.</param>
/// <param name="GoesOn">Whether the sums start from y, which an earlier call stored, instead of the bias.</param>
/// <param name="Half">Whether of the one block only the first half is computed and stored; of float32, where that fills a vector (<see cref="TakesHalf"/>).</param>
public sealed record ContractionKey(InstructionSet Set, OperandKind Kind, int Rows, int Blocks, TileEnd End, bool GoesOn = false, bool Half = false) : KernelKey(Set)
{
    /// <summary>Bytes of one step in a row of x.</summary>
    public const int RowStep = 4;

    private const int Unroll = 4, Line = 64, LinesAhead = 2;

    /// <summary>Bytes of a later panel's weights that a kernel asks for with every four steps, a quarter of a full panel's.</summary>
    public const int AheadBytes = LinesAhead * Line;

    /// <inheritdoc/>
    public override string Name => $"contract_{Kind.ToString().ToLowerInvariant()}_{Rows}x{Columns}_{End.ToString().ToLowerInvariant()}{(GoesOn ? "_on" : "")}@{Set.Name()}";

    /// <summary>The most rows of a tile whose accumulators fit the registers; twelve are the most that have scalar registers for their addresses.</summary>
    public static int MostRows(InstructionSet set, bool half = false) => half || set.VectorBytes() == 64 ? 12 : 6;

    /// <summary>True for the sets whose vectors hold half of a block.</summary>
    public static bool TakesHalf(InstructionSet set) => set.VectorBytes() == 2 * ChannelConstants.Block;

    /// <summary>The blocks of a full panel.</summary>
    public static int PanelBlocks(InstructionSet set) => set.VectorBytes() / 32;

    /// <summary>Bytes of one step in a panel of <paramref name="blocks"/> blocks.</summary>
    public static int StepBytes(int blocks) => RowStep * ChannelConstants.Block * blocks;

    /// <summary>Columns computed and stored.</summary>
    public int Columns => Half ? ChannelConstants.Block / 2 : Blocks * ChannelConstants.Block;

    private int Vectors => Columns / (Set.VectorBytes() / 4);

    // Few rows leave registers idle and the adder waiting: integer sums are then split in several chains, which changes no bit.
    private int Chains => Kind == OperandKind.F32 ? 1 : Math.Clamp(8 / (Rows * Vectors), 1, Unroll);

    // One row is bound by the memory that it would prefetch from.
    private bool Prefetches => Chains == 1;

    /// <inheritdoc/>
    public override KernelIr Generate()
    {
        KernelBuilder b = new(Name, Set);
        VReg arguments = b.Argument;
        VReg[] rows = [.. Enumerable.Range(0, Rows).Select(_ => b.New(RegisterKind.Scalar))];
        VReg constants = b.LoadScalar(Field(nameof(ContractionArguments.Constants)));
        VReg[][,] sums = [.. Enumerable.Range(0, Chains).Select(_ => b.Tile(Rows, Vectors))];
        if (GoesOn) LoadSums(b, Field, sums[0]);
        for (int v = 0; v < Vectors; v++)
        {
            if (!GoesOn)
            {
                b.Emit(IrOp.Load, sums[0][0, v], memory: Constant(constants, ChannelConstants.Bias, v));
                for (int r = 1; r < Rows; r++) b.Copy(sums[0][r, v], sums[0][0, v]);
            }
            for (int c = 1; c < Chains; c++)
                for (int r = 0; r < Rows; r++) b.Emit(IrOp.Zero, sums[c][r, v]);
        }
        int segments = b.Slot(), segment = b.Slot(), steps4 = b.Slot(), rest = b.Slot(), argument = b.Slot(), left4 = b.Slot(), leftRest = b.Slot();
        Keep(segments, nameof(ContractionArguments.SegmentCount));
        Keep(segment, nameof(ContractionArguments.Segments));
        Keep(steps4, nameof(ContractionArguments.Steps4));
        Keep(rest, nameof(ContractionArguments.StepsRest));
        b.StoreSlot(argument, arguments);
        VReg list = b.LoadScalar(Field(nameof(ContractionArguments.Rows))), weights = b.LoadScalar(Field(nameof(ContractionArguments.Weights)));
        VReg ahead = Prefetches ? b.LoadScalar(Field(nameof(ContractionArguments.Ahead))) : VReg.None;
        for (int r = 0; r < Rows; r++) b.LoadScalar(rows[r], KernelBuilder.At(list, 8 * r));
        using (b.LoopSlot(segments))
        {
            VReg k = b.LoadSlot(steps4);      // twelve rows, weights and ahead leave this scalar alone
            b.StoreSlot(left4, k);
            b.StoreSlot(leftRest, b.LoadSlot(k, rest));
            b.LoadSlot(k, segment);
            b.Advance(k, 8);
            b.StoreSlot(segment, k);
            b.LoadScalar(k, KernelBuilder.At(k, -8));
            foreach ((int left, int unroll) in new[] { (left4, Unroll), (leftRest, 1) })
            {
                using (b.LoopSlot(left))
                {
                    for (int u = 0; u < unroll; u++) Multiply(b, rows, k, weights, u, sums[u % Chains]);
                    if (unroll > 1 && Prefetches)
                    {
                        for (int line = 0; line < LinesAhead; line++) b.Prefetch(KernelBuilder.At(ahead, line * Line));
                        b.Advance(ahead, AheadBytes);
                    }
                    b.Advance(k, unroll * RowStep);
                    b.Advance(weights, unroll * StepBytes(Blocks));
                }
            }
        }
        for (int c = 1; c < Chains; c++)
            for (int r = 0; r < Rows; r++)
                for (int v = 0; v < Vectors; v++) b.Apply(IrOp.Add32, sums[0][r, v], sums[0][r, v], sums[c][r, v]);
        arguments = b.LoadSlot(argument);
        new TileEpilogue(b, arguments, End).Store(sums[0]);
        return b.Finish();

        Address Field(string name) => ArgumentField(arguments, name);
        void Keep(int slot, string field) => b.StoreSlot(slot, b.LoadScalar(Field(field)));
    }

    private void LoadSums(KernelBuilder b, Func<string, Address> field, VReg[,] sums)
    {
        VReg y = b.LoadScalar(field(nameof(ContractionArguments.Y))), stride = b.LoadScalar(field(nameof(ContractionArguments.YStride)));
        for (int r = 0; r < Rows; r++)
        {
            if (r > 0) b.Advance(y, stride);
            for (int v = 0; v < Vectors; v++) b.Emit(IrOp.Load, sums[r, v], memory: KernelBuilder.At(y, v * Set.VectorBytes()));
        }
    }

    /// <inheritdoc/>
    public override string? Check(KernelRun run) => ContractionCheck.Run(this, run);

    internal static Address ArgumentField(VReg arguments, string name) => KernelBuilder.At(arguments, (int)Marshal.OffsetOf<ContractionArguments>(name));

    // The row of constants at `row` of a block, for vector v of the tile.
    internal static Address Constant(VReg constants, int row, int vector, int lanes) =>
        KernelBuilder.At(constants, vector * lanes / ChannelConstants.Block * ChannelConstants.Bytes + row + vector * lanes % ChannelConstants.Block * 4);

    private Address Constant(VReg constants, int row, int vector) => Constant(constants, row, vector, Set.VectorBytes() / 4);

    private void Multiply(KernelBuilder b, VReg[] rows, VReg k, VReg weights, int step, VReg[,] sums)
    {
        Address[] at = [.. Enumerable.Range(0, Vectors).Select(v => KernelBuilder.At(weights, step * StepBytes(Blocks) + v * Set.VectorBytes()))];
        bool separate = Kind == OperandKind.S16S16 && !Set.HasDot();      // product and sum apart need a register that the weights give up
        VReg[] w = separate ? [] : [.. at.Select(a => b.Load(IrOp.Load, a))];
        for (int r = 0; r < Rows; r++)
        {
            VReg x = b.Load(IrOp.Broadcast32, KernelBuilder.At(rows[r], step * RowStep, k));
            for (int v = 0; v < Vectors; v++)
            {
                if (separate) b.Apply(IrOp.Add32, sums[r, v], sums[r, v], b.Apply(IrOp.MulPairs, b.Vector(), x, at[v]));
                else b.Apply(Kind switch { OperandKind.U8S8 => IrOp.Dot4, OperandKind.S16S16 => IrOp.Dot2, _ => IrOp.Fma }, sums[r, v], x, w[v]);
            }
        }
    }
}
