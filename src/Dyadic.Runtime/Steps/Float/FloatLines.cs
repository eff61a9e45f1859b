using System.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Runs of y = f(x) in float32, by vectors throughout: the rest of a run is padded, so no value depends on where it stands.</summary>
internal static class FloatLines
{
    /// <summary>A function of one vector with constants α and β.</summary>
    public interface IFunction
    {
        static abstract Vector<float> Of(Vector<float> x, Vector<float> alpha, Vector<float> beta);
    }

    public static void Run(UnaryFunction function, ReadOnlySpan<float> x, Span<float> y, float alpha, float beta)
    {
        switch (function)
        {
            case UnaryFunction.Exp: Map<FloatFunctions.Exp>(x, y, alpha, beta); break;
            case UnaryFunction.Log: Map<FloatFunctions.Log>(x, y, alpha, beta); break;
            case UnaryFunction.Sqrt: Map<FloatFunctions.Sqrt>(x, y, alpha, beta); break;
            case UnaryFunction.Abs: Map<FloatFunctions.Abs>(x, y, alpha, beta); break;
            case UnaryFunction.Neg: Map<FloatFunctions.Neg>(x, y, alpha, beta); break;
            case UnaryFunction.Relu: Map<FloatFunctions.Relu>(x, y, alpha, beta); break;
            case UnaryFunction.LeakyRelu: Map<FloatFunctions.LeakyRelu>(x, y, alpha, beta); break;
            case UnaryFunction.Clip: Map<FloatFunctions.Clip>(x, y, alpha, beta); break;
            case UnaryFunction.Sigmoid: Map<FloatFunctions.Sigmoid>(x, y, alpha, beta); break;
            case UnaryFunction.Tanh: Map<FloatFunctions.Tanh>(x, y, alpha, beta); break;
            case UnaryFunction.Erf: Map<FloatFunctions.Erf>(x, y, alpha, beta); break;
            case UnaryFunction.Gelu: Map<FloatFunctions.Gelu>(x, y, alpha, beta); break;
            case UnaryFunction.GeluTanh: Map<FloatFunctions.GeluTanh>(x, y, alpha, beta); break;
            case UnaryFunction.Reciprocal: Map<FloatFunctions.Reciprocal>(x, y, alpha, beta); break;
            case UnaryFunction.Sign: Map<FloatFunctions.Sign>(x, y, alpha, beta); break;
            case UnaryFunction.Floor: Map<FloatFunctions.Floor>(x, y, alpha, beta); break;
            case UnaryFunction.Ceil: Map<FloatFunctions.Ceil>(x, y, alpha, beta); break;
            case UnaryFunction.Round: Map<FloatFunctions.Round>(x, y, alpha, beta); break;
            case UnaryFunction.Softplus: Map<FloatFunctions.Softplus>(x, y, alpha, beta); break;
            case UnaryFunction.Sin: Map<FloatFunctions.Sin>(x, y, alpha, beta); break;
            case UnaryFunction.Cos: Map<FloatFunctions.Cos>(x, y, alpha, beta); break;
            default: for (int i = 0; i < y.Length; i++) y[i] = (float)DoubleLines.Of(function, x[i], alpha, beta); break;
        }
    }

    private static void Map<TFunction>(ReadOnlySpan<float> x, Span<float> y, float alpha, float beta) where TFunction : struct, IFunction
    {
        Vector<float> a = new(alpha), b = new(beta);
        int i = 0, n = Vector<float>.Count;
        for (; i <= y.Length - n; i += n) TFunction.Of(new(x[i..]), a, b).CopyTo(y[i..]);
        if (i == y.Length) return;
        Span<float> rest = stackalloc float[n];
        rest.Clear();
        x[i..].CopyTo(rest);
        TFunction.Of(new(rest), a, b).CopyTo(rest);
        rest[..(y.Length - i)].CopyTo(y[i..]);
    }
}
