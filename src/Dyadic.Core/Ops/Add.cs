using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = a + b.</summary>
public sealed partial record Add : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(BinaryFunction.Add);

    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) =>
        (dy, dy);
}

/// <summary>Sums of tensors.</summary>
public static class AddExtensions
{
    extension(Tensor)
    {
        /// <summary>a + b, with broadcasting.</summary>
        public static Tensor operator +(Tensor a, Tensor b) => a.Apply(new Add(), b);

        /// <summary>a + s, with s rounded to a's element type.</summary>
        public static Tensor operator +(Tensor a, double s) => a.Apply(new Add(), Tensor.Scalar(s, a.Type));

        /// <summary>s + b, with s rounded to b's element type.</summary>
        public static Tensor operator +(double s, Tensor b) => Tensor.Scalar(s, b.Type).Apply(new Add(), b);
    }
}
