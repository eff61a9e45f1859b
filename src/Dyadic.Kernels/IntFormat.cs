using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>How one integer tensor is read and written: real = S·(q − Zero) with Lo ≤ q ≤ Hi. The scale S is known to the lowering only.</summary>
/// <param name="Type"><see cref="DType.Int8"/> or <see cref="DType.UInt8"/>; steps that say so take <see cref="DType.Int16"/> too.</param>
/// <param name="Zero">The code of the real number 0; need not lie in [Lo, Hi].</param>
/// <param name="Lo">The smallest code that occurs; a fused ReLU or Clip raises it.</param>
/// <param name="Hi">The largest code that occurs.</param>
public readonly unsafe record struct IntFormat(DType Type, int Zero, int Lo, int Hi)
{
    /// <summary>The format that uses all codes of <paramref name="type"/>.</summary>
    public static IntFormat Full(DType type, int zero = 0) => type switch
    {
        DType.Int8 => new(type, zero, sbyte.MinValue, sbyte.MaxValue),
        DType.Int16 => new(type, zero, short.MinValue, short.MaxValue),
        _ => new(type, zero, byte.MinValue, byte.MaxValue),
    };

    /// <summary>True for Int8 and Int16.</summary>
    public bool Signed => Type != DType.UInt8;

    /// <summary>True for Int16.</summary>
    public bool IsWide => Type == DType.Int16;

    /// <summary>max |q − Zero| over Lo ≤ q ≤ Hi, what an accumulator bound multiplies |w| by.</summary>
    public int Reach => Math.Max(Math.Abs(Hi - Zero), Math.Abs(Lo - Zero));

    /// <summary>s8, u8 or s16, as in the names of kernels.</summary>
    public string Name => IsWide ? "s16" : Signed ? "s8" : "u8";

    /// <summary>The code, or int32 sum, number <paramref name="at"/> of a tensor.</summary>
    public int Read(byte* x, nint at) => Type switch
    {
        DType.Int8 => ((sbyte*)x)[at],
        DType.UInt8 => x[at],
        DType.Int16 => ((short*)x)[at],
        _ => ((int*)x)[at],
    };

    /// <summary>Stores a code of 8 or 16 bits as number <paramref name="at"/> of a tensor.</summary>
    public void Write(byte* y, nint at, int code)
    {
        if (IsWide) ((short*)y)[at] = (short)code;
        else y[at] = (byte)code;
    }

    /// <summary>The code stored in <paramref name="bits"/>.</summary>
    public int Read(byte bits) => Signed ? (sbyte)bits : bits;

    /// <summary>The byte that stores <paramref name="code"/>.</summary>
    public static byte Write(int code) => (byte)code;

    /// <summary>Returns this format after a check of its type, zero point and range.</summary>
    /// <param name="wide">Whether 16 bits are allowed.</param>
    /// <exception cref="PrecisionException">The type is not of 8 bits (or 16 where allowed), or zero point or range lie outside it.</exception>
    public IntFormat Checked(bool wide = false)
    {
        if (Type is not (DType.Int8 or DType.UInt8) && !(wide && IsWide)) throw new PrecisionException($"integer step: activations are {Type}. Use Int8{(wide ? ", UInt8 or Int16" : " or UInt8")}.");
        IntFormat full = Full(Type);
        bool inside = Zero >= full.Lo && Zero <= full.Hi && Lo >= full.Lo && Hi <= full.Hi && Lo <= Hi;
        return inside ? this : throw new PrecisionException(
            $"integer step: zero point {Zero} and range [{Lo}, {Hi}] do not fit {Type}, which holds [{full.Lo}, {full.Hi}]. Clamp them.");
    }
}
