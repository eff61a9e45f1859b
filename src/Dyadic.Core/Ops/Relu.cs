using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = max(x, 0); the gradient at 0 is 0.</summary>
public sealed partial record Relu : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Relu);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => x.Apply(new LeakyReluGradient(0), dy);
}

/// <summary>Rectifiers.</summary>
public static class ReluExtensions
{
    extension(Tensor x)
    {
        /// <summary>max(x, 0), element by element.</summary>
        public Tensor Relu() => x.Apply(new Relu());
    }
}
