using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = ln x.</summary>
public sealed record Log : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Log);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy / x;
}

/// <summary>Natural logarithms.</summary>
public static class LogExtensions
{
    extension(Tensor x)
    {
        /// <summary>ln x, element by element.</summary>
        public Tensor Log() => x.Apply(new Log());
    }
}
