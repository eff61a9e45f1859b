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
        if (end == TileEnd.RequantizeAdd) _sum = new(b, KernelBuilder.At(_codes, CodeConstants.Bytes));

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
        VReg[] codes = Requantized(sums, vectors);
        if (_sum is not null) codes = Added(_sum, codes, vectors);
        VReg bytes = CodePacking.Pack(_b, codes, _codes);
        IrOp store = vectors * _b.Lanes == 16 ? IrOp.Store128 : IrOp.Store256;
        for (int r = 0; r < sums.Length / vectors; r++)
        {
            if (r > 0) _b.Advance(_y, _stride);
            _b.StorePart(store, KernelBuilder.At(_y), bytes, r);
        }
    }

    // Vectors that share what is read from memory; 16 registers, full of accumulators, leave room for one at a time.
    private int Shared(int count) => _b.Set.VectorBytes() == 64 ? count : 1;

    private VReg[] Added(CodeSum sum, VReg[] codes, int vectors)
    {
        List<VReg> added = [];
        foreach (VReg[] some in codes.Chunk(Shared(codes.Length)))
        {
            VReg[] residual = new VReg[some.Length];
            for (int i = 0; i < some.Length; i++)
            {
                int v = (added.Count + i) % vectors;
                if (added.Count + i > 0 && v == 0) _b.Advance(_residual, _residualStride);
                residual[i] = _b.Load(IrOp.LoadU8, KernelBuilder.At(_residual, _b.Lanes * v));
            }
            added.AddRange(sum.Of(sum.Clamped(some), residual));
        }
        return [.. added];
    }

    // The vectors of one column share its constants.
    private VReg[] Requantized(VReg[] sums, int vectors)
    {
        VReg[] q = new VReg[sums.Length];
        foreach (int[] some in Enumerable.Range(0, vectors).SelectMany(v => Enumerable.Range(0, sums.Length / vectors).Select(r => r * vectors + v).Chunk(Shared(sums.Length))))
        {
            VReg[] column = RequantizedColumn([.. some.Select(i => sums[i])], some[0] % vectors);
            for (int i = 0; i < some.Length; i++) q[some[i]] = column[i];
        }
        return q;
    }

    // (15) without its ties: ⌊(acc·m + 2ˢ⁻¹)·2⁻ˢ⌋ + z = (⌊acc·m·2⁻³²⌋ + r) ≫ (s − 32), for 2ˢ⁻¹ is a multiple of 2³².
    private VReg[] RequantizedColumn(VReg[] acc, int v)
    {
        VReg[] odd = [.. acc.Select(a => _b.Apply(IrOp.ShiftRight64, _b.Vector(), a, 32))];
        VReg[] even = _b.Each(IrOp.MulEven, acc, Constant(ChannelConstants.Multiplier));
        odd = _b.Each(IrOp.MulEven, odd, Constant(ChannelConstants.OddMultiplier));
        for (int i = 0; i < odd.Length; i++) _b.Emit(IrOp.JoinHigh, odd[i], even[i]);
        VReg[] q = _b.Each(IrOp.Add32, odd, Constant(ChannelConstants.Rounding));
        return _b.Each(IrOp.ShiftRightEach32, q, Constant(ChannelConstants.Shift));

        Address Constant(int row) => ContractionKey.Constant(_constants, row, v, _b.Lanes);
    }
}
