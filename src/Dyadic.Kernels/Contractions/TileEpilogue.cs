using Dyadic.Kernels.Elementwise;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>Writes the part of a kernel that takes a tile of accumulators to memory.</summary>
internal sealed class TileEpilogue
{
    private readonly KernelBuilder _b;
    private readonly TileEnd _end;
    private readonly VReg _y, _stride, _residual, _residualStride, _constants, _codes, _lo, _hi;
    private readonly CodeSum? _sum;

    /// <param name="b">The kernel.</param>
    /// <param name="arguments">Points to <see cref="ContractionArguments"/>, or to a block that starts in the same way.</param>
    /// <param name="end">What to do.</param>
    public TileEpilogue(KernelBuilder b, VReg arguments, TileEnd end)
    {
        (_b, _end) = (b, end);
        _y = Pointer(nameof(ContractionArguments.Y));
        _stride = Pointer(nameof(ContractionArguments.YStride));
        if (end.Adds()) (_residual, _residualStride) = (Pointer(nameof(ContractionArguments.Residual)), Pointer(nameof(ContractionArguments.ResidualStride)));
        if (end is TileEnd.Clamp or TileEnd.AddClamp) (_lo, _hi) = (Bound(nameof(ContractionArguments.Lo)), Bound(nameof(ContractionArguments.Hi)));
        if (end.MakesCodes()) (_constants, _codes) = (Pointer(nameof(ContractionArguments.Constants)), Pointer(nameof(ContractionArguments.Codes)));
        if (end == TileEnd.RequantizeAdd) _sum = new(b, _codes, CodeConstants.Bytes, hold: false);

        VReg Pointer(string field) => b.LoadScalar(ContractionKey.ArgumentField(arguments, field));
        VReg Bound(string field) => b.Load(IrOp.Broadcast32, ContractionKey.ArgumentField(arguments, field));
    }

    /// <summary>Stores rows one after another, the last of the tile: [rows, vectors].</summary>
    public void Store(VReg[,] sums)
    {
        int rows = sums.GetLength(0), vectors = sums.GetLength(1), together = _end.MakesCodes() ? CodePacking.Vectors / vectors : 1;
        for (int first = 0; first < rows; first += together)
        {
            if (first > 0) Advance();
            int count = Math.Min(together, rows - first);
            Store([.. Enumerable.Range(0, count * vectors).Select(i => sums[first + i / vectors, i % vectors])], vectors);
        }
    }

    /// <summary>Stores rows of <paramref name="vectors"/> vectors each, of codes as many as four vectors make.</summary>
    public void Store(VReg[] sums, int vectors)
    {
        if (_end.MakesCodes()) StoreCodes(sums, vectors);
        else
            for (int v = 0; v < sums.Length; v++)
            {
                if (v > 0 && v % vectors == 0) Advance();
                int at = 4 * _b.Lanes * (v % vectors);
                _b.Store(IrOp.Store, KernelBuilder.At(_y, at), Clamped(sums[v], at));
            }
    }

    /// <summary>Goes on to the next row.</summary>
    public void Advance()
    {
        _b.Advance(_y, _stride);
        if (_end.Adds()) _b.Advance(_residual, _residualStride);
    }

    // In this order of operands a NaN stays one.
    private VReg Clamped(VReg value, int at)
    {
        if (_end == TileEnd.AddClamp) value = _b.Apply(IrOp.AddFloat, _b.Vector(), value, KernelBuilder.At(_residual, at));
        if (_end == TileEnd.Store) return value;
        value = _b.Apply(IrOp.MaxFloat, _b.Vector(), _lo, value);
        return _b.Apply(IrOp.MinFloat, _b.Vector(), _hi, value);
    }

    // All rows are read before the first is stored: y may be the residual.
    private void StoreCodes(VReg[] sums, int vectors)
    {
        VReg[] codes = new VReg[sums.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            if (_sum is not null && i > 0 && i % vectors == 0) _b.Advance(_residual, _residualStride);
            VReg q = Requantize(sums[i], i % vectors);
            codes[i] = _sum is null ? q : _sum.Of(_sum.Clamped(q), _b.Load(IrOp.LoadU8, KernelBuilder.At(_residual, _b.Lanes * (i % vectors))));
        }
        VReg bytes = CodePacking.Pack(_b, codes, _codes);
        IrOp store = vectors * _b.Lanes == 16 ? IrOp.Store128 : IrOp.Store256;
        for (int r = 0; r < sums.Length / vectors; r++)
        {
            if (r > 0) _b.Advance(_y, _stride);
            _b.StorePart(store, KernelBuilder.At(_y), bytes, r);
        }
    }

    // (15) without its ties: ⌊(acc·m + 2ˢ⁻¹)·2⁻ˢ⌋ + z = (⌊acc·m·2⁻³²⌋ + r) ≫ (s − 32), for 2ˢ⁻¹ is a multiple of 2³².
    private VReg Requantize(VReg acc, int v)
    {
        VReg odd = _b.Apply(IrOp.ShiftRight64, _b.Vector(), acc, 32);
        VReg even = _b.Apply(IrOp.MulEven, _b.Vector(), acc, Constant(ChannelConstants.Multiplier));
        odd = _b.Apply(IrOp.MulEven, _b.Vector(), odd, Constant(ChannelConstants.OddMultiplier));
        _b.Emit(IrOp.JoinHigh, odd, even);
        VReg q = _b.Apply(IrOp.Add32, _b.Vector(), odd, Constant(ChannelConstants.Rounding));
        return _b.Apply(IrOp.ShiftRightEach32, _b.Vector(), q, Constant(ChannelConstants.Shift));

        Address Constant(int row) => ContractionKey.Constant(_constants, row, v, _b.Lanes);
    }
}
