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

    /// <summary>Bits that make both codes unsigned: of a in the low half, of b in the high one.</summary>
    public int Flip;

    /// <summary>The multipliers of a and b in halves of 16 bits, signed: A = 2¹⁶·high + low; a in the low half of each.</summary>
    public int LowPair, HighPair;

    /// <summary>The constant 2¹⁶·high + low, 0 ≤ low &lt; 2¹⁶.</summary>
    public int LowConstant, HighConstant;

    /// <summary>s − 16.</summary>
    public int Shift;

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
        VReg flip = Constant(nameof(AddArguments.Flip)), low = Constant(nameof(AddArguments.LowPair)), high = Constant(nameof(AddArguments.HighPair));
        VReg lowConstant = Constant(nameof(AddArguments.LowConstant)), highConstant = Constant(nameof(AddArguments.HighConstant));
        VReg shift = Constant(nameof(AddArguments.Shift)), codes = Pointer(nameof(AddArguments.Codes)), fours = Pointer(nameof(AddArguments.Vectors4));
        using (b.Loop(fours))
        {
            b.Store(IrOp.Store, KernelBuilder.At(y), CodePacking.Pack(b, [.. Enumerable.Range(0, CodePacking.Vectors).Select(u => Sum(u * b.Lanes))], codes));
            Advance(CodePacking.Vectors);
        }
        VReg rest = Pointer(nameof(AddArguments.VectorsRest)), lo = Constant(nameof(AddArguments.Lo)), hi = Constant(nameof(AddArguments.Hi)), sign = Constant(nameof(AddArguments.Sign));
        using (b.Loop(rest))
        {
            VReg sum = b.Apply(IrOp.Min32, b.Vector(), b.Apply(IrOp.Max32, b.Vector(), Sum(0), lo), hi);
            b.Store(IrOp.Store8, KernelBuilder.At(y), b.Apply(IrOp.Xor, b.Vector(), sum, sign));
            Advance(1);
        }
        return b.Finish();

        void Advance(int vectors)
        {
            foreach (VReg pointer in new[] { x, w, y }) b.Advance(pointer, vectors * b.Lanes);
        }

        VReg Sum(int at)
        {
            VReg left = b.Load(IrOp.LoadU8, KernelBuilder.At(x, at)), right = b.Load(IrOp.LoadU8, KernelBuilder.At(w, at));
            VReg pair = b.Apply(IrOp.Or, b.Vector(), left, b.Apply(IrOp.ShiftLeft32, b.Vector(), right, 16));
            pair = b.Apply(IrOp.Xor, b.Vector(), pair, flip);
            VReg l = b.Apply(IrOp.Add32, b.Vector(), b.Apply(IrOp.MulPairs, b.Vector(), pair, low), lowConstant);
            VReg h = b.Apply(IrOp.Add32, b.Vector(), b.Apply(IrOp.MulPairs, b.Vector(), pair, high), highConstant);
            h = b.Apply(IrOp.Add32, b.Vector(), h, b.Apply(IrOp.ShiftRight32, b.Vector(), l, 16));
            return b.Apply(IrOp.ShiftRightEach32, b.Vector(), h, shift);
        }

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
        const int MultiplierA = 1_234_567_890, MultiplierB = 987_654_321, S = 33;
        const long Constant = -123_456_789_012;
        AddArguments call = new()
        {
            Vectors4 = 1, VectorsRest = 1, Flip = 0x80, LowPair = Halves.Pair(MultiplierA, MultiplierB).Low, HighPair = Halves.Pair(MultiplierA, MultiplierB).High,
            LowConstant = (int)(Constant & 0xFFFF), HighConstant = (int)(Constant >> 16), Shift = S - 16,
        };
        IntFormat format = new(DType.Int8, 0, -20, 90);
        byte* codes = stackalloc byte[CodeConstants.Bytes];
        call.SetCodes(codes, format, Set);
        for (int i = 0; i < count; i++) expected[Guard + i] = (byte)Math.Clamp((((long)(a[i] ^ 0x80) * MultiplierA + (long)b[i] * MultiplierB + Constant) >> S) - CodeConstants.Offset(format), format.Lo, format.Hi);
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

/// <summary>Two 31-bit multipliers as pairs of signed halves.</summary>
internal static class Halves
{
    /// <summary>True when the high halves fit int16.</summary>
    public static bool Fit(int a, int b) => High(a) <= short.MaxValue && High(b) <= short.MaxValue;

    /// <summary>x = 2¹⁶·high + low for both, a in the low 16 bits of each pair.</summary>
    public static (int Low, int High) Pair(int a, int b) => ((ushort)Low(a) | Low(b) << 16, (ushort)High(a) | (int)High(b) << 16);

    private static long High(int x) => ((long)x + 0x8000) >> 16;

    private static int Low(int x) => (int)(x - (High(x) << 16));
}
