using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = a·b.</summary>
public sealed partial record Mul : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(BinaryFunction.Multiply);

    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) =>
        (needsA ? dy * b : null, needsB ? dy * a : null);
}

/// <summary>Products of tensors, element by element.</summary>
public static class MulExtensions
{
    extension(Tensor)
    {
        /// <summary>a * b, with broadcasting.</summary>
        public static Tensor operator *(Tensor a, Tensor b) => a.Apply(new Mul(), b);

        /// <summary>a * s, with s rounded to a's element type.</summary>
        public static Tensor operator *(Tensor a, double s) => a.Apply(new Mul(), Tensor.Scalar(s, a.Type));

        /// <summary>s * b, with s rounded to b's element type.</summary>
        public static Tensor operator *(double s, Tensor b) => Tensor.Scalar(s, b.Type).Apply(new Mul(), b);
    }
}
