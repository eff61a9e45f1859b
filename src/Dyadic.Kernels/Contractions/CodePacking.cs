using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>Writes the part of a kernel that makes codes of requantised values.</summary>
internal static class CodePacking
{
    /// <summary>Vectors of int32 that make one of bytes.</summary>
    public const int Vectors = 4;

    /// <summary>The clamped codes of up to four vectors of values, one after another; <paramref name="codes"/> points to <see cref="CodeConstants"/>.</summary>
    public static VReg Pack(KernelBuilder b, VReg[] q, VReg codes)
    {
        VReg first = b.Apply(IrOp.PackS16, b.Vector(), q[0], q[Math.Min(1, q.Length - 1)]);
        VReg second = q.Length <= 2 ? first : b.Apply(IrOp.PackS16, b.Vector(), q[2], q[^1]);
        VReg packed = b.Apply(IrOp.PackU8, b.Vector(), first, second);
        packed = b.Apply(IrOp.MaxU8, b.Vector(), packed, KernelBuilder.At(codes, CodeConstants.Lo));
        packed = b.Apply(IrOp.MinU8, b.Vector(), packed, KernelBuilder.At(codes, CodeConstants.Hi));
        packed = b.Apply(IrOp.Xor, b.Vector(), packed, KernelBuilder.At(codes, CodeConstants.Flip));
        return b.Apply(IrOp.Permute32, b.Vector(), b.Load(IrOp.Load, KernelBuilder.At(codes, CodeConstants.Order)), packed);
    }
}
