using System.Numerics;
using System.Runtime.CompilerServices;

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

    // Interpolation at the Chebyshev points, computed in float64; highest power first, one after another so that the coefficients stay in registers or memory.

    // erf x / x − 1 in u = x², |x| ≤ 1
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> ErfSmall(Vector<float> u)
    {
        Vector<float> p = Vector.FusedMultiplyAdd(V(7.87587487e-05f), u, V(-0.00080168643f));
        p = Vector.FusedMultiplyAdd(p, u, V(0.00518908724f));
        p = Vector.FusedMultiplyAdd(p, u, V(-0.0268542115f));
        p = Vector.FusedMultiplyAdd(p, u, V(0.112835944f));
        p = Vector.FusedMultiplyAdd(p, u, V(-0.37612626f));
        return Vector.FusedMultiplyAdd(p, u, V(0.128379166f));
    }

    // exp(a²)·erfc a / t in t = 1/(1 + 0.4·a), 0 ≤ a ≤ 10.1
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> ErfcTail(Vector<float> t)
    {
        Vector<float> p = Vector.FusedMultiplyAdd(V(-0.0159263853f), t, V(0.0630353913f));
        p = Vector.FusedMultiplyAdd(p, t, V(-0.0381372273f));
        p = Vector.FusedMultiplyAdd(p, t, V(-0.151927397f));
        p = Vector.FusedMultiplyAdd(p, t, V(0.222908765f));
        p = Vector.FusedMultiplyAdd(p, t, V(-0.0826794133f));
        p = Vector.FusedMultiplyAdd(p, t, V(0.18788138f));
        p = Vector.FusedMultiplyAdd(p, t, V(0.152949274f));
        p = Vector.FusedMultiplyAdd(p, t, V(0.210847288f));
        p = Vector.FusedMultiplyAdd(p, t, V(0.225359038f));
        return Vector.FusedMultiplyAdd(p, t, V(0.225689262f));
    }

    // tanh x / x − 1 in u = x², |x| ≤ 0.6, without its leading x²
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> TanhSmall(Vector<float> u)
    {
        Vector<float> p = Vector.FusedMultiplyAdd(V(0.00221213396f), u, V(-0.00824552495f));
        p = Vector.FusedMultiplyAdd(p, u, V(0.0217250567f));
        p = Vector.FusedMultiplyAdd(p, u, V(-0.053950537f));
        p = Vector.FusedMultiplyAdd(p, u, V(0.133332282f));
        return Vector.FusedMultiplyAdd(p, u, V(-0.333333313f));
    }

    /// <summary>erf x in float32, within 2 units in the last place: x·P(x²) for |x| ≤ 1, else 1 − erfc |x|.</summary>
    public static Vector<float> Erf(Vector<float> x)
    {
        Vector<float> a = Vector.Abs(x);
        Vector<float> small = Vector.FusedMultiplyAdd(x, ErfSmall(x * x), x);
        Vector<float> large = Vector.CopySign(Vector<float>.One - Complement(a, x * x, Vector.FusedMultiplyAdd(x, x, -(x * x)), out _), x);
        return Vector.ConditionalSelect(Vector.LessThan(a, Vector<float>.One), small, large);
    }

    /// <summary>Φ(x) = ½·erfc(−x/√2) in float32; small values keep their digits.</summary>
    public static Vector<float> Phi(Vector<float> x) => Phi(x, out _);

    /// <summary>Φ(x), and exp(−½x²), which it is made of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Phi(Vector<float> x, out Vector<float> gauss)
    {
        Vector<float> s = x * x, rest = Vector.FusedMultiplyAdd(x, x, -s);
        Vector<float> tail = Complement(Vector.Abs(x) * 0.70710678f, s * 0.5f, rest * 0.5f, out gauss) * 0.5f;
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector<float>.One - tail);
    }

    /// <summary>tanh x in float32: x·P(x²) for |x| ≤ 0.6, else 1 − 2/(1 + exp 2|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Tanh(Vector<float> x)
    {
        Vector<float> a = Vector.Abs(x), u = x * x;
        Vector<float> small = Vector.FusedMultiplyAdd(x * u, TanhSmall(u), x);
        Vector<float> large = Vector.CopySign(Vector<float>.One - (new Vector<float>(2) / (Exponential.Of(a + a) + Vector<float>.One)), x);
        return Vector.ConditionalSelect(Vector.LessThan(a, new Vector<float>(0.6f)), small, large);
    }

    // erfc a for a ≥ 0 with a² = s + rest, s rounded: exp(−a²) = exp(−s)·(1 − rest), so that a large exponent keeps its digits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Complement(Vector<float> a, Vector<float> s, Vector<float> rest, out Vector<float> gauss)
    {
        Vector<float> t = Vector<float>.One / Vector.FusedMultiplyAdd(new Vector<float>(0.4f), a, Vector<float>.One);
        gauss = Exponential.Of(-s);
        gauss = Vector.ConditionalSelect(Vector.LessThan(a, new Vector<float>(10.1f)), gauss - (gauss * rest), gauss);
        return gauss * t * ErfcTail(t);
    }

    private static Vector<float> V(float value) => new(value);
}
