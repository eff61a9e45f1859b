using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>Writes the part of a kernel that takes a tile of accumulators to memory.</summary>
internal sealed class TileEpilogue
{
    private readonly KernelBuilder _b;
    private readonly TileEnd _end;
    private readonly VReg _y, _stride, _residual, _residualStride, _constants, _lo, _hi;

    /// <param name="b">The kernel.</param>
    /// <param name="arguments">Points to <see cref="ContractionArguments"/>, or to a block that starts in the same way.</param>
    /// <param name="end">What to do.</param>
    public TileEpilogue(KernelBuilder b, VReg arguments, TileEnd end)
    {
        (_b, _end) = (b, end);
        _y = Pointer(nameof(ContractionArguments.Y));
        _stride = Pointer(nameof(ContractionArguments.YStride));
        if (end == TileEnd.AddClamp) (_residual, _residualStride) = (Pointer(nameof(ContractionArguments.Residual)), Pointer(nameof(ContractionArguments.ResidualStride)));
        if (end == TileEnd.Requantize) _constants = Pointer(nameof(ContractionArguments.Constants));
        if (end != TileEnd.Store) (_lo, _hi) = (Bound(nameof(ContractionArguments.Lo)), Bound(nameof(ContractionArguments.Hi)));

        VReg Pointer(string field) => b.LoadScalar(ContractionKey.ArgumentField(arguments, field));
        VReg Bound(string field) => b.Load(IrOp.Broadcast32, ContractionKey.ArgumentField(arguments, field));
    }

    /// <summary>Stores rows one after another, the last of the tile.</summary>
    public void Store(VReg[,] sums)
    {
        for (int r = 0; r < sums.GetLength(0); r++)
        {
            if (r > 0) Advance();
            Store([.. Enumerable.Range(0, sums.GetLength(1)).Select(v => sums[r, v])]);
        }
    }

    /// <summary>Stores a row.</summary>
    public void Store(VReg[] sums)
    {
        int bytes = _end == TileEnd.Requantize ? _b.Lanes : 4 * _b.Lanes;
        for (int v = 0; v < sums.Length; v++)
        {
            Address to = KernelBuilder.At(_y, v * bytes);
            VReg value = sums[v];
            if (_end == TileEnd.AddClamp) value = _b.Apply(IrOp.AddFloat, _b.Vector(), value, KernelBuilder.At(_residual, v * bytes));
            if (_end is TileEnd.Clamp or TileEnd.AddClamp)
            {
                // In this order of operands a NaN stays one.
                value = _b.Apply(IrOp.MaxFloat, _b.Vector(), _lo, value);
                value = _b.Apply(IrOp.MinFloat, _b.Vector(), _hi, value);
            }
            if (_end == TileEnd.Requantize) _b.Store(IrOp.Store8, to, Requantize(value, v));
            else _b.Store(IrOp.Store, to, value);
        }
    }

    /// <summary>Goes on to the next row.</summary>
    public void Advance()
    {
        _b.Advance(_y, _stride);
        if (_end == TileEnd.AddClamp) _b.Advance(_residual, _residualStride);
    }

    // The high half of acc·m + 2ˢ⁻¹, shifted by the s − 32 that are left; (15) without its ties.
    private VReg Requantize(VReg acc, int v)
    {
        VReg odd = _b.Apply(IrOp.ShiftRight64, _b.Vector(), acc, 32);
        VReg even = _b.Apply(IrOp.MulEven, _b.Vector(), acc, Constant(ChannelConstants.Multiplier));
        odd = _b.Apply(IrOp.MulEven, _b.Vector(), odd, Constant(ChannelConstants.Multiplier, 4));      // one further on, the odd channels stand in the even lanes
        even = _b.Apply(IrOp.Add64, _b.Vector(), even, Constant(ChannelConstants.EvenHalf));
        odd = _b.Apply(IrOp.Add64, odd, odd, Constant(ChannelConstants.OddHalf));
        _b.Emit(IrOp.JoinHigh, odd, even);
        VReg q = _b.Apply(IrOp.ShiftRightEach32, _b.Vector(), odd, Constant(ChannelConstants.Shift));
        q = _b.Apply(IrOp.Add32, _b.Vector(), q, Constant(ChannelConstants.Zero));
        q = _b.Apply(IrOp.Max32, _b.Vector(), q, _lo);
        return _b.Apply(IrOp.Min32, _b.Vector(), q, _hi);

        Address Constant(int row, int displacement = 0) => ContractionKey.Constant(_constants, row, v, _b.Lanes, displacement);
    }
}
