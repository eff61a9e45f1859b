using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Ops;

/// <summary>y[o, k, i] = x[o, index[k], i]: whole slices of <paramref name="Axis"/>. Shapes: x [o…, n, i…], index [k…] → y [o…, k…, i…].</summary>
/// <remarks>Indices are int32 or int64, −n … n − 1; others are refused when the op runs.</remarks>
/// <param name="Axis">The axis of x; negative counts from the end.</param>
public sealed partial record Gather(int Axis = 0) : Op, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        GatherOps.CheckIndex(Name, inputs[1]);
        Shape x = inputs[0].Shape;
        int axis = x.Axis(Axis, Name);
        return [new(inputs[0].Type, [.. x.Span[..axis], .. inputs[1].Shape.Span, .. x.Span[(axis + 1)..]])];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new IntGather(inputs[0].Shape.Axis(Axis, Name));

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Shape x = context.Inputs[0].Shape;
        int axis = x.Axis(Axis, Name);
        return [context.Dy.Apply(new GatherGradient(axis, x[axis]), context.Inputs[1]), null];
    }
}

/// <summary>The adjoint of <see cref="Gather"/>: y[o, index[k], i] += x[o, k, i], from 0. Shapes: x [o…, k…, i…], index [k…] → y [o…, n, i…].</summary>
/// <remarks>The sums run in the order of k, so the result does not depend on the number of threads.</remarks>
/// <param name="Axis">The axis of y, from 0.</param>
/// <param name="Size">n, the size of that axis.</param>
public sealed partial record GatherGradient(int Axis, int Size) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        GatherOps.CheckIndex(Name, inputs[1]);
        (Shape x, Shape index) = (inputs[0].Shape, inputs[1].Shape);
        bool fits = Axis >= 0 && Axis + index.Rank <= x.Rank && x.Span.Slice(Axis, index.Rank).SequenceEqual(index.Span);
        Ensure.Shape(fits, $"GatherGradient: x is {x} and does not hold the indices' shape {index} at axis {Axis}.");
        return [new(inputs[0].Type, [.. x.Span[..Axis], Size, .. x.Span[(Axis + index.Rank)..]])];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new GatherGradientStep(Axis);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(new Gather(Axis), context.Inputs[1]), null];
}

/// <summary>y[o, k, i] = x[o, index[o, k, i], i] along <paramref name="Axis"/>. Shapes: x [o…, n, i…], index [o…, k, i…] → y [o…, k, i…].</summary>
/// <param name="Axis">The axis along which the indices choose; negative counts from the end.</param>
public sealed record GatherElements(int Axis) : Op, IIntegerOp, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        GatherOps.CheckElements(Name, inputs, inputs[0].Shape.Axis(Axis, Name));
        return [new(inputs[0].Type, inputs[1].Shape)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new GatherElementsStep(inputs[0].Shape.Axis(Axis, Name));

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Shape x = context.Inputs[0].Shape;
        int axis = x.Axis(Axis, Name);
        return [context.Dy.Apply(new GatherElementsGradient(axis, x[axis]), context.Inputs[1]), null];
    }

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>The adjoint of <see cref="GatherElements"/>: y[o, index[o, k, i], i] += x[o, k, i], from 0.</summary>
/// <param name="Axis">The axis along which the indices choose, from 0.</param>
/// <param name="Size">The size of that axis of y.</param>
public sealed partial record GatherElementsGradient(int Axis, int Size) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        GatherOps.CheckElements(Name, inputs, inputs[0].Shape.Axis(Axis, Name));
        Ensure.Shape(inputs[0].Shape == inputs[1].Shape, $"{Name}: x is {inputs[0]} and the indices {inputs[1]}; the shapes differ.");
        return [new(inputs[0].Type, inputs[0].Shape.With(Axis, Size))];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new GatherElementsGradientStep(inputs[0].Shape.Axis(Axis, Name));

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(new GatherElements(Axis), context.Inputs[1]), null];
}

/// <summary>What the ops with indices check.</summary>
internal static class GatherOps
{
    public static void CheckIndex(string op, TensorType index) =>
        Ensure.Shape(index.Type is DType.Int32 or DType.Int64, $"{op}: the indices are {index}. Cast them to int32 or int64.");

    public static void CheckElements(string op, ReadOnlySpan<TensorType> inputs, int axis)
    {
        CheckIndex(op, inputs[1]);
        (Shape x, Shape index) = (inputs[0].Shape, inputs[1].Shape);
        bool fits = x.Rank == index.Rank && x.With(axis, 0) == index.With(axis, 0);
        Ensure.Shape(fits, $"{op}: x is {x} and the indices {index}; they differ in more than axis {axis}.");
    }
}

/// <summary>Choosing by indices.</summary>
public static class GatherExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.Gather"/>
        public Tensor Gather(Tensor index, int axis = 0) => x.Apply(new Gather(axis), index);

        /// <inheritdoc cref="Ops.GatherElements"/>
        public Tensor GatherElements(Tensor index, int axis) => x.Apply(new GatherElements(axis), index);
    }
}
