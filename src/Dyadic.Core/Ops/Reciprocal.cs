using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = 1/x.</summary>
public sealed record Reciprocal : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Reciprocal);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => -(dy * (y * y));
}

/// <summary>Reciprocals.</summary>
public static class ReciprocalExtensions
{
    extension(Tensor x)
    {
        /// <summary>1/x, element by element.</summary>
        public Tensor Reciprocal() => x.Apply(new Reciprocal());
    }
}
