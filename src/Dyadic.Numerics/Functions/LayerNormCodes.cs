using System.Numerics;

namespace Dyadic.Numerics;

/// <summary>Layer normalisation from codes to codes, without floating point.</summary>
/// <remarks>
/// docs/equations/integer-functions.md (12); Kim et al. 2021, §3.6. Differs: ε is kept, codes of 8 bits get eight more before their mean is taken, the root and its reciprocal have 31 bits
/// whatever the row, and gain, offset and change of scale are one multiplication and one rounding.
/// </remarks>
public sealed class LayerNormCodes
{
    /// <summary>Bits of the fraction of a normalised value, which is at most 1 in units of √C.</summary>
    public const int Fraction = 30;

    private const int SquareBits = 62, MostChannels = 1 << 24;
    private readonly long _epsilon;

    private LayerNormCodes(int extra, long epsilon, int[] multipliers, long[] offsets, int shift) =>
        (Extra, _epsilon, Multipliers, Offsets, Shift) = (extra, epsilon, multipliers, offsets, shift);

    /// <summary>f: bits that codes are shifted left before anything else.</summary>
    public int Extra { get; }

    /// <summary>M[c] = ⌊γ[c]·√C/S_y·2^(t − 30)⌉, below 2³⁰ in magnitude.</summary>
    public int[] Multipliers { get; }

    /// <summary>B[c] = ⌊β[c]/S_y·2ᵗ⌉, below 2⁶⁰ in magnitude.</summary>
    public long[] Offsets { get; }

    /// <summary>t, from 1 to 60.</summary>
    public int Shift { get; }

    /// <summary>The constants for rows of C codes.</summary>
    /// <param name="scale">S of the codes.</param>
    /// <param name="wide">Whether the codes have 16 bits, else 8.</param>
    /// <param name="gain">γ [C].</param>
    /// <param name="offset">β [C].</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="to">S_y.</param>
    /// <exception cref="PrecisionException">Gains or offsets are so far apart, or so large in units of S_y, that they share no shift; or C·ε/S² is beyond 58 bits.</exception>
    public static LayerNormCodes Of(double scale, bool wide, ReadOnlySpan<double> gain, ReadOnlySpan<double> offset, double epsilon, double to)
    {
        FunctionScale.Check(scale);
        FunctionScale.Check(to);
        int channels = gain.Length, extra = wide ? 0 : 8;
        double unit = Math.ScaleB(scale, -extra), most = 0, far = 0, guard = Math.Round(channels * epsilon / (unit * unit));
        for (int c = 0; c < channels; c++) (most, far) = (Math.Max(most, Math.Abs(gain[c])), Math.Max(far, Math.Abs(offset[c])));
        double reach = most * Math.Sqrt(channels) / to;
        // M < 2³⁰, B < 2⁶⁰, and results within 2³⁰.
        int shift = Math.Min(60, Math.Min(60 - Exponent(reach), 60 - Exponent(far / to)));
        if (channels > MostChannels || !(guard < Math.ScaleB(1, 58)) || !(reach + (far / to) < Math.ScaleB(1, 30)) || shift < 1)
            throw new PrecisionException($"A layer normalisation of codes in units of {scale:g3} to codes in units of {to:g3}, with gains up to {most:g3}, offsets up to {far:g3} and ε = {epsilon:g3}, does not fit 64 bits. Check its quantisation ranges.");
        int[] multipliers = new int[channels];
        long[] offsets = new long[channels];
        for (int c = 0; c < channels; c++)
        {
            multipliers[c] = (int)Math.Round(Math.ScaleB(gain[c] * Math.Sqrt(channels) / to, shift - Fraction), MidpointRounding.ToEven);
            offsets[c] = (long)Math.Round(Math.ScaleB(offset[c] / to, shift), MidpointRounding.ToEven);
        }
        return new(extra, (long)guard, multipliers, offsets, shift);
    }

    /// <summary>⌊Σ/C + ½⌋.</summary>
    public static int Mean(long sum, int count)
    {
        long twice = (2 * sum) + count, by = 2L * count;
        return (int)((twice / by) - (twice % by < 0 ? 1 : 0));
    }

    /// <summary>R and r of a sum of squared differences: a normalised value is ⌊y·R·2⁻ʳ⌋ in units of √C·2⁻³⁰. R is below 2³¹, r from 1 to 30; R is 0 where all differences are.</summary>
    public (int Reciprocal, int Shift) Normal(long squares)
    {
        ulong value = (ulong)(squares + _epsilon);
        if (value == 0) return (0, 1);
        int up = Math.Min((SquareBits - (64 - BitOperations.LeadingZeroCount(value))) / 2, 30);
        long root = IntegerMath.Isqrt((long)value << (2 * up));
        return ((int)Math.Min((1L << 61) / root, int.MaxValue), 31 - up);
    }

    /// <summary>⌊(n·M[c] + B[c])·2⁻ᵗ⌉ of a normalised value, ties to even.</summary>
    public int Affine(int normal, int channel) => DyadicScale.RoundSum(((long)normal * Multipliers[channel]) + Offsets[channel], Shift);

    // e with x < 2ᵉ.
    private static int Exponent(double x) => x > 0 ? (int)Math.Floor(Math.Log2(x)) + 1 : 0;
}
