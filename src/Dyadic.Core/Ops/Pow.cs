using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = aᵇ.</summary>
public sealed record Pow : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(BinaryFunction.Power);

    // da = dy·b·aᵇ⁻¹, db = dy·y·ln a (for a > 0).
    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) =>
        (needsA ? dy * (b * a.Pow(b - 1)) : null, needsB ? dy * (y * a.Log()) : null);
}

/// <summary>Powers of tensors.</summary>
public static class PowExtensions
{
    extension(Tensor a)
    {
        /// <summary>aᵇ, element by element, with broadcasting.</summary>
        public Tensor Pow(Tensor b) => a.Apply(new Pow(), b);

        /// <summary>aᵇ, element by element.</summary>
        public Tensor Pow(double b) => a.Apply(new Pow(), Tensor.Scalar(b, a.Type));
    }
}
