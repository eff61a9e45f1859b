using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = eˣ.</summary>
public sealed record Exp : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Exp);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * y;
}

/// <summary>Exponentials.</summary>
public static class ExpExtensions
{
    extension(Tensor x)
    {
        /// <summary>eˣ, element by element.</summary>
        public Tensor Exp() => x.Apply(new Exp());
    }
}
