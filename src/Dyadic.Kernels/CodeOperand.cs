namespace Dyadic.Kernels;

/// <summary>Signed codes in memory: |q| &lt; 2^(bits − 1), a byte each up to 8 bits, else an int16 each.</summary>
/// <param name="Pointer">The first code.</param>
/// <param name="Bits">The width, sign included: 2 … 16.</param>
public readonly unsafe record struct CodeOperand(nint Pointer, int Bits)
{
    /// <summary>True where a code is a byte.</summary>
    public bool AreBytes => Bits <= 8;

    /// <summary>Bytes of a code.</summary>
    public int Size => AreBytes ? 1 : 2;

    /// <summary>max |q|.</summary>
    public int Reach => (1 << (Bits - 1)) - 1;

    /// <summary>The codes as bytes.</summary>
    public sbyte* Bytes => (sbyte*)Pointer;

    /// <summary>The codes as int16.</summary>
    public short* Shorts => (short*)Pointer;

    /// <summary>The codes from number <paramref name="offset"/> on.</summary>
    public CodeOperand At(long offset) => this with { Pointer = Pointer + (nint)(offset * Size) };
}
