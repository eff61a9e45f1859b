using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Signed codes in memory as a span of their bytes: |q| &lt; 2^(bits − 1), a byte each up to 8 bits, else an int16 each.</summary>
/// <param name="bytes">The memory.</param>
/// <param name="bits">The width, sign included: 2 … 16.</param>
public readonly ref struct CodeSpan(ReadOnlySpan<byte> bytes, int bits)
{
    /// <summary>The memory.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>The width, sign included.</summary>
    public int Bits => bits;

    /// <summary>The number of codes.</summary>
    public int Length => bits <= 8 ? Bytes.Length : Bytes.Length / 2;

    internal void Expect(long length, string what) => Ensure.Shape(Length == length, $"{what}: {Length} codes were given, {length} are needed.");
}
