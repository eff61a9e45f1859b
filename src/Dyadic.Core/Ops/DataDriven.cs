using Dyadic.Arithmetics;
using Dyadic.Kernels;

namespace Dyadic.Ops;

/// <summary>An op of which an attribute is a vector of data.</summary>
public abstract record DynamicOp : DataDrivenOp, IStringOp
{
    private protected static int[] Numbers(Tensor x) => [.. x.Cast(DType.Int64).ToArray<long>().Select(v => (int)Math.Clamp(v, int.MinValue, int.MaxValue))];

    private protected void CheckVector(TensorType input, int length, string what) => Ensure.Shape(
        input.Type is DType.Int32 or DType.Int64 && input.Shape.Rank == 1 && (!input.Shape[0].IsKnown || input.Shape[0].Size == length), $"{Name}: {what} are {input}; {length} integers are needed.");
}

/// <summary>y = x in the shape that a vector holds: 0 keeps a size, −1 is what is left. Inputs: x, the vector.</summary>
/// <param name="Target">The shape of y as far as it is known; symbols for the other sizes.</param>
/// <param name="AllowZero">0 is a size like others.</param>
public sealed record DynamicReshape(Shape Target, bool AllowZero = false) : DynamicOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        CheckVector(inputs[1], Target.Rank, "the sizes");
        return [new(inputs[0].Type, Target)];
    }

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) =>
        [Numbers(inputs[1]) is var sizes && AllowZero && sizes.Contains(0) ? inputs[0].Reshape(Shape.Of(sizes)) : inputs[0].Reshape(sizes)];
}

/// <summary>y = x, repeated to the shape that x and a vector broadcast to. Inputs: x, the vector.</summary>
/// <param name="Length">The length of the vector.</param>
/// <param name="Target">The shape of y as far as it is known; symbols for the other sizes.</param>
public sealed record DynamicExpand(int Length, Shape Target) : DynamicOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        CheckVector(inputs[1], Length, "the sizes");
        return [new(inputs[0].Type, Target)];
    }

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) =>
        [inputs[0].Expand(Shape.Broadcast(inputs[0].Shape, Shape.Of(Numbers(inputs[1])), Name))];
}

/// <summary>y[i] = x[start + i·step] along some axes, up to but without end; which, data say. Inputs: x, starts, ends and, if asked, steps, one number for each axis.</summary>
/// <param name="Axes">The sliced axes.</param>
/// <param name="HasSteps">Steps are given, else they are 1.</param>
/// <param name="Label">Names the sizes of y along these axes.</param>
public sealed record DynamicSlice(Dims Axes, bool HasSteps, string Label) : DynamicOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        CheckVector(inputs[1], Axes.Count, "the starts");
        CheckVector(inputs[2], Axes.Count, "the ends");
        if (HasSteps) CheckVector(inputs[3], Axes.Count, "the steps");
        Shape y = inputs[0].Shape;
        foreach (int axis in Axes) y = y.With(y.Axis(axis, Name), Dim.Symbol($"{Label}.{axis}"));
        return [new(inputs[0].Type, y)];
    }

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) =>
        [inputs[0].Apply(new Slice([.. Numbers(inputs[1])], [.. Numbers(inputs[2])], Axes, HasSteps ? [.. Numbers(inputs[3])] : []))];
}
