using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = |x|; the gradient at 0 is 0.</summary>
public sealed partial record Abs : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Abs);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * x.Sign();
}

/// <summary>Absolute values.</summary>
public static class AbsExtensions
{
    extension(Tensor x)
    {
        /// <summary>|x|, element by element.</summary>
        public Tensor Abs() => x.Apply(new Abs());
    }
}
