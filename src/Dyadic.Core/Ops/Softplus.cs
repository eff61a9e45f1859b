using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = ln(1 + eˣ).</summary>
public sealed record Softplus : UnaryOp, IElementFunction
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) => FunctionTable.Run(this, call);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Softplus);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * x.Sigmoid();
}

/// <summary>Smooth rectifiers.</summary>
public static class SoftplusExtensions
{
    extension(Tensor x)
    {
        /// <summary>ln(1 + eˣ), element by element.</summary>
        public Tensor Softplus() => x.Apply(new Softplus());
    }
}
