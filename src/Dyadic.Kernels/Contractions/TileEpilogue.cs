using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>Writes the part of a kernel that takes a tile of accumulators to memory.</summary>
/// <param name="b">The kernel.</param>
/// <param name="arguments">Points to <see cref="ContractionArguments"/>, or to a block that starts in the same way.</param>
/// <param name="end">What to do.</param>
/// <param name="vectors">Vectors of a row.</param>
internal sealed class TileEpilogue(KernelBuilder b, VReg arguments, TileEnd end, int vectors)
{
    /// <summary>Stores the rows one after another.</summary>
    public void Store(VReg[,] sums)
    {
        int rows = sums.GetLength(0), bytes = end == TileEnd.Requantize ? b.Lanes : 4 * b.Lanes;
        VReg y = Pointer(nameof(ContractionArguments.Y)), stride = Pointer(nameof(ContractionArguments.YStride));
        VReg residual = end == TileEnd.AddClamp ? Pointer(nameof(ContractionArguments.Residual)) : y;
        VReg residualStride = end == TileEnd.AddClamp ? Pointer(nameof(ContractionArguments.ResidualStride)) : stride;
        VReg constants = end == TileEnd.Requantize ? Pointer(nameof(ContractionArguments.Constants)) : y;
        VReg lo = Bound(nameof(ContractionArguments.Lo)), hi = Bound(nameof(ContractionArguments.Hi));
        for (int r = 0; r < rows; r++)
        {
            for (int v = 0; v < vectors; v++)
            {
                Address to = KernelBuilder.At(y, v * bytes);
                VReg value = sums[r, v];
                if (end == TileEnd.AddClamp) value = b.Apply(IrOp.AddFloat, b.Vector(), value, KernelBuilder.At(residual, v * bytes));
                if (end is TileEnd.Clamp or TileEnd.AddClamp)
                {
                    // In this order of operands a NaN stays one.
                    value = b.Apply(IrOp.MaxFloat, b.Vector(), lo, value);
                    value = b.Apply(IrOp.MinFloat, b.Vector(), hi, value);
                }
                if (end == TileEnd.Requantize) b.Store(IrOp.Store8, to, Requantize(value, constants, v, lo, hi));
                else b.Store(IrOp.Store, to, value);
            }
            if (r == rows - 1) break;
            b.Advance(y, stride);
            if (end == TileEnd.AddClamp) b.Advance(residual, residualStride);
        }
    }

    // (15) without its ties: ⌊(acc·m + 2ˢ⁻¹)·2⁻ˢ⌋ + z = (⌊acc·m·2⁻³²⌋ + r) ≫ (s − 32), for 2ˢ⁻¹ is a multiple of 2³².
    private VReg Requantize(VReg acc, VReg constants, int v, VReg lo, VReg hi)
    {
        VReg odd = b.Apply(IrOp.ShiftRight64, b.Vector(), acc, 32);
        VReg even = b.Apply(IrOp.MulEven, b.Vector(), acc, Constant(ChannelConstants.Multiplier));
        odd = b.Apply(IrOp.MulEven, b.Vector(), odd, Constant(ChannelConstants.Multiplier, 4));      // one further on, the odd channels stand in the even lanes
        b.Emit(IrOp.JoinHigh, odd, even);
        VReg q = b.Apply(IrOp.Add32, b.Vector(), odd, Constant(ChannelConstants.Rounding));
        q = b.Apply(IrOp.ShiftRightEach32, b.Vector(), q, Constant(ChannelConstants.Shift));
        q = b.Apply(IrOp.Max32, b.Vector(), q, lo);
        return b.Apply(IrOp.Min32, b.Vector(), q, hi);

        Address Constant(int row, int displacement = 0) => ContractionKey.Constant(constants, row, v, b.Lanes, displacement);
    }

    private VReg Pointer(string field) => b.LoadScalar(ContractionKey.ArgumentField(arguments, field));

    private VReg Bound(string field) => end == TileEnd.Store ? VReg.None : b.Load(IrOp.Broadcast32, ContractionKey.ArgumentField(arguments, field));
}
