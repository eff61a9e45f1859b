using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y = x broadcast against <paramref name="Target"/>: axes of size 1 repeat, missing leading axes appear; a view of the same memory.</summary>
/// <param name="Target">The shape to broadcast with; 1 keeps the dimension of x.</param>
public sealed record Expand(Shape Target) : Op, IIntegerOp, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [new(inputs[0].Type, Shape.Broadcast(inputs[0].Shape, Target, Name))];

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new ExpandStep();

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        Tensor x = inputs[0];
        Shape shape = Shape.Broadcast(x.Shape, Target, Name);
        int added = shape.Rank - x.Rank;
        int[] strides = new int[shape.Rank];
        for (int axis = 0; axis < x.Rank; axis++) strides[added + axis] = x.Shape[axis] == 1 ? 0 : x.Strides[axis];
        return [x.Restride(shape, strides)];
    }

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.SumTo(context.Inputs[0].Shape)];

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>Repetition without copies.</summary>
public static class ExpandExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.Expand"/>
        public Tensor Expand(Shape target) => x.Shape == target ? x : x.Apply(new Expand(target));

        /// <inheritdoc cref="Ops.Expand"/>
        public Tensor Expand(params ReadOnlySpan<int> target) => x.Expand(Shape.Of(target));
    }
}
