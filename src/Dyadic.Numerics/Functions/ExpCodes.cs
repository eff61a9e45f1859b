namespace Dyadic.Numerics;

/// <summary>The integers of <see cref="IntegerExp"/>: e^q of q ≤ 0 is (p·(p + b) + c)·2^(f − z) with q = p − z·ln 2; there is no floating point in it.</summary>
/// <param name="Ln2">ln 2 in units of the argument, at least 1.</param>
/// <param name="B">b.</param>
/// <param name="C">c.</param>
/// <param name="Fraction">f: bits below the halvings.</param>
/// <remarks>docs/equations/integer-functions.md (4) and (5).</remarks>
public readonly record struct ExpCodes(long Ln2, long B, long C, int Fraction)
{
    /// <summary>Halvings beyond which the result is 0.</summary>
    public const int MostHalvings = 62;

    /// <summary>The function at q ≤ 0.</summary>
    public long Of(long q)
    {
        if (q <= -MostHalvings * Ln2) return 0;
        long z = -q / Ln2, p = q + z * Ln2, value = p * (p + B) + C;
        return z <= Fraction ? value << (int)(Fraction - z) : value >> (int)(z - Fraction);
    }
}
