using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = tanh x.</summary>
public sealed record Tanh : UnaryOp, IElementFunction
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) => FunctionTable.Run(this, call);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Tanh);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * (1 - y * y);
}

/// <summary>Hyperbolic tangents.</summary>
public static class TanhExtensions
{
    extension(Tensor x)
    {
        /// <summary>tanh x, element by element.</summary>
        public Tensor Tanh() => x.Apply(new Tanh());
    }
}
