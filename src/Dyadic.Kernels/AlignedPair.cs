using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Two dyadic scales on one shift, A·2⁻ˢ and B·2⁻ˢ: the terms of a sum that is rounded once.</summary>
/// <param name="A">⌊m_a·2^(s − s_a)⌉, below 2³¹.</param>
/// <param name="B">⌊m_b·2^(s − s_b)⌉, below 2³¹.</param>
/// <param name="Shift">s, that of the larger scale.</param>
public readonly record struct AlignedPair(int A, int B, int Shift)
{
    /// <summary>Aligns two scales; see <see cref="DyadicScale.Align"/> for the error.</summary>
    public static AlignedPair Of(DyadicScale a, DyadicScale b)
    {
        Span<int> multipliers = stackalloc int[2];
        DyadicScale.Align([a, b], multipliers, out int shift);
        return new(multipliers[0], multipliers[1], shift);
    }

    /// <summary>clamp(⌊(a·A + b·B)·2⁻ˢ⌉ + z, lo, hi) for |a|, |b| ≤ 255.</summary>
    public int Requantize(int a, int b, int zeroPoint, int lo, int hi) =>
        (int)Math.Clamp((long)DyadicScale.RoundSum((long)a * A + (long)b * B, Shift) + zeroPoint, lo, hi);
}
