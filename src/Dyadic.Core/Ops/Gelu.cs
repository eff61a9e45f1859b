using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = x·Φ(x), Φ the normal distribution function; or its approximation ½x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).</summary>
/// <param name="Approximate">The tanh form, as <c>approximate="tanh"</c> of ONNX.</param>
/// <remarks>Hendrycks and Gimpel 2016.</remarks>
public sealed record Gelu(bool Approximate = false) : UnaryOp, IElementFunction
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) => FunctionTable.Run(this, call);

    private const double TwiceRoot = 1.5957691216057308;     // 2·√(2/π)

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(Approximate ? UnaryFunction.GeluTanh : UnaryFunction.Gelu);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * (Approximate ? ApproximateSlope(x) : Slope(x));

    private protected override Op? FusedGradient => Approximate ? null : new GeluGradient();

    // Φ(x) + x·φ(x)
    private static Tensor Slope(Tensor x)
    {
        Tensor phi = (x * x * -0.5).Exp() * 0.39894228040143268;
        return ((x * 0.70710678118654752).Erf() + 1) * 0.5 + x * phi;
    }

    // With s = σ(u), u = 2√(2/π)·(x + 0.044715·x³): y = x·s, dy/dx = s + x·s·(1 − s)·u′.
    private static Tensor ApproximateSlope(Tensor x)
    {
        Tensor x2 = x * x, s = (x * (x2 * (0.044715 * TwiceRoot) + TwiceRoot)).Sigmoid();
        return s + x * (s * (1 - s)) * (x2 * (3 * 0.044715 * TwiceRoot) + TwiceRoot);
    }
}

/// <summary>(x, dy) → dy·(Φ(x) + x·φ(x)): the gradient of <see cref="Gelu"/> in one step.</summary>
/// <remarks>For gradients that are not differentiated again; those that are consist of tensor ops.</remarks>
internal sealed record GeluGradient : Op, ISlopeOp
{
    Tensor? ISlopeOp.Run(IntegerCall call) => FunctionTable.Gradient(this, call);

    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Contractions.Inputs(2, inputs, Name);
        Ensure.Shape(inputs[1] == inputs[0], $"{Name}: dy is {inputs[1]}, y is {inputs[0]}.");
        return [inputs[0]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new GeluGradientStep();
}

/// <summary>Gaussian error linear units.</summary>
public static class GeluExtensions
{
    extension(Tensor x)
    {
        /// <summary>x·Φ(x), or its tanh approximation.</summary>
        public Tensor Gelu(bool approximate = false) => x.Apply(new Gelu(approximate));
    }
}
