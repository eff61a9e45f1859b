using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>Writes the part of a kernel that takes a tile of accumulators to memory.</summary>
/// <param name="b">The kernel.</param>
/// <param name="arguments">Points to <see cref="ContractionArguments"/>, or to a block that starts in the same way.</param>
/// <param name="end">What to do.</param>
/// <param name="vectors">Vectors of a row.</param>
internal sealed class TileEpilogue(KernelBuilder b, VReg arguments, TileEnd end, int vectors)
{
    private const int Packed = 4;      // vectors of int32 that make one of bytes

    /// <summary>Stores the rows one after another.</summary>
    public void Store(VReg[,] sums)
    {
        if (end == TileEnd.Requantize)
        {
            StoreCodes(sums);
            return;
        }
        int rows = sums.GetLength(0), bytes = 4 * b.Lanes;
        VReg y = Pointer(nameof(ContractionArguments.Y)), stride = Pointer(nameof(ContractionArguments.YStride));
        VReg residual = end == TileEnd.AddClamp ? Pointer(nameof(ContractionArguments.Residual)) : y;
        VReg residualStride = end == TileEnd.AddClamp ? Pointer(nameof(ContractionArguments.ResidualStride)) : stride;
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
                b.Store(IrOp.Store, to, value);
            }
            if (r == rows - 1) break;
            b.Advance(y, stride);
            if (end == TileEnd.AddClamp) b.Advance(residual, residualStride);
        }
    }

    // Four vectors at a time: of as many rows as they make, or of those that are left.
    private void StoreCodes(VReg[,] sums)
    {
        VReg y = Pointer(nameof(ContractionArguments.Y)), stride = Pointer(nameof(ContractionArguments.YStride));
        VReg constants = Pointer(nameof(ContractionArguments.Constants)), codes = Pointer(nameof(ContractionArguments.Codes));
        int rows = sums.GetLength(0), perGroup = Packed / vectors;
        IrOp store = vectors * b.Lanes == 16 ? IrOp.Store128 : IrOp.Store256;
        for (int first = 0; first < rows; first += perGroup)
        {
            int count = Math.Min(perGroup, rows - first);
            VReg[] q = [.. Enumerable.Range(0, count * vectors).Select(i => Requantize(sums[first + i / vectors, i % vectors], constants, i % vectors))];
            VReg bytes = Pack(q, codes);
            for (int r = 0; r < count; r++)
            {
                b.StorePart(store, KernelBuilder.At(y), bytes, r);
                if (first + r < rows - 1) b.Advance(y, stride);
            }
        }
    }

    // The clamped codes of up to four vectors, one after another.
    private VReg Pack(VReg[] q, VReg codes)
    {
        VReg first = b.Apply(IrOp.PackS16, b.Vector(), q[0], q[Math.Min(1, q.Length - 1)]);
        VReg second = q.Length <= 2 ? first : b.Apply(IrOp.PackS16, b.Vector(), q[2], q[^1]);
        VReg packed = b.Apply(IrOp.PackU8, b.Vector(), first, second);
        packed = b.Apply(IrOp.MaxU8, b.Vector(), packed, KernelBuilder.At(codes, CodeConstants.Lo));
        packed = b.Apply(IrOp.MinU8, b.Vector(), packed, KernelBuilder.At(codes, CodeConstants.Hi));
        packed = b.Apply(IrOp.Xor, b.Vector(), packed, KernelBuilder.At(codes, CodeConstants.Flip));
        return b.Apply(IrOp.Permute32, b.Vector(), b.Load(IrOp.Load, KernelBuilder.At(codes, CodeConstants.Order)), packed);
    }

    // (15) without its ties: ⌊(acc·m + 2ˢ⁻¹)·2⁻ˢ⌋ + z = (⌊acc·m·2⁻³²⌋ + r) ≫ (s − 32), for 2ˢ⁻¹ is a multiple of 2³².
    private VReg Requantize(VReg acc, VReg constants, int v)
    {
        VReg odd = b.Apply(IrOp.ShiftRight64, b.Vector(), acc, 32);
        VReg even = b.Apply(IrOp.MulEven, b.Vector(), acc, Constant(ChannelConstants.Multiplier));
        odd = b.Apply(IrOp.MulEven, b.Vector(), odd, Constant(ChannelConstants.OddMultiplier));
        b.Emit(IrOp.JoinHigh, odd, even);
        VReg q = b.Apply(IrOp.Add32, b.Vector(), odd, Constant(ChannelConstants.Rounding));
        return b.Apply(IrOp.ShiftRightEach32, b.Vector(), q, Constant(ChannelConstants.Shift));

        Address Constant(int row) => ContractionKey.Constant(constants, row, v, b.Lanes);
    }

    private VReg Pointer(string field) => b.LoadScalar(ContractionKey.ArgumentField(arguments, field));

    private VReg Bound(string field) => end == TileEnd.Store ? VReg.None : b.Load(IrOp.Broadcast32, ContractionKey.ArgumentField(arguments, field));
}
