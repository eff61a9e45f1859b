using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = the index (Int64) of an extreme x along an axis, which vanishes or stays with size 1; NaN counts as the most extreme.</summary>
/// <param name="Axis">The axis; negative ones count from the end.</param>
/// <param name="KeepDims">The axis stays with size 1.</param>
/// <param name="SelectLast">Of equal values the last one, not the first.</param>
public abstract record ArgOp(int Axis, bool KeepDims, bool SelectLast) : Op
{
    /// <summary>The largest or the smallest.</summary>
    protected abstract bool Largest { get; }

    /// <inheritdoc/>
    public sealed override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public sealed override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape shape = inputs[0].Shape;
        int axis = shape.Axis(Axis, Name);
        return [new(DType.Int64, KeepDims ? shape.With(axis, 1) : [.. shape.Span[..axis], .. shape.Span[(axis + 1)..]])];
    }

    /// <inheritdoc/>
    public sealed override Step Lower(ReadOnlySpan<TensorType> inputs) => new ArgStep(inputs[0].Shape.Axis(Axis, Name), Largest, SelectLast);
}

/// <summary>y = the index of the largest x along an axis.</summary>
/// <param name="Axis">The axis; negative ones count from the end.</param>
/// <param name="KeepDims">The axis stays with size 1.</param>
/// <param name="SelectLast">Of equal values the last one, not the first.</param>
public sealed record ArgMax(int Axis, bool KeepDims, bool SelectLast) : ArgOp(Axis, KeepDims, SelectLast)
{
    /// <inheritdoc/>
    protected override bool Largest => true;
}

/// <summary>y = the index of the smallest x along an axis.</summary>
/// <param name="Axis">The axis; negative ones count from the end.</param>
/// <param name="KeepDims">The axis stays with size 1.</param>
/// <param name="SelectLast">Of equal values the last one, not the first.</param>
public sealed record ArgMin(int Axis, bool KeepDims, bool SelectLast) : ArgOp(Axis, KeepDims, SelectLast)
{
    /// <inheritdoc/>
    protected override bool Largest => false;
}

/// <summary>Indices of extremes.</summary>
public static class ArgExtensions
{
    extension(Tensor x)
    {
        /// <summary>The index of the largest x along <paramref name="axis"/>, as Int64.</summary>
        public Tensor ArgMax(int axis, bool keepDims = false, bool selectLast = false) => x.Apply(new ArgMax(axis, keepDims, selectLast));

        /// <summary>The index of the smallest x along <paramref name="axis"/>, as Int64.</summary>
        public Tensor ArgMin(int axis, bool keepDims = false, bool selectLast = false) => x.Apply(new ArgMin(axis, keepDims, selectLast));
    }
}
