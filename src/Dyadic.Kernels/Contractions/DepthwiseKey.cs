using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>The input of a depthwise convolution.</summary>
public enum DepthwiseKind
{
    /// <summary>u8, weights as int16 in int32 lanes.</summary>
    U8,

    /// <summary>s8, weights as int16 in int32 lanes.</summary>
    S8,

    /// <summary>f32, one chain of fused multiply-adds.</summary>
    F32,
}

/// <summary>y[r, c] = end(bias[c] + Σ over taps of x[r, tap, c]·w[tap, c]) for 16 channels c: the inner kernel of depthwise convolutions.</summary>
/// <remarks>Called with <see cref="ContractionArguments"/>: segments are taps; weights are [tap][channel][4 bytes]; steps are not used.</remarks>
/// <param name="Set">The instruction set.</param>
/// <param name="Kind">Input.</param>
/// <param name="Rows">Pixels of the tile, 1 … <see cref="ContractionKey.MostRows"/>.</param>
/// <param name="End">Epilogue.</param>
/// <param name="Half">Whether only the first 8 of the channels are computed and stored, as in <see cref="ContractionKey"/>.</param>
public sealed record DepthwiseKey(InstructionSet Set, DepthwiseKind Kind, int Rows, TileEnd End, bool Half = false) : KernelKey(Set)
{
    /// <inheritdoc/>
    public override string Name => $"depthwise_{Kind.ToString().ToLowerInvariant()}_{Rows}x{Columns}_{End.ToString().ToLowerInvariant()}@{Set.Name()}";

    /// <summary>Channels computed and stored.</summary>
    public int Columns => Half ? ChannelConstants.Block / 2 : ChannelConstants.Block;

    /// <summary>Bytes of a value of x.</summary>
    public int ValueBytes => Kind == DepthwiseKind.F32 ? 4 : 1;

    /// <inheritdoc/>
    public override KernelIr Generate()
    {
        KernelBuilder b = new(Name, Set);
        int vectors = Columns / b.Lanes;
        VReg constants = Pointer(nameof(ContractionArguments.Constants)), list = Pointer(nameof(ContractionArguments.Rows));
        VReg weights = Pointer(nameof(ContractionArguments.Weights)), tap = Pointer(nameof(ContractionArguments.Segments));
        int taps = b.Slot(), argument = b.Slot();
        b.StoreSlot(taps, Pointer(nameof(ContractionArguments.SegmentCount)));
        b.StoreSlot(argument, b.Argument);
        VReg[,] sums = b.Tile(Rows, vectors);
        for (int v = 0; v < vectors; v++)
        {
            b.Emit(IrOp.Load, sums[0, v], memory: ContractionKey.Constant(constants, ChannelConstants.Bias, v, b.Lanes));
            for (int r = 1; r < Rows; r++) b.Copy(sums[r, v], sums[0, v]);
        }
        VReg[] rows = [.. Enumerable.Range(0, Rows).Select(r => b.LoadScalar(KernelBuilder.At(list, 8 * r)))];
        using (b.LoopSlot(taps))
        {
            VReg offset = b.LoadScalar(KernelBuilder.At(tap));
            for (int v = 0; v < vectors; v++) Multiply(b, rows, offset, v, KernelBuilder.At(weights, v * Set.VectorBytes()), sums);
            b.Advance(tap, 8);
            b.Advance(weights, 4 * ChannelConstants.Block);
        }
        new TileEpilogue(b, b.LoadSlot(argument), End).Store(sums);
        return b.Finish();

        VReg Pointer(string field) => b.LoadScalar(ContractionKey.ArgumentField(b.Argument, field));
    }

    /// <inheritdoc/>
    public override string? Check(KernelRun run) => ContractionCheck.Run(this, run);

    private void Multiply(KernelBuilder b, VReg[] rows, VReg offset, int vector, Address weights, VReg[,] sums)
    {
        VReg w = Kind != DepthwiseKind.F32 && !Set.HasDot() ? VReg.None : b.Load(IrOp.Load, weights);
        for (int r = 0; r < Rows; r++)
        {
            Address at = KernelBuilder.At(rows[r], vector * b.Lanes * ValueBytes, offset);
            VReg sum = sums[r, vector];
            if (Kind == DepthwiseKind.F32)
            {
                b.Apply(IrOp.Fma, sum, w, at);
                continue;
            }
            VReg x = b.Load(Kind == DepthwiseKind.U8 ? IrOp.LoadU8 : IrOp.LoadS8, at);
            if (w.Exists) b.Apply(IrOp.Dot2, sum, x, w);
            else b.Apply(IrOp.Add32, sum, sum, b.Apply(IrOp.MulPairs, b.Vector(), x, weights));
        }
    }
}
