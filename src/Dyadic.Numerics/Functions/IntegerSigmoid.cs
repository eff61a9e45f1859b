namespace Dyadic.Numerics;

/// <summary>σ(x) = 1/(1 + e⁻ˣ) of x = S·q in integers: e⁰/(e⁰ + e⁻|ˣ|), and 1 − σ(−x) where x is negative.</summary>
/// <remarks>
/// docs/equations/integer-functions.md (7). With δ = 1.91·10⁻³ of the exponential, |error| ≤ 4/9·δ + S/4 + 2⁻ᴮ⁻¹, and σ(−x) = 1 − σ(x) exactly.
/// </remarks>
public readonly record struct IntegerSigmoid
{
    private readonly IntegerExp _exp;
    private readonly long _one;

    /// <summary>The function of arguments in units of <paramref name="scale"/>.</summary>
    /// <param name="scale">S.</param>
    /// <param name="bits">B: results are in units of 2⁻ᴮ, from 0 to 2ᴮ; 1 to 30.</param>
    /// <exception cref="PrecisionException">The scale does not fit.</exception>
    public IntegerSigmoid(double scale, int bits = 16)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 30);
        (_exp, Bits) = (IntegerExp.Fine(scale), bits);
        _one = _exp.One;
    }

    /// <summary>B.</summary>
    public int Bits { get; }

    /// <summary>The unit of the result, 2⁻ᴮ.</summary>
    public double Scale => Math.ScaleB(1, -Bits);

    /// <summary>The function at q, in units of <see cref="Scale"/>.</summary>
    public long Of(long q)
    {
        long sum = _one + _exp.Of(-Math.Abs(q)), value = ((_one << Bits) + (sum >> 1)) / sum;
        return q < 0 ? (1L << Bits) - value : value;
    }
}
