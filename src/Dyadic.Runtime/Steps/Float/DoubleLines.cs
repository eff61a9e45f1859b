namespace Dyadic.Runtime.Steps.Float;

/// <summary>Runs of y = f(x) in float64: plain loops, used where accuracy matters more than time.</summary>
internal static class DoubleLines
{
    public static void Run(UnaryFunction function, ReadOnlySpan<double> x, Span<double> y, double alpha, double beta)
    {
        for (int i = 0; i < y.Length; i++) y[i] = Of(function, x[i], alpha, beta);
    }

    internal static double Of(UnaryFunction function, double x, double alpha, double beta) => function switch
    {
        UnaryFunction.Exp => Math.Exp(x),
        UnaryFunction.Log => Math.Log(x),
        UnaryFunction.Sqrt => Math.Sqrt(x),
        UnaryFunction.Abs => Math.Abs(x),
        UnaryFunction.Neg => -x,
        UnaryFunction.Relu => Math.Max(x, 0),
        UnaryFunction.LeakyRelu => x > 0 ? x : alpha * x,
        UnaryFunction.Clip => Math.Min(Math.Max(x, alpha), beta),
        UnaryFunction.Sigmoid => Sigmoid(x),
        UnaryFunction.Tanh => Math.Tanh(x),
        UnaryFunction.Erf => ErrorFunction.Erf(x),
        UnaryFunction.Gelu => x * 0.5 * ErrorFunction.Erfc(-x * 0.70710678118654752440),
        UnaryFunction.GeluTanh => x * Sigmoid(1.5957691216057307117 * x * (1 + (0.044715 * x * x))),
        UnaryFunction.Reciprocal => 1 / x,
        UnaryFunction.Sign => x > 0 ? 1 : x < 0 ? -1 : x,
        UnaryFunction.Floor => Math.Floor(x),
        UnaryFunction.Ceil => Math.Ceiling(x),
        UnaryFunction.Round => Math.Round(x, MidpointRounding.ToEven),
        UnaryFunction.Softplus => Math.Max(x, 0) + LogOnePlus(Math.Exp(-Math.Abs(x))),
        UnaryFunction.Sin => Math.Sin(x),
        UnaryFunction.Cos => Math.Cos(x),
        UnaryFunction.Tan => Math.Tan(x),
        UnaryFunction.Asin => Math.Asin(x),
        UnaryFunction.Acos => Math.Acos(x),
        UnaryFunction.Atan => Math.Atan(x),
        UnaryFunction.Sinh => Math.Sinh(x),
        UnaryFunction.Cosh => Math.Cosh(x),
        UnaryFunction.Asinh => Math.Asinh(x),
        UnaryFunction.Acosh => Math.Acosh(x),
        UnaryFunction.Atanh => Math.Atanh(x),
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, null),
    };

    private static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    // ln(1 + e) for 0 ≤ e ≤ 1: the rounding of 1 + e cancels in the quotient (Kahan).
    internal static double LogOnePlus(double e)
    {
        double u = 1 + e;
        return u == 1 ? e : Math.Log(u) * e / (u - 1);
    }
}
