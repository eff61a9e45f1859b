using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y = the inputs one after another along an axis; any element type.</summary>
/// <param name="axis">The axis, from 0.</param>
public sealed class ConcatStep(int axis) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "concat";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView y = outputs[0];
        int row = AxisBytes(y.Dims, axis, 1), at = 0;   // row: the elements of y below one outer index
        foreach (TensorView x in inputs)
        {
            int part = AxisBytes(x.Dims, axis, 1);
            if (part == 0) continue;
            StridedCopy.Copy(Bytes.Of(x), 0, [part, 1], Bytes.Of(y), at, [row, 1], [x.Length / part, part], y.Type.Size(), mode.Threads);
            at += part;
        }
    }

    internal override Step InChannelsLast(int rank) => new ConcatStep(ChannelsLast.Axis(axis, rank));

    /// <summary>The bytes of the axis and all axes within it.</summary>
    internal static int AxisBytes(ReadOnlySpan<int> dims, int axis, int unit)
    {
        foreach (int d in dims[axis..]) unit *= d;
        return unit;
    }
}

/// <summary>The outputs are consecutive parts of x along an axis; any element type.</summary>
/// <param name="axis">The axis, from 0.</param>
public sealed class SplitStep(int axis) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "split";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0];
        int row = ConcatStep.AxisBytes(x.Dims, axis, 1), at = 0;
        foreach (TensorView y in outputs)
        {
            int part = ConcatStep.AxisBytes(y.Dims, axis, 1);
            if (part == 0) continue;
            StridedCopy.Copy(Bytes.Of(x), at, [row, 1], Bytes.Of(y), 0, [part, 1], [y.Length / part, part], x.Type.Size(), mode.Threads);
            at += part;
        }
    }

    internal override Step InChannelsLast(int rank) => new SplitStep(ChannelsLast.Axis(axis, rank));
}
