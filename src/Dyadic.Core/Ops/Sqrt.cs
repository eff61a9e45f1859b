using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = √x.</summary>
public sealed record Sqrt : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Sqrt);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * 0.5 / y;
}

/// <summary>Square roots.</summary>
public static class SqrtExtensions
{
    extension(Tensor x)
    {
        /// <summary>√x, element by element.</summary>
        public Tensor Sqrt() => x.Apply(new Sqrt());
    }
}
