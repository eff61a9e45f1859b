using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y[o, k, i] = x[o, index[k], i]: whole slices along an axis, chosen by int32 or int64 indices; any element type.</summary>
/// <param name="axis">The axis of x, from 0.</param>
public sealed class IntGather(int axis) : IntStep
{
    /// <inheritdoc/>
    public override string Kernel => "gather";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        (TensorView x, TensorView index) = (inputs[0], inputs[1]);
        int size = x.Dims[axis], inner = ConcatStep.AxisBytes(x.Dims, axis + 1, 1), count = index.Length, bytes = x.Type.Size();
        for (int at = 0; at < outputs[0].Length; at++)
        {
            int outer = at / (count * inner), k = at / inner % count, i = at % inner;
            int from = ((outer * size) + Indices.Read(index, k, size, axis, Kernel)) * inner + i;
            Bytes.Of(x).Slice(from * bytes, bytes).CopyTo(Bytes.Of(outputs[0])[(at * bytes)..]);
        }
    }

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView index) = (inputs[0], inputs[1]);
        Span<byte> source = Bytes.Of(x), target = Bytes.Of(outputs[0]);
        int size = x.Dims[axis], inner = ConcatStep.AxisBytes(x.Dims, axis + 1, x.Type.Size()), count = index.Length;
        for (int k = 0; k < count; k++)
        {
            int i = Indices.Read(index, k, size, axis, Kernel);
            for (int from = i * inner, to = k * inner; to < target.Length; from += size * inner, to += count * inner)
                source.Slice(from, inner).CopyTo(target[to..]);
        }
    }
}
