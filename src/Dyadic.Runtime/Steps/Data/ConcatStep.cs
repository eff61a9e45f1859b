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
        Span<byte> target = Bytes.Of(y);
        int unit = y.Type.Size(), row = AxisBytes(y.Dims, axis, unit), at = 0;   // row: the bytes of y below one outer index
        foreach (TensorView x in inputs)
        {
            Span<byte> source = Bytes.Of(x);
            int part = AxisBytes(x.Dims, axis, unit);
            if (part == 0) continue;
            for (int from = 0, to = at; from < source.Length; from += part, to += row) source.Slice(from, part).CopyTo(target[to..]);
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
        Span<byte> source = Bytes.Of(x);
        int unit = x.Type.Size(), row = ConcatStep.AxisBytes(x.Dims, axis, unit), at = 0;
        foreach (TensorView y in outputs)
        {
            Span<byte> target = Bytes.Of(y);
            int part = ConcatStep.AxisBytes(y.Dims, axis, unit);
            if (part == 0) continue;
            for (int from = at, to = 0; to < target.Length; from += row, to += part) source.Slice(from, part).CopyTo(target[to..]);
            at += part;
        }
    }

    internal override Step InChannelsLast(int rank) => new SplitStep(ChannelsLast.Axis(axis, rank));
}
