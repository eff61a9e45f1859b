namespace Dyadic.Runtime.Steps.Float;

/// <summary>The functions of <see cref="UnaryStep"/>; α and β are its constants.</summary>
public enum UnaryFunction
{
    /// <summary>eˣ.</summary>
    Exp,

    /// <summary>ln x.</summary>
    Log,

    /// <summary>√x.</summary>
    Sqrt,

    /// <summary>|x|.</summary>
    Abs,

    /// <summary>−x.</summary>
    Neg,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x where x ≥ 0, α·x elsewhere.</summary>
    LeakyRelu,

    /// <summary>min(max(x, α), β).</summary>
    Clip,

    /// <summary>1/(1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>erf x = 2/√π·∫₀ˣ exp(−t²) dt.</summary>
    Erf,

    /// <summary>x·Φ(x), Φ the normal distribution function.</summary>
    Gelu,

    /// <summary>½x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).</summary>
    GeluTanh,

    /// <summary>1/x.</summary>
    Reciprocal,

    /// <summary>−1, 0 or 1 like the sign of x.</summary>
    Sign,

    /// <summary>⌊x⌋.</summary>
    Floor,

    /// <summary>⌈x⌉.</summary>
    Ceil,

    /// <summary>The nearest integer, ties to even.</summary>
    Round,

    /// <summary>ln(1 + eˣ).</summary>
    Softplus,

    /// <summary>sin x.</summary>
    Sin,

    /// <summary>cos x.</summary>
    Cos,

    /// <summary>tan x.</summary>
    Tan,

    /// <summary>arcsin x.</summary>
    Asin,

    /// <summary>arccos x.</summary>
    Acos,

    /// <summary>arctan x.</summary>
    Atan,

    /// <summary>sinh x.</summary>
    Sinh,

    /// <summary>cosh x.</summary>
    Cosh,

    /// <summary>arsinh x.</summary>
    Asinh,

    /// <summary>arcosh x.</summary>
    Acosh,

    /// <summary>artanh x.</summary>
    Atanh,
}
