using System.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>erf, erfc, the normal distribution function and tanh.</summary>
internal static class ErrorFunction
{
    /// <summary>erf x, to about 1e-15 relative.</summary>
    public static double Erf(double x) => Math.Abs(x) < 2 ? Series(x) : x > 0 ? 1 - ComplementaryTail(x) : x < 0 ? ComplementaryTail(-x) - 1 : x;

    /// <summary>erfc x = 1 − erf x, to about 2e-14 relative.</summary>
    public static double Erfc(double x) => x < 0 ? 1 + Erf(-x) : x < 2 ? 1 - Series(x) : ComplementaryTail(x);

    // erf x = 2/√π·exp(−x²)·Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!!: all terms of one sign.
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }
        return 1.1283791670955125739 * Math.Exp(-x * x) * sum;
    }

    // Laplace's continued fraction, erfc x = exp(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), from its end.
    private static double ComplementaryTail(double x)
    {
        if (x > 27.3) return 0;
        int terms = (int)(40 + (600 / (x * x)));
        double fraction = x;
        for (int k = terms; k >= 1; k--) fraction = x + (0.5 * k / fraction);
        return Math.Exp(-x * x) * 0.56418958354775628695 / fraction;
    }

    // Interpolation at the Chebyshev points, computed in float64; highest power first.
    private static ReadOnlySpan<float> ErfSmall =>                       // erf x / x − 1 in x², |x| ≤ 1
        [7.87587487e-05f, -0.00080168643f, 0.00518908724f, -0.0268542115f, 0.112835944f, -0.37612626f, 0.128379166f];

    private static ReadOnlySpan<float> ErfcTail =>                       // exp(a²)·erfc a / t in t = 1/(1 + 0.4·a), 0 ≤ a ≤ 10.1
    [
        -0.0159263853f, 0.0630353913f, -0.0381372273f, -0.151927397f, 0.222908765f, -0.0826794133f,
        0.18788138f, 0.152949274f, 0.210847288f, 0.225359038f, 0.225689262f,
    ];

    private static ReadOnlySpan<float> TanhSmall =>                      // tanh x / x − 1 in x², |x| ≤ 0.6, without its leading x²
        [0.00221213396f, -0.00824552495f, 0.0217250567f, -0.053950537f, 0.133332282f, -0.333333313f];

    /// <summary>erf x in float32, within 2 units in the last place: x·P(x²) for |x| ≤ 1, else 1 − erfc |x|.</summary>
    public static Vector<float> Erf(Vector<float> x)
    {
        Vector<float> a = Vector.Abs(x);
        Vector<float> small = Vector.FusedMultiplyAdd(x, Horner(ErfSmall, x * x), x);
        Vector<float> large = Vector.CopySign(Vector<float>.One - Complement(a, x * x, Vector.FusedMultiplyAdd(x, x, -(x * x))), x);
        return Vector.ConditionalSelect(Vector.LessThan(a, Vector<float>.One), small, large);
    }

    /// <summary>Φ(x) = ½·erfc(−x/√2) in float32; small values keep their digits.</summary>
    public static Vector<float> Phi(Vector<float> x)
    {
        Vector<float> s = x * x, rest = Vector.FusedMultiplyAdd(x, x, -s);
        Vector<float> tail = Complement(Vector.Abs(x) * 0.70710678f, s * 0.5f, rest * 0.5f) * 0.5f;
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector<float>.One - tail);
    }

    /// <summary>tanh x in float32: x·P(x²) for |x| ≤ 0.6, else 1 − 2/(1 + exp 2|x|).</summary>
    public static Vector<float> Tanh(Vector<float> x)
    {
        Vector<float> a = Vector.Abs(x), u = x * x;
        Vector<float> small = Vector.FusedMultiplyAdd(x * u, Horner(TanhSmall, u), x);
        Vector<float> large = Vector.CopySign(Vector<float>.One - (new Vector<float>(2) / (Vector.Exp(a + a) + Vector<float>.One)), x);
        return Vector.ConditionalSelect(Vector.LessThan(a, new Vector<float>(0.6f)), small, large);
    }

    // erfc a for a ≥ 0 with a² = s + rest, s rounded: exp(−a²) = exp(−s)·(1 − rest), so that a large exponent keeps its digits.
    private static Vector<float> Complement(Vector<float> a, Vector<float> s, Vector<float> rest)
    {
        Vector<float> t = Vector<float>.One / Vector.FusedMultiplyAdd(new Vector<float>(0.4f), a, Vector<float>.One);
        Vector<float> gauss = Vector.Exp(-s);
        gauss = Vector.ConditionalSelect(Vector.LessThan(a, new Vector<float>(10.1f)), gauss - (gauss * rest), gauss);
        return gauss * t * Horner(ErfcTail, t);
    }

    private static Vector<float> Horner(ReadOnlySpan<float> coefficients, Vector<float> x)
    {
        Vector<float> sum = new(coefficients[0]);
        for (int i = 1; i < coefficients.Length; i++) sum = Vector.FusedMultiplyAdd(sum, x, new Vector<float>(coefficients[i]));
        return sum;
    }
}
