using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = the smaller of a and b; NaN when one is NaN. Where both are equal the gradient goes to a.</summary>
public sealed record Min : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(BinaryFunction.Minimum);

    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) =>
        MinMaxExtensions.Choose(a.LessOrEqual(b), dy, needsA, needsB);
}

/// <summary>y = the larger of a and b; NaN when one is NaN. Where both are equal the gradient goes to a.</summary>
public sealed record Max : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(BinaryFunction.Maximum);

    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) =>
        MinMaxExtensions.Choose(a.GreaterOrEqual(b), dy, needsA, needsB);
}

/// <summary>Element-wise minimum and maximum.</summary>
public static class MinMaxExtensions
{
    extension(Tensor a)
    {
        /// <summary>The smaller of a and b, element by element, with broadcasting.</summary>
        public Tensor Min(Tensor b) => a.Apply(new Min(), b);

        /// <summary>The larger of a and b, element by element, with broadcasting.</summary>
        public Tensor Max(Tensor b) => a.Apply(new Max(), b);
    }

    // (dy where first, dy elsewhere), zeros on the other side.
    internal static (Tensor? First, Tensor? Second) Choose(Tensor first, Tensor dy, bool needsA, bool needsB)
    {
        Tensor zero = Tensor.Scalar(0, dy.Type);
        return (needsA ? first.Where(dy, zero) : null, needsB ? first.Where(zero, dy) : null);
    }
}
