using System.Numerics;

namespace Dyadic.Numerics;

/// <summary>Softmax from codes to codes, without floating point: exponentials of 31 bits of the distance to the greatest, times the reciprocal of their sum.</summary>
/// <param name="Exp">The exponential of distances in units of S·2ᵏ; e⁰ is below 2³¹.</param>
/// <param name="Dropped">k: low bits of a distance that are dropped, so that <paramref name="Exp"/> fits.</param>
/// <param name="Multiplier">m of 1/S_y = m·2⁻ˢ, below 2³⁰.</param>
/// <param name="Shift">s.</param>
/// <remarks>
/// docs/equations/integer-functions.md (11); Kim et al. 2021, algorithm 4. Differs: results go to the nearest code of any scale, where the paper rounds down to 2⁻ᴮ;
/// the reciprocal has 30 bits and more whatever the sum.
/// </remarks>
public readonly record struct SoftmaxCodes(ExpCodes Exp, int Dropped, int Multiplier, int Shift)
{
    private const int ExpBits = 31, MostShift = 61;

    /// <summary>The function of codes in units of <paramref name="scale"/>, to codes in units of <paramref name="to"/>.</summary>
    /// <param name="scale">S; where it is so small that e⁰ would need more than 31 bits, low bits of distances are dropped.</param>
    /// <param name="to">S_y, at most 1.</param>
    /// <exception cref="PrecisionException">S is above ½, which leaves no code within ln 2, or S_y is above 1.</exception>
    public static SoftmaxCodes Of(double scale, double to)
    {
        const double Least = 5e-5;      // 2.79/S² < 2³⁰·1.04
        if (!(scale is > 0 and <= 0.5 && to is > 0 and <= 1))
            throw new PrecisionException($"A softmax from codes in units of {scale:g3} to codes in units of {to:g3} is too coarse. Quantise its input to steps of at most 0.5 and its result to at most 1.");
        int dropped = Math.Max(0, (int)Math.Ceiling(Math.Log2(Least / scale)));
        DyadicScale inverse = DyadicScale.Nearest(1 / to, ExpBits - 1);
        return new(IntegerExp.Fine(Math.ScaleB(scale, dropped), ExpBits).Codes, dropped, inverse.Multiplier, inverse.Shift);
    }

    /// <summary>e of a distance below the greatest code, ≥ 0.</summary>
    public int Exponential(int distance) => (int)Exp.Of(-(distance >> Dropped));

    /// <summary>R and t of a sum of exponentials: a result is ⌊e·R·2⁻ᵗ⌉. R is below 2³¹, t from 1 to 61.</summary>
    public (int Reciprocal, int Shift) Normal(long sum)
    {
        int bits = 64 - BitOperations.LeadingZeroCount((ulong)sum), kept = Math.Min(bits, ExpBits), shift = bits + Shift;
        long reciprocal = ((long)Multiplier << kept) / (sum >> (bits - kept));
        int over = Math.Max(0, shift - MostShift);
        return ((int)(reciprocal >> over), shift - over);
    }
}
