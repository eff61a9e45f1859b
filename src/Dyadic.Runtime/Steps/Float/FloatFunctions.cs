using System.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Elementary functions of float32 vectors.</summary>
internal static class FloatFunctions
{
    private static Vector<float> One => Vector<float>.One;

    private static Vector<float> V(float value) => new(value);

    internal readonly struct Exp : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Exponential.Of(x);
    }

    internal readonly struct Log : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.Log(x);
    }

    internal readonly struct Sin : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.Sin(x);
    }

    internal readonly struct Cos : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.Cos(x);
    }

    internal readonly struct Sqrt : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.SquareRoot(x);
    }

    internal readonly struct Abs : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.Abs(x);
    }

    internal readonly struct Neg : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => -x;
    }

    internal readonly struct Relu : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.Max(x, Vector<float>.Zero);
    }

    internal readonly struct LeakyRelu : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) =>
            Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), x, alpha * x);
    }

    internal readonly struct Clip : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.Min(Vector.Max(x, alpha), beta);
    }

    // e⁻|x| never overflows: 1/(1 + e) for x ≥ 0, e/(1 + e) below.
    internal readonly struct Sigmoid : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta)
        {
            Vector<float> e = Exponential.Of(-Vector.Abs(x));
            return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), e, One) / (One + e);
        }
    }

    internal readonly struct Tanh : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => ErrorFunction.Tanh(x);
    }

    internal readonly struct Erf : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => ErrorFunction.Erf(x);
    }

    internal readonly struct Gelu : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => x * ErrorFunction.Phi(x);
    }

    // ½(1 + tanh u) = 1/(1 + e⁻²ᵘ): no cancellation for x < 0.
    internal readonly struct GeluTanh : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta)
        {
            Vector<float> twice = V(1.5957691216f) * x * Vector.FusedMultiplyAdd(V(0.044715f), x * x, One);
            return x * Sigmoid.Of(twice, alpha, beta);
        }
    }

    internal readonly struct Reciprocal : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => One / x;
    }

    internal readonly struct Sign : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta)
        {
            Vector<float> positive = Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), One, x);
            return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), -One, positive);
        }
    }

    internal readonly struct Floor : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.Floor(x);
    }

    internal readonly struct Ceil : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.Ceiling(x);
    }

    internal readonly struct Round : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta) => Vector.Round(x);
    }

    // max(x, 0) + ln(1 + e⁻|x|), with ln(1 + e) = 2·artanh(e/(2 + e)) so that small e keep their digits.
    internal readonly struct Softplus : FloatLines.IFunction
    {
        public static Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta)
        {
            Vector<float> e = Exponential.Of(-Vector.Abs(x)), t = e / (V(2) + e), t2 = t * t;      // t ≤ 1/3
            Vector<float> series = V(1f / 15);
            for (int k = 13; k >= 1; k -= 2) series = Vector.FusedMultiplyAdd(series, t2, V(1f / k));
            return Vector.Max(x, Vector<float>.Zero) + (V(2) * t * series);
        }
    }
}
