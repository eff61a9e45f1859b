namespace Dyadic.Numerics;

/// <summary>A binary float format of up to 64 bits with infinities and subnormals: r exponent and p mantissa bits, docs/equations/emulation.md (1)–(3).</summary>
/// <remarks>Every value is a double, so doubles carry them. For formats within 32 bits it rounds as <see cref="FloatFormat"/> does, but from any double, once.</remarks>
public readonly record struct WideFormat
{
    /// <summary>A format with <paramref name="exponentBits"/> and <paramref name="mantissaBits"/>.</summary>
    /// <param name="exponentBits">r, 2 to 11.</param>
    /// <param name="mantissaBits">p, 0 to 52, without the hidden bit.</param>
    public WideFormat(int exponentBits, int mantissaBits)
    {
        if (exponentBits is < 2 or > 11 || mantissaBits is < 0 or > 52)
            throw new PrecisionException($"WideFormat: {exponentBits} exponent and {mantissaBits} mantissa bits do not fit in binary64. Use 2 to 11 and 0 to 52.");
        (ExponentBits, MantissaBits) = (exponentBits, mantissaBits);
    }

    /// <summary>IEEE binary64: 11 exponent and 52 mantissa bits.</summary>
    public static WideFormat Binary64 => new(11, 52);

    /// <summary>r.</summary>
    public int ExponentBits { get; }

    /// <summary>p, without the hidden bit.</summary>
    public int MantissaBits { get; }

    /// <summary>emax = 2ʳ⁻¹ − 1.</summary>
    public int MaxExponent => (1 << (ExponentBits - 1)) - 1;

    /// <summary>emin = 1 − emax, of the smallest normal value.</summary>
    public int MinExponent => 1 - MaxExponent;

    /// <summary>(2 − 2⁻ᵖ)·2^emax, the largest finite value.</summary>
    public double MaxValue => Math.ScaleB(2 - Math.ScaleB(1, -MantissaBits), MaxExponent);

    /// <summary>⌊x/q⌉·q with q = 2^(max(e, emin) − p) and e = ⌊log₂|x|⌋, ties to even; ±∞ above the largest value. NaN and the sign of zero stay.</summary>
    public double Round(double x) => Round(x, int.MinValue);

    /// <summary>The same, but no finer than multiples of 2^<paramref name="leastQuantum"/>.</summary>
    internal double Round(double x, int leastQuantum)
    {
        if (x == 0 || !double.IsFinite(x)) return x;
        int quantum = Math.Max(Math.Max(Math.ILogB(x), MinExponent) - MantissaBits, leastQuantum);
        double rounded = Math.ScaleB(Math.Round(Math.ScaleB(Math.Abs(x), -quantum), MidpointRounding.ToEven), quantum);
        return Math.CopySign(rounded > MaxValue ? double.PositiveInfinity : rounded, x);
    }

    /// <summary>e11m52 and so on.</summary>
    public override string ToString() => $"e{ExponentBits}m{MantissaBits}";
}
