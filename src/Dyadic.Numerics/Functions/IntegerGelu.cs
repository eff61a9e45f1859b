namespace Dyadic.Numerics;

/// <summary>GELU(x) = x/2·(1 + erf(x/√2)) of x = S·q in integers.</summary>
/// <remarks>
/// docs/equations/integer-functions.md (3); Kim et al. 2021, algorithm 3. |i-GELU − GELU| is at most 0.0182 beside the error of the grid. Results are in units of
/// <see cref="Scale"/>, which is positive here where the paper's is negative: both factors have the other sign.
/// </remarks>
public readonly record struct IntegerGelu
{
    private const int FittedBits = 16;
    private readonly IntegerErf _erf;
    private readonly int _dropped;
    private readonly long _one;

    /// <summary>The function of arguments in units of <paramref name="scale"/>.</summary>
    /// <param name="scale">S.</param>
    /// <param name="dropped">Bits of the error function that are dropped, so that products stay small: 14 in the paper's code, which is too many for large scales. See <see cref="Fitted"/>.</param>
    /// <exception cref="PrecisionException">The scale does not fit, or nothing would be left of the error function.</exception>
    public IntegerGelu(double scale, int dropped = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(dropped);
        _erf = new(scale / Math.Sqrt(2));
        _dropped = dropped;
        double unit = Math.ScaleB(_erf.Scale, dropped);
        if (unit > 0.5) throw new PrecisionException($"Of an error function in units of {_erf.Scale:g3}, dropping {dropped} bits leaves nothing. Use IntegerGelu.Fitted.");
        _one = (long)Math.Ceiling(1 / unit);
        Scale = scale * unit / 2;
    }

    /// <summary>The unit of the result.</summary>
    public double Scale { get; }

    /// <summary>The function with as many bits dropped as leave at most 16 to the error function: |result| ≤ 2¹⁷·|q|.</summary>
    public static IntegerGelu Fitted(double scale)
    {
        double unit = new IntegerErf(scale / Math.Sqrt(2)).Scale;
        return new(scale, Math.Max(0, (int)Math.Ceiling(-Math.Log2(unit)) - FittedBits));
    }

    /// <summary>q·(erf + 1), in units of <see cref="Scale"/>.</summary>
    public long Of(long q) => q * (-(-_erf.Of(q) >> _dropped) + _one);      // the paper's erf is the negative one, and is rounded down
}
