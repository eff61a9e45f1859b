using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary><see cref="DepthwiseKey"/> for pixels that lie side by side under windows of stride 1: each value is loaded once for all the windows that hold it.</summary>
/// <remarks>Called with <see cref="ContractionArguments"/>: the first of Rows and PixelStride give the pixels; of the segments every KernelW-th is read, the row's first tap.</remarks>
/// <param name="Set">The instruction set.</param>
/// <param name="Kind">Input.</param>
/// <param name="KernelW">Taps along a row, <see cref="Narrowest"/> … <see cref="Widest"/>.</param>
/// <param name="Rows">Pixels of the tile, 1 … <see cref="MostRows"/>.</param>
/// <param name="End">Epilogue.</param>
/// <param name="Half">Whether only the first 8 of the channels are computed and stored, as in <see cref="ContractionKey"/>.</param>
public sealed record DepthwiseRowKey(InstructionSet Set, DepthwiseKind Kind, int KernelW, int Rows, TileEnd End, bool Half = false) : KernelKey(Set)
{
    /// <summary>The windows that have such kernels.</summary>
    public const int Narrowest = 3, Widest = 5;

    /// <inheritdoc/>
    public override string Name => $"depthwise{KernelW}_{Kind.ToString().ToLowerInvariant()}_{Rows}x{Columns}_{End.ToString().ToLowerInvariant()}@{Set.Name()}";

    /// <summary>Channels computed and stored.</summary>
    public int Columns => Half ? ChannelConstants.Block / 2 : ChannelConstants.Block;

    /// <summary>Bytes of a value of x.</summary>
    public int ValueBytes => Kind == DepthwiseKind.F32 ? 4 : 1;

    /// <summary>The most pixels of a tile whose accumulators fit the registers beside a row of weights.</summary>
    public static int MostRows(InstructionSet set, int kernelW, bool half = false) => set.VectorBytes() == 64 ? 12 : (kernelW == Narrowest ? 5 : 4) * (half ? 2 : 1);

    /// <inheritdoc/>
    public override KernelIr Generate()
    {
        KernelBuilder b = new(Name, Set);
        int vectors = Columns / b.Lanes;
        VReg constants = Pointer(nameof(ContractionArguments.Constants)), weights = Pointer(nameof(ContractionArguments.Weights));
        VReg tap = Pointer(nameof(ContractionArguments.Segments)), stride = Pointer(nameof(ContractionArguments.PixelStride));
        VReg first = b.LoadScalar(KernelBuilder.At(Pointer(nameof(ContractionArguments.Rows)))), count = Pointer(nameof(ContractionArguments.SegmentCount));
        VReg[,] sums = b.Tile(Rows, vectors);
        for (int v = 0; v < vectors; v++)
        {
            b.Emit(IrOp.Load, sums[0, v], memory: ContractionKey.Constant(constants, ChannelConstants.Bias, v, b.Lanes));
            for (int r = 1; r < Rows; r++) b.Copy(sums[r, v], sums[0, v]);
        }
        using (b.Loop(count))
        {
            VReg offset = b.LoadScalar(KernelBuilder.At(tap));
            for (int v = 0; v < vectors; v++) Row(b, b.Apply(IrOp.AddScalar, b.New(RegisterKind.Scalar), first, offset), stride, weights, v, sums);
            b.Advance(tap, 8 * KernelW);
            b.Advance(weights, 4 * ChannelConstants.Block * KernelW);
            b.Advance(count, 1 - KernelW);      // the loop takes one segment, a row has KernelW
        }
        new TileEpilogue(b, b.Argument, End).Store(sums);
        return b.Finish();

        VReg Pointer(string field) => b.LoadScalar(ContractionKey.ArgumentField(b.Argument, field));
    }

    /// <inheritdoc/>
    public override string? Check(KernelRun run) => ContractionCheck.Run(this, run);

    // One kernel row: value c of it meets tap j of pixel c − j.
    private void Row(KernelBuilder b, VReg x, VReg stride, VReg weights, int vector, VReg[,] sums)
    {
        VReg[] w = [.. Enumerable.Range(0, KernelW).Select(j => b.Load(IrOp.Load, KernelBuilder.At(weights, (j * ChannelConstants.Block + vector * b.Lanes) * 4)))];
        IrOp load = Kind switch { DepthwiseKind.U8 => IrOp.LoadU8, DepthwiseKind.S8 => IrOp.LoadS8, _ => IrOp.Load };
        for (int c = 0; c < Rows + KernelW - 1; c++)
        {
            VReg value = b.Load(load, KernelBuilder.At(x, vector * b.Lanes * ValueBytes));
            for (int j = 0; j < KernelW; j++)
            {
                int r = c - j;
                if (r < 0 || r >= Rows) continue;
                if (Kind == DepthwiseKind.F32) b.Apply(IrOp.Fma, sums[r, vector], value, w[j]);
                else b.DotPairs(sums[r, vector], value, w[j]);
            }
            if (c < Rows + KernelW - 2) b.Advance(x, stride);
        }
    }
}
