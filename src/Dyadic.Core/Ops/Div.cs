using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = a/b. Integers truncate towards zero.</summary>
public sealed partial record Div : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(BinaryFunction.Divide);

    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) =>
        (needsA ? dy / b : null, needsB ? -(dy * y) / b : null);
}

/// <summary>Quotients of tensors.</summary>
public static class DivExtensions
{
    extension(Tensor)
    {
        /// <summary>a / b, with broadcasting.</summary>
        public static Tensor operator /(Tensor a, Tensor b) => a.Apply(new Div(), b);

        /// <summary>a / s, with s rounded to a's element type.</summary>
        public static Tensor operator /(Tensor a, double s) => a.Apply(new Div(), Tensor.Scalar(s, a.Type));

        /// <summary>s / b, with s rounded to b's element type.</summary>
        public static Tensor operator /(double s, Tensor b) => Tensor.Scalar(s, b.Type).Apply(new Div(), b);
    }
}
