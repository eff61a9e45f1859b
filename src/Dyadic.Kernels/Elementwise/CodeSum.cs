using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Elementwise;

/// <summary>Writes the part of a kernel that adds two codes: (2¹⁶·h + l) ≫ s = (h + (l ≫ 16)) ≫ (s − 16), h and l the halves of a·A + b·B + constant.</summary>
internal sealed class CodeSum
{
    private readonly KernelBuilder _b;
    private readonly VReg _constants;
    private readonly int _offset;
    private readonly Dictionary<int, VReg> _held = [];

    /// <param name="b">The kernel.</param>
    /// <param name="constants">Points to <see cref="SumConstants"/>, but for <paramref name="offset"/>.</param>
    /// <param name="offset">Bytes from there to them.</param>
    /// <param name="hold">Keeps the constants in six registers; else each use reads memory.</param>
    public CodeSum(KernelBuilder b, VReg constants, int offset, bool hold)
    {
        (_b, _constants, _offset) = (b, constants, offset);
        if (!hold) return;
        foreach (int row in (int[])[SumConstants.Flip, SumConstants.LowPair, SumConstants.HighPair, SumConstants.LowConstant, SumConstants.HighConstant, SumConstants.Shift])
            _held[row] = b.Load(IrOp.Load, At(row));
    }

    /// <summary>min(max(a, lo), hi), the range of a.</summary>
    public VReg Clamped(VReg a) => Apply(IrOp.Min32, Apply(IrOp.Max32, a, SumConstants.Lo), SumConstants.Hi);

    /// <summary>The sum of the bytes in the lanes of a and b, as an unsigned code that is not clamped yet.</summary>
    public VReg Of(VReg a, VReg b)
    {
        VReg pair = _b.Apply(IrOp.Or, _b.Vector(), a, _b.Apply(IrOp.ShiftLeft32, _b.Vector(), b, 16));
        pair = Apply(IrOp.Xor, pair, SumConstants.Flip);
        VReg l = Apply(IrOp.Add32, Apply(IrOp.MulPairs, pair, SumConstants.LowPair), SumConstants.LowConstant);
        VReg h = Apply(IrOp.Add32, Apply(IrOp.MulPairs, pair, SumConstants.HighPair), SumConstants.HighConstant);
        h = _b.Apply(IrOp.Add32, _b.Vector(), h, _b.Apply(IrOp.ShiftRight32, _b.Vector(), l, 16));
        return Apply(IrOp.ShiftRightEach32, h, SumConstants.Shift);
    }

    private VReg Apply(IrOp op, VReg a, int row) =>
        _held.TryGetValue(row, out VReg constant) ? _b.Apply(op, _b.Vector(), a, constant) : _b.Apply(op, _b.Vector(), a, At(row));

    private Address At(int row) => KernelBuilder.At(_constants, _offset + row);
}
