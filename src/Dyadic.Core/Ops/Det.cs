using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = det x of each matrix. Shapes: x [b…, n, n] → y [b…].</summary>
/// <remarks>By elimination with the largest pivot of a column, in float64 (Golub and Van Loan, §3.4). It has no gradient.</remarks>
public sealed record Det : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape x = inputs[0].Shape;
        Ensure.Shape(inputs[0].Type is DType.Float32 or DType.Float64 && x.Rank >= 2 && x[^1] == x[^2], $"Det: x is {inputs[0]}; square matrices of float32 or float64 are needed.");
        return [new(inputs[0].Type, [.. x.Span[..^2]])];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => inputs[0].Shape.Product() * inputs[0].Shape[-1].Size;

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new DeterminantStep();
}

/// <summary>Determinants.</summary>
public static class DetExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.Det"/>
        public Tensor Det() => x.Apply(new Det());
    }
}
