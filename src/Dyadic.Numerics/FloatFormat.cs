namespace Dyadic.Numerics;

/// <summary>A binary float format of up to 32 bits: sign, e exponent bits, m mantissa bits, with subnormals; docs/equations/float-formats.md.</summary>
/// <remarks>
/// Values are (−1)ˢ·1.f·2^(E − bias) and (−1)ˢ·0.f·2^(1 − bias) with bias = 2ᵉ⁻¹ − 1. Every value of such a format is a float32, so floats carry them.
/// </remarks>
public readonly partial record struct FloatFormat
{
    private const uint InfinityBits = 0x7F80_0000;

    /// <summary>A format with <paramref name="exponentBits"/> and <paramref name="mantissaBits"/>.</summary>
    /// <param name="exponentBits">e, 2 to 8.</param>
    /// <param name="mantissaBits">m, 0 to 23, without the hidden bit.</param>
    /// <param name="finiteOnly">True for no infinities and one NaN, all ones, so that the top exponent holds numbers too (the "fn" of e4m3fn); e ≤ 7.</param>
    /// <param name="saturate">True where overflow, infinities included, gives the largest finite value; else it gives infinity, or NaN if finite only.</param>
    public FloatFormat(int exponentBits, int mantissaBits, bool finiteOnly = false, bool saturate = false)
    {
        if (exponentBits is < 2 or > 8 || mantissaBits is < 0 or > 23 || (finiteOnly && exponentBits == 8))
            throw new PrecisionException($"FloatFormat: {exponentBits} exponent and {mantissaBits} mantissa bits{(finiteOnly ? ", finite only," : "")} "
                + "do not fit in float32. Use 2 to 8 (7 if finite only) and 0 to 23.");
        (ExponentBits, MantissaBits, FiniteOnly, Saturate) = (exponentBits, mantissaBits, finiteOnly, saturate);
    }

    /// <summary>IEEE binary32: 8 exponent and 23 mantissa bits.</summary>
    public static FloatFormat Binary32 => new(8, 23);

    /// <summary>IEEE binary16: 5 exponent and 10 mantissa bits, up to 65504.</summary>
    public static FloatFormat Binary16 => new(5, 10);

    /// <summary>bfloat16: 8 exponent and 7 mantissa bits.</summary>
    public static FloatFormat BFloat16 => new(8, 7);

    /// <summary>float8 e4m3fn of ONNX and OCP: 4 exponent and 3 mantissa bits, finite only, saturating at 448.</summary>
    /// <remarks>Micikevicius et al. 2022, "FP8 formats for deep learning", table 1.</remarks>
    public static FloatFormat E4M3 => new(4, 3, finiteOnly: true, saturate: true);

    /// <summary>float8 e5m2: 5 exponent and 2 mantissa bits, with infinities, saturating at 57344.</summary>
    public static FloatFormat E5M2 => new(5, 2, saturate: true);

    /// <summary>e.</summary>
    public int ExponentBits { get; }

    /// <summary>m, without the hidden bit.</summary>
    public int MantissaBits { get; }

    /// <summary>True when there are no infinities and the only NaN is the code of all ones.</summary>
    public bool FiniteOnly { get; }

    /// <summary>True when overflow gives ±<see cref="MaxValue"/>.</summary>
    public bool Saturate { get; }

    /// <summary>1 + e + m.</summary>
    public int Bits => 1 + ExponentBits + MantissaBits;

    /// <summary>2ᵉ⁻¹ − 1.</summary>
    public int Bias => (1 << (ExponentBits - 1)) - 1;

    /// <summary>The largest finite value.</summary>
    public float MaxValue => BitConverter.UInt32BitsToSingle(MaxBits);

    /// <summary>The smallest positive value that is not subnormal: 2^(1 − bias).</summary>
    public float MinNormal => BitConverter.UInt32BitsToSingle(MinNormalBits);

    /// <summary>The smallest positive value: 2^(1 − bias − m).</summary>
    public float Epsilon => (float)Math.ScaleB(1, 1 - Bias - MantissaBits);

    private int Drop => 23 - MantissaBits;

    // Codes below are those of the magnitude, without the sign. (2)
    private uint TopCode => FiniteOnly ? (1u << (ExponentBits + MantissaBits)) - 2 : (((1u << ExponentBits) - 1) << MantissaBits) - 1;

    private uint MaxBits => ToFloatBits(TopCode);

    private uint MinNormalBits => (uint)(128 - Bias) << 23;

    /// <summary><paramref name="x"/> rounded to the format.</summary>
    /// <param name="x">Any float; NaN stays NaN, and the sign of zero is kept.</param>
    /// <param name="mode">How to round between neighbours; to nearest by default.</param>
    /// <param name="randomBits">64 uniform bits for <see cref="Rounding.Stochastic"/>; unused otherwise.</param>
    /// <remarks>The exponent is taken as unbounded while rounding, and overflow is what then exceeds <see cref="MaxValue"/> (IEEE 754-2019, §4.3).</remarks>
    public float Round(float x, Rounding mode = Rounding.HalfEven, ulong randomBits = 0)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x), sign = bits & 0x8000_0000, magnitude = bits & 0x7FFF_FFFF;
        if (magnitude > InfinityBits) return x;
        uint rounded = magnitude >= MinNormalBits
            ? RoundMagnitude(magnitude, Drop, sign != 0, mode, randomBits) << Drop                                   // (3): a carry moves to the exponent
            : ToFloatBits(RoundSubnormal(magnitude, sign != 0, mode, randomBits));                                   // (4)
        if (rounded > MaxBits) rounded = Overflow(towardsZero: mode == Rounding.Floor && sign == 0 && magnitude < InfinityBits);
        return BitConverter.UInt32BitsToSingle(sign | rounded);
    }

    /// <summary>Rounds every element of <paramref name="x"/> into <paramref name="y"/>, to nearest.</summary>
    /// <param name="x">Any floats.</param>
    /// <param name="y">As long as <paramref name="x"/>; may be the same span.</param>
    public void Round(ReadOnlySpan<float> x, Span<float> y)
    {
        Ensure.Shape(x.Length == y.Length, $"FloatFormat.Round: {x.Length} values but room for {y.Length}. Pass spans of one length.");
        int drop = Drop;
        uint least = MinNormalBits, range = MaxBits - least, half = drop == 0 ? 0 : (1u << (drop - 1)) - 1, odd = drop == 0 ? 0u : 1, keep = uint.MaxValue << drop;
        for (int i = 0; i < x.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(x[i]), magnitude = bits & 0x7FFF_FFFF;
            uint rounded = (magnitude + half + ((magnitude >> drop) & odd)) & keep;                                  // (3) where the result is normal
            y[i] = magnitude >= least && rounded - least <= range ? BitConverter.UInt32BitsToSingle((bits & 0x8000_0000) | rounded) : Round(x[i]);
        }
    }

    /// <summary>The code of <paramref name="x"/> after <see cref="Round(float, Rounding, ulong)"/>, in the low <see cref="Bits"/> bits.</summary>
    /// <exception cref="PrecisionException"><paramref name="x"/> is NaN and the format has no NaN (m = 0, with infinities).</exception>
    public uint Encode(float x, Rounding mode = Rounding.HalfEven, ulong randomBits = 0)
    {
        uint bits = BitConverter.SingleToUInt32Bits(Round(x, mode, randomBits)), magnitude = bits & 0x7FFF_FFFF;
        uint sign = (bits >> 31) << (ExponentBits + MantissaBits);
        if (magnitude > InfinityBits) return sign | NaNCode();
        if (magnitude == InfinityBits) return sign | (((1u << ExponentBits) - 1) << MantissaBits);
        if (magnitude >= MinNormalBits) return sign | ((magnitude - ((uint)(127 - Bias) << 23)) >> Drop);
        return sign | RoundSubnormal(magnitude, false, Rounding.Floor, 0);                                           // exact: it has been rounded
    }

    /// <summary>The value of <paramref name="code"/>, whose bits above <see cref="Bits"/> are ignored; exact.</summary>
    public float Decode(uint code)
    {
        int width = ExponentBits + MantissaBits;
        uint sign = ((code >> width) & 1) << 31, magnitude = code & ((1u << width) - 1);
        uint infinity = ((1u << ExponentBits) - 1) << MantissaBits;
        if (magnitude <= TopCode) return BitConverter.UInt32BitsToSingle(sign | ToFloatBits(magnitude));
        return BitConverter.UInt32BitsToSingle(sign | (!FiniteOnly && magnitude == infinity ? InfinityBits : 0x7FC0_0000));
    }

    /// <summary>e4m3fn, e5m2, e8m7 and so on: exponent and mantissa bits, "fn" if finite only, "sat" if saturating with infinities.</summary>
    public override string ToString() => $"e{ExponentBits}m{MantissaBits}{(FiniteOnly ? "fn" : "")}{(Saturate ? "-sat" : "")}";

    // Code of a magnitude ≤ TopCode to the bits of the equal float. (1)
    private uint ToFloatBits(uint code) => code >> MantissaBits == 0
        ? BitConverter.SingleToUInt32Bits((float)(code * Math.ScaleB(1, 1 - Bias - MantissaBits)))
        : (code << Drop) + ((uint)(127 - Bias) << 23);

    // |x|/2^(1 − bias − m), |x| < 2^(1 − bias), rounded to an integer; 2ᵐ is the code of the smallest normal.
    private uint RoundSubnormal(uint magnitude, bool negative, Rounding mode, ulong randomBits)
    {
        uint exponent = magnitude >> 23, significand = exponent == 0 ? magnitude : (magnitude & 0x7F_FFFF) | 0x80_0000;
        int shift = 1 - Bias - MantissaBits - ((int)Math.Max(exponent, 1) - 150);                                    // the float is significand·2^(exponent − 150)
        return RoundMagnitude(significand, shift, negative, mode, randomBits);
    }

    // a·2⁻ˢ, where the value behind it is negative or not. Bits below 2⁻⁶⁴ of a unit do not count in the stochastic mode.
    private static uint RoundMagnitude(uint a, int s, bool negative, Rounding mode, ulong randomBits) => mode switch
    {
        Rounding.HalfEven => Numerics.Round.HalfToEven(a, s),
        Rounding.HalfAway => Numerics.Round.HalfAway(a, s),
        Rounding.Floor => negative ? (uint)-Numerics.Round.Floor(-(long)a, s) : Numerics.Round.Floor(a, s),
        _ => Numerics.Round.Stochastic(Numerics.Round.Floor(a, Math.Max(s - 64, 0)), Math.Min(s, 64), randomBits),
    };

    private uint Overflow(bool towardsZero) => Saturate || towardsZero ? MaxBits : FiniteOnly ? 0x7FC0_0000 : InfinityBits;

    private uint NaNCode()
    {
        uint ones = (1u << (ExponentBits + MantissaBits)) - 1;
        if (FiniteOnly) return ones;
        if (MantissaBits == 0) throw new PrecisionException($"FloatFormat: {this} has no code for NaN. Use a mantissa bit or the finite-only form.");
        return ones - (1u << (MantissaBits - 1)) + 1;
    }
}
