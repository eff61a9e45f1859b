using System.Runtime.CompilerServices;

namespace Dyadic.Numerics.Emulation;

/// <summary>inexact(z) = z + 2^(e_z − (t − 1))·ξ with ξ uniform in (−½, ½): <see cref="MonteCarloOptions"/> made ready for one precision.</summary>
/// <param name="options">The options.</param>
/// <param name="precision">t.</param>
internal readonly struct MonteCarloRule(MonteCarloOptions options, int precision)
{
    /// <summary>2⁵² + 2³¹ − ½: a word w below the exponent of 2⁵², less this, is (ξ·2³²), ξ = (w + ½)·2⁻³² − ½.</summary>
    public const double Bias = 4503599627370496.0 + 2147483648.0 - 0.5;

    /// <summary>The bits of 2⁵².</summary>
    public const ulong WordExponent = 0x4330_0000_0000_0000;

    /// <summary>The bits of the exponent of a double.</summary>
    public const ulong Exponent = 0x7FF0_0000_0000_0000;

    /// <summary>Whether operands are perturbed.</summary>
    public readonly bool Inbound = options.Mode != EmulationMode.Outbound;

    /// <summary>Whether results are.</summary>
    public readonly bool Outbound = options.Mode != EmulationMode.Inbound;

    /// <summary>Whether the noise is relative and nothing else: what the vector form computes.</summary>
    public readonly bool IsPlain = options.ErrorExponent is null && !options.DenormalsAreZero && !options.FlushToZero && options.Sparsity == 1;

    /// <summary>2^(−32 − (t − 1)), or 0 where there is no relative noise.</summary>
    public readonly double Relative = options.ErrorExponent is null || options.ErrorAndRelative ? Math.ScaleB(1, -32 - (precision - 1)) : 0;

    /// <summary>2^(E − 32), or 0 where there is no absolute noise.</summary>
    public readonly double Absolute = options.ErrorExponent is { } e ? Math.ScaleB(1, e - 32) : 0;

    /// <summary>The bits of a double beyond t: where they are 0, the value is representable.</summary>
    public readonly ulong Beyond = precision >= 53 ? 0 : (1UL << (53 - precision)) - 1;

    /// <summary>s, one perturbation in so many.</summary>
    public readonly int Sparsity = options.Sparsity;

    /// <summary>Subnormal operands count as zero.</summary>
    public readonly bool DenormalsAreZero = options.DenormalsAreZero;

    /// <summary>Subnormal results become zero.</summary>
    public readonly bool FlushToZero = options.FlushToZero;

    /// <summary>Random words of one operation.</summary>
    public readonly int Words = options.WordsAnOperation;

    /// <summary>The noise of z, to be added to it; −0, which changes nothing, for 0, NaN and ±∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NoiseOf(double z, ref Noise noise)
    {
        double xi = BitConverter.UInt64BitsToDouble(WordExponent | noise.Next()) - Bias;
        bool leftOut = Sparsity > 1 && (ulong)noise.Next() * (ulong)Sparsity >> 32 != 0;
        if (leftOut || z == 0 || !double.IsFinite(z)) return -0.0;        // −0 + 0 would be 0
        double power = BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(z) & Exponent);     // 2^e_z, or 0 for what is subnormal in binary64
        return xi * (power * Relative) + xi * Absolute;
    }

    /// <summary>True where a result needs no noise: random rounding leaves alone what t bits hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Holds(double z) => (BitConverter.DoubleToUInt64Bits(z) & Beyond) == 0;
}
