using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>The adjoint of <see cref="IntGather"/>: y[o, index[k], i] += x[o, k, i], from 0, in order of k; any numeric element type.</summary>
/// <param name="axis">The axis of y, from 0.</param>
public sealed class GatherGradientStep(int axis) : Step
{
    internal int Axis => axis;

    /// <inheritdoc/>
    public override string Kernel => "gather_gradient";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        switch (outputs[0].Type)
        {
            case DType.Float32: Add<float>(inputs, outputs[0]); break;
            case DType.Float64: Add<double>(inputs, outputs[0]); break;
            case DType.Float16: Add<Half>(inputs, outputs[0]); break;
            case DType.Int32: Add<int>(inputs, outputs[0]); break;
            case DType.Int64: Add<long>(inputs, outputs[0]); break;
            default: throw new PlanException($"{Kernel}: sums of {outputs[0].Type} are not supported. Cast to float32 first.");
        }
    }

    private void Add<T>(ReadOnlySpan<TensorView> inputs, in TensorView y) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> source = inputs[0].Span<T>();
        Span<T> target = y.Span<T>();
        target.Clear();
        int size = y.Dims[axis], inner = ConcatStep.AxisBytes(y.Dims, axis + 1, 1), count = inputs[1].Length;
        for (int k = 0; k < count; k++)
        {
            int i = Indices.Read(inputs[1], k, size, axis, Kernel);
            for (int from = k * inner, to = i * inner; to < target.Length; from += count * inner, to += size * inner)
            {
                Span<T> line = target.Slice(to, inner);
                System.Numerics.Tensors.TensorPrimitives.Add(line, source.Slice(from, inner), line);
            }
        }
    }
}

/// <summary>Reads int32 or int64 indices.</summary>
internal static class Indices
{
    /// <summary>Index <paramref name="k"/> as a number from 0 to size − 1; negative ones count from the end.</summary>
    public static int Read(in TensorView index, int k, int size, int axis, string kernel)
    {
        long i = index.Type == DType.Int32 ? index.Span<int>()[k] : index.Span<long>()[k];
        if (i >= size || i < -(long)size)
            throw new ShapeException($"{kernel}: index {i} (number {k}) is outside axis {axis} of size {size}. Use −{size} … {size - 1}.");
        return (int)(i < 0 ? i + size : i);
    }
}
