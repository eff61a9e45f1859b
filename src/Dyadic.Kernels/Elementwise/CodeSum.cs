using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Elementwise;

/// <summary>
/// Writes the part of a kernel that adds codes: (2¹⁶·h + l) ≫ s = (h + (l ≫ 16)) ≫ (s − 16), h and l the halves of a·A + b·B + constant; equation (17).
/// </summary>
/// <remarks>Each constant is read once for all vectors of a call: reading memory, not arithmetic, bounds what reads it for each.</remarks>
/// <param name="b">The kernel.</param>
/// <param name="constants">Where <see cref="SumConstants"/> are.</param>
internal sealed class CodeSum(KernelBuilder b, Address constants)
{
    /// <summary>min(max(a, lo), hi), the range of a.</summary>
    public VReg[] Clamped(VReg[] a) => b.Each(IrOp.Min32, b.Each(IrOp.Max32, a, At(SumConstants.Lo)), At(SumConstants.Hi));

    /// <summary>The sums of the bytes in the lanes of left and right, as unsigned codes that are not clamped yet.</summary>
    public VReg[] Of(VReg[] left, VReg[] right)
    {
        VReg[] pairs = [.. left.Zip(right, (x, y) => b.Apply(IrOp.Or, b.Vector(), x, b.Apply(IrOp.ShiftLeft32, b.Vector(), y, 16)))];
        pairs = b.Each(IrOp.Xor, pairs, At(SumConstants.Flip));
        VReg[] low = Products(pairs, SumConstants.LowPair, SumConstants.LowConstant), high = Products(pairs, SumConstants.HighPair, SumConstants.HighConstant);
        VReg carry = b.Load(IrOp.Load, At(SumConstants.Carry));
        for (int i = 0; i < high.Length; i++) b.DotPairs(high[i], low[i], carry);
        return b.Each(IrOp.ShiftRightEach32, high, At(SumConstants.Shift));
    }

    // One after another, so that a pair's register is free before the next sum needs one.
    private VReg[] Products(VReg[] pairs, int multipliers, int constant)
    {
        VReg factor = b.Load(IrOp.Load, At(multipliers)), start = b.Load(IrOp.Load, At(constant));
        return [.. pairs.Select((pair, i) =>
        {
            VReg sum = i == pairs.Length - 1 ? start : b.Vector();
            if (sum != start) b.Copy(sum, start);
            b.DotPairs(sum, pair, factor);
            return sum;
        })];
    }

    private Address At(int row) => constants with { Displacement = constants.Displacement + row };
}
