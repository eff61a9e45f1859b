using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = −x; integers wrap.</summary>
public sealed partial record Neg : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Neg);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => -dy;
}

/// <summary>Negation.</summary>
public static class NegExtensions
{
    extension(Tensor)
    {
        /// <summary>−x, element by element.</summary>
        public static Tensor operator -(Tensor x) => x.Apply(new Neg());
    }
}
