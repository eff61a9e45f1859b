using System.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The kinds of <see cref="CellFunction"/>; ONNX names them so.</summary>
public enum CellFunctionKind
{
    /// <summary>1/(1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>α·x + β.</summary>
    Affine,

    /// <summary>x, or α·x below 0.</summary>
    LeakyRelu,

    /// <summary>x where it is above α, else 0.</summary>
    ThresholdedRelu,

    /// <summary>α·tanh(β·x).</summary>
    ScaledTanh,

    /// <summary>α·x + β within [0, 1].</summary>
    HardSigmoid,

    /// <summary>x, or α·(eˣ − 1) below 0.</summary>
    Elu,

    /// <summary>x/(1 + |x|).</summary>
    Softsign,

    /// <summary>ln(1 + eˣ).</summary>
    Softplus,
}

/// <summary>A function of a recurrent cell.</summary>
/// <param name="Kind">Which one.</param>
/// <param name="Alpha">α, where it has one.</param>
/// <param name="Beta">β, where it has one.</param>
public readonly record struct CellFunction(CellFunctionKind Kind, float Alpha = 0, float Beta = 0)
{
    /// <summary>x = f(min(max(x, −clip), clip)), element by element; no bound where <paramref name="clip"/> is 0.</summary>
    internal void Apply<T>(Span<T> x, T clip) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (clip > T.Zero)
        {
            Primitives.Min(x, clip, x);
            Primitives.Max(x, -clip, x);
        }
        T alpha = T.CreateChecked(Alpha), beta = T.CreateChecked(Beta);
        switch (Kind)
        {
            case CellFunctionKind.Sigmoid: UnaryLines.Run<T>(UnaryFunction.Sigmoid, x, x); break;
            case CellFunctionKind.Tanh: UnaryLines.Run<T>(UnaryFunction.Tanh, x, x); break;
            case CellFunctionKind.Relu: Primitives.Max(x, T.Zero, x); break;
            case CellFunctionKind.Affine: Scale(x, alpha, beta); break;
            case CellFunctionKind.ScaledTanh:
                Primitives.Multiply(x, beta, x);
                UnaryLines.Run<T>(UnaryFunction.Tanh, x, x);
                Primitives.Multiply(x, alpha, x);
                break;
            case CellFunctionKind.HardSigmoid:
                Scale(x, alpha, beta);
                Primitives.Min(x, T.One, x);
                Primitives.Max(x, T.Zero, x);
                break;
            default:
                foreach (ref T v in x) v = Scalar(v, alpha);
                break;
        }
    }

    private static void Scale<T>(Span<T> x, T factor, T term) where T : unmanaged, INumber<T>
    {
        Primitives.Multiply(x, factor, x);
        Primitives.Add(x, term, x);
    }

    private T Scalar<T>(T x, T alpha) where T : unmanaged, IFloatingPointIeee754<T> => Kind switch
    {
        CellFunctionKind.LeakyRelu => x < T.Zero ? alpha * x : x,
        CellFunctionKind.ThresholdedRelu => x > alpha ? x : T.Zero,
        CellFunctionKind.Elu => x < T.Zero ? alpha * T.ExpM1(x) : x,
        CellFunctionKind.Softsign => x / (T.One + T.Abs(x)),
        _ => T.Max(x, T.Zero) + T.LogP1(T.Exp(-T.Abs(x))),
    };
}

/// <summary>The functions of a cell: f of its gates, g of its candidate, h of an LSTM's memory.</summary>
/// <param name="F">f: the gates; the one function of a plain cell.</param>
/// <param name="G">g: the candidate.</param>
/// <param name="H">h: the memory on its way out.</param>
public readonly record struct CellFunctions(CellFunction F, CellFunction G = default, CellFunction H = default);
