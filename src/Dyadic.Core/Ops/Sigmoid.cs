using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = 1/(1 + e⁻ˣ).</summary>
public sealed record Sigmoid : UnaryOp, IElementFunction
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) => FunctionTable.Run(this, call);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Sigmoid);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * (y * (1 - y));
}

/// <summary>Logistic functions.</summary>
public static class SigmoidExtensions
{
    extension(Tensor x)
    {
        /// <summary>1/(1 + e⁻ˣ), element by element.</summary>
        public Tensor Sigmoid() => x.Apply(new Sigmoid());
    }
}
