namespace Dyadic.Numerics;

/// <summary>erf(x) of x = S·q in integers, by a clipped polynomial: sgn(x)·(a·(min(|x|, −b) + b)² + 1) with a = −0.2888 and b = −1.769.</summary>
/// <remarks>docs/equations/integer-functions.md (2); Kim et al. 2021, algorithm 2. The constants fit GELU, not erf. Results are in units of <see cref="Scale"/>, which is positive here.</remarks>
public readonly record struct IntegerErf
{
    private const double A = -0.2888, B = -1.769;
    private readonly IntegerPolynomial2 _polynomial;      // in units of a·S² < 0
    private readonly long _most;

    /// <summary>The function of arguments in units of <paramref name="scale"/>.</summary>
    /// <param name="scale">S, positive and below 1.769: a larger one leaves no value between 0 and the limit.</param>
    /// <exception cref="PrecisionException">The scale does not fit.</exception>
    public IntegerErf(double scale)
    {
        _polynomial = new(A, B, 1, scale);
        _most = (long)Math.Floor(-B / scale);
        if (_most == 0) throw new PrecisionException($"An error function of arguments in units of {scale:g3} would have the values −1, 0 and 1. Use a scale below {-B}.");
    }

    /// <summary>The unit of the result, |a|·S².</summary>
    public double Scale => -_polynomial.Scale;

    /// <summary>The function at q, in units of <see cref="Scale"/>; at most about 1/<see cref="Scale"/>.</summary>
    public long Of(long q)
    {
        long value = -_polynomial.Of(Math.Min(Math.Abs(q), _most));
        return q > 0 ? value : q < 0 ? -value : 0;
    }
}
