namespace Dyadic.Numerics;

/// <summary>eˣ of x = S·q ≤ 0 in integers: x = p − z·ln 2 with −ln 2 &lt; p ≤ 0, a polynomial of p, and z halvings.</summary>
/// <remarks>
/// docs/equations/integer-functions.md (4) and (5); Kim et al. 2021, algorithm 4 (i-exp). The polynomial is right to 2.13·10⁻³ with the constants of the paper and to 1.91·10⁻³ with those of its code.
/// A grid as coarse as S moves ln 2 by up to S: S ≤ 0.01 keeps the whole below 4·10⁻³.
/// </remarks>
public readonly record struct IntegerExp
{
    private IntegerExp(long ln2, long b, long c, double scale, int fraction) => (Codes, Scale) = (new(ln2, b, c, fraction), Math.ScaleB(scale, -fraction));

    /// <summary>The integers that it computes with.</summary>
    public ExpCodes Codes { get; }

    /// <summary>The unit of the result.</summary>
    public double Scale { get; }

    /// <summary>e⁰ in units of <see cref="Scale"/>, the greatest result.</summary>
    public long One => Of(0);

    /// <summary>The function as the paper states it: 0.3585·(p + 1.353)² + 0.344 and a shift to the right, so that small results keep few bits.</summary>
    /// <param name="scale">S, at most ln 2.</param>
    /// <exception cref="PrecisionException">The scale does not fit.</exception>
    public static IntegerExp Paper(double scale)
    {
        IntegerPolynomial2 square = new(0.3585, 1.353, 0.344, scale);
        // (p + b)² + c = p·(p + 2b) + b² + c
        return new(Ln2(scale, Math.Floor), 2 * square.Shift, square.Shift * square.Shift + square.Offset, square.Scale, 0);
    }

    /// <summary>The function as the paper's code computes it: 0.35815147·p² + 0.96963238·p + 1, so that e⁰ is 1 but for the grid, and bits of fraction below the halvings. ln 2 goes to the nearest code; there it is rounded up.</summary>
    /// <param name="scale">S, at most ln 2.</param>
    /// <param name="bits">Bits of e⁰, 16 to 62: a result has as many below it as halvings leave.</param>
    /// <exception cref="PrecisionException">The scale does not fit, or e⁰ has more than <paramref name="bits"/> bits without a fraction.</exception>
    public static IntegerExp Fine(double scale, int bits = 31)
    {
        const double A = 0.35815147, B = 0.96963238 / A, C = 1 / A;
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 62);
        long ln2 = Ln2(scale, Math.Round);
        double one = Math.Floor(C / (scale * scale));
        int needed = (int)Math.Floor(Math.Log2(one)) + 1;
        if (needed > bits) throw new PrecisionException($"An exponential of arguments in units of {scale:g3} needs {needed} bits, and {bits} are allowed. Use a larger scale.");
        return new(ln2, (long)Math.Floor(B / scale), (long)one, A * scale * scale, bits - needed);
    }

    /// <summary>The function at q ≤ 0, in units of <see cref="Scale"/>.</summary>
    public long Of(long q) => Codes.Of(q);

    private static long Ln2(double scale, Func<double, double> round)
    {
        FunctionScale.Check(scale);
        double q = round(Math.Log(2) / scale);
        return q is >= 1 and < long.MaxValue / 64 ? (long)q : throw new PrecisionException($"An exponential of arguments in units of {scale:g3} cannot be computed: ln 2 is {q:g3} of them. Use a scale from 1e-9 to 0.69.");
    }
}
