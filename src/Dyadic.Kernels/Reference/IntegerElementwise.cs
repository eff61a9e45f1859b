using Dyadic.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definitions of element-wise integer operations, as plain loops.</summary>
/// <remarks>docs/equations/integer-steps.md, equations (5)–(7).</remarks>
public static class IntegerElementwise
{
    /// <summary>y = clamp(⌊((a − z_a)·A + (b − z_b)·B)·2⁻ˢ⌉ + z_y, lo, hi): the two terms meet in 64 bits and are rounded once.</summary>
    public static void Add(
        ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> y, IntFormat fromA, IntFormat fromB, IntFormat to, AlignedPair scales)
    {
        for (int i = 0; i < y.Length; i++)
        {
            int left = fromA.Read(a[i]) - fromA.Zero, right = fromB.Read(b[i]) - fromB.Zero;
            y[i] = IntFormat.Write(scales.Requantize(left, right, to.Zero, to.Lo, to.Hi));                          // (5)
        }
    }

    /// <summary>y = clamp(⌊(a − z_a)(b − z_b)·m·2⁻ˢ⌉ + z_y, lo, hi).</summary>
    public static void Multiply(
        ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> y, IntFormat fromA, IntFormat fromB, IntFormat to, DyadicScale scale)
    {
        for (int i = 0; i < y.Length; i++)
        {
            int product = (fromA.Read(a[i]) - fromA.Zero) * (fromB.Read(b[i]) - fromB.Zero);                        // (6)
            y[i] = IntFormat.Write(scale.Requantize(product, to.Zero, to.Lo, to.Hi));
        }
    }

    /// <summary>y = table[x]: the table has an entry for each of the 256 bit patterns.</summary>
    public static void Lookup(ReadOnlySpan<byte> x, ReadOnlySpan<byte> table, Span<byte> y)
    {
        for (int i = 0; i < y.Length; i++) y[i] = table[x[i]];                                                      // (7)
    }
}
