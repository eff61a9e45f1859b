using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y[n, c, at[n, c, i]] += x[n, c, i], elsewhere 0: values added at places of their plane.</summary>
/// <param name="Spatial">The spatial sizes of y.</param>
/// <remarks>Inputs: x [N, C, ..], int32 places of the same shape, each below the product of <paramref name="Spatial"/>.</remarks>
public sealed partial record PlaneScatter(Dims Spatial) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs[0].Shape == inputs[1].Shape && inputs[1].Type == DType.Int32, $"{Name}: the values are {inputs[0]}, the places {inputs[1]}; an int32 place a value is needed.");
        return [new(inputs[0].Type, [.. inputs[0].Shape.Span[..2], .. Spatial.ToArray()])];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new PlaneIndexStep(scatter: true);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(new PlaneGather(), context.Inputs[1]), null];
}

/// <summary>y[n, c, i] = x[n, c, at[n, c, i]]: values read at places of their plane, the transpose of <see cref="PlaneScatter"/>.</summary>
/// <remarks>Inputs: x [N, C, ..], int32 places [N, C, ..], each below the product of x's spatial sizes.</remarks>
public sealed record PlaneGather : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (Shape x, Shape at) = (inputs[0].Shape, inputs[1].Shape);
        Ensure.Shape(inputs[1].Type == DType.Int32 && x.Rank > 2 && at.Rank > 2 && x[0] == at[0] && x[1] == at[1],
            $"{Name}: the values are {inputs[0]}, the places {inputs[1]}; int32 places of the same planes are needed.");
        return [new(inputs[0].Type, at)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new PlaneIndexStep(scatter: false);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) =>
        [context.Dy.Apply(new PlaneScatter(SlidingWindows.Spatial(context.Inputs[0].Shape)), context.Inputs[1]), null];
}
