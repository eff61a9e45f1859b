using System.Runtime.InteropServices;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Elementwise;

/// <summary>What an addition kernel is called with.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct AddArguments
{
    /// <summary>Codes of the terms, and of the sum.</summary>
    public byte* A, B, Y;

    /// <summary>Groups of four vectors, and vectors after them.</summary>
    public nint Vectors4, VectorsRest;

    /// <summary>How sums become bytes; see <see cref="CodeConstants"/>.</summary>
    public byte* Codes;

    /// <summary>What is added, and how it is scaled; see <see cref="SumConstants"/>.</summary>
    public byte* Terms;

    /// <summary>The clamp of unsigned codes, and the bits that give them their sign.</summary>
    public int Lo, Hi, Sign;

    /// <summary>Writes what makes codes of <paramref name="to"/>; <paramref name="codes"/> stays where it is.</summary>
    internal void SetCodes(byte* codes, IntFormat to, InstructionSet set)
    {
        int offset = CodeConstants.Offset(to);
        CodeConstants.Write(codes, to, set);
        Codes = codes;
        (Lo, Hi, Sign) = (to.Lo + offset, to.Hi + offset, offset);
    }
}

/// <summary>
/// y = clamp((a·A + b·B + constant) ≫ s, lo, hi) on bytes, the 47-bit sum in two int32: (2¹⁶·h + l) ≫ s = (h + (l ≫ 16)) ≫ (s − 16).
/// </summary>
/// <param name="Set">The instruction set.</param>
public sealed record AddKey(InstructionSet Set) : KernelKey(Set)
{
    /// <inheritdoc/>
    public override string Name => $"add_8@{Set.Name()}";

    /// <inheritdoc/>
    public override KernelIr Generate()
    {
        KernelBuilder b = new(Name, Set);
        VReg x = Pointer(nameof(AddArguments.A)), w = Pointer(nameof(AddArguments.B)), y = Pointer(nameof(AddArguments.Y));
        VReg codes = Pointer(nameof(AddArguments.Codes)), fours = Pointer(nameof(AddArguments.Vectors4));
        CodeSum sum = new(b, KernelBuilder.At(Pointer(nameof(AddArguments.Terms))));
        using (b.Loop(fours))
        {
            b.Store(IrOp.Store, KernelBuilder.At(y), CodePacking.Pack(b, Sums(CodePacking.Vectors), codes));
            Advance(CodePacking.Vectors);
        }
        VReg rest = Pointer(nameof(AddArguments.VectorsRest)), lo = Constant(nameof(AddArguments.Lo)), hi = Constant(nameof(AddArguments.Hi)), sign = Constant(nameof(AddArguments.Sign));
        using (b.Loop(rest))
        {
            VReg code = b.Apply(IrOp.Min32, b.Vector(), b.Apply(IrOp.Max32, b.Vector(), Sums(1)[0], lo), hi);
            b.Store(IrOp.Store8, KernelBuilder.At(y), b.Apply(IrOp.Xor, b.Vector(), code, sign));
            Advance(1);
        }
        return b.Finish();

        void Advance(int vectors)
        {
            foreach (VReg pointer in new[] { x, w, y }) b.Advance(pointer, vectors * b.Lanes);
        }

        VReg[] Sums(int vectors) => sum.Of(Bytes(x, vectors), Bytes(w, vectors));
        VReg[] Bytes(VReg from, int vectors) => [.. Enumerable.Range(0, vectors).Select(u => b.Load(IrOp.LoadU8, KernelBuilder.At(from, u * b.Lanes)))];

        Address Field(string name) => KernelBuilder.At(b.Argument, (int)Marshal.OffsetOf<AddArguments>(name));
        VReg Pointer(string name) => b.LoadScalar(Field(name));
        VReg Constant(string name) => b.Load(IrOp.Broadcast32, Field(name));
    }

    /// <inheritdoc/>
    public override unsafe string? Check(KernelRun run)
    {
        const int Guard = 64;
        const byte GuardByte = 0xA5;
        int lanes = Set.VectorBytes() / 4, count = 5 * lanes;
        Rng random = new(1);
        byte[] a = new byte[count], b = new byte[count], y = new byte[count + 2 * Guard], expected = new byte[y.Length];
        random.FillBits(MemoryMarshal.Cast<byte, uint>(a.AsSpan()));
        random.FillBits(MemoryMarshal.Cast<byte, uint>(b.AsSpan()));
        Array.Fill(y, GuardByte);
        Array.Fill(expected, GuardByte);
        IntFormat left = IntFormat.Full(DType.Int8, -90), right = IntFormat.Full(DType.UInt8, 41), to = new(DType.Int8, 7, -20, 90);
        AlignedPair scales = new(1_234_567_891, 987_654_321, 33);
        byte* codes = stackalloc byte[CodeConstants.Bytes + SumConstants.Bytes], terms = codes + CodeConstants.Bytes;
        SumConstants.Write(terms, left, right, to, scales);
        AddArguments call = new() { Vectors4 = 1, VectorsRest = 1, Terms = terms };
        call.SetCodes(codes, to, Set);
        for (int i = 0; i < count; i++)
            expected[Guard + i] = IntFormat.Write(scales.Requantize(left.Read(a[i]) - left.Zero, right.Read(b[i]) - right.Zero, to.Zero, to.Lo, to.Hi));
        fixed (byte* pa = a, pb = b, py = y)
        {
            call.A = pa;
            call.B = pb;
            call.Y = py + Guard;
            run(&call);
        }
        int at = y.AsSpan().CommonPrefixLength(expected);
        return at == y.Length ? null : $"byte {at - Guard} of a small case is {y[at]}, by definition {expected[at]}";
    }
}
