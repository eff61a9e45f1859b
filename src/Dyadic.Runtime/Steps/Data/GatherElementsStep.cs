using System.Numerics;
using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y[o, k, i] = x[o, index[o, k, i], i]: one element for each index; any element type.</summary>
/// <param name="axis">The axis along which the indices choose, from 0.</param>
public sealed class GatherElementsStep(int axis) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "gather_elements";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        Span<byte> x = Bytes.Of(inputs[0]), y = Bytes.Of(outputs[0]);
        switch (inputs[0].Type.Size())
        {
            case 1: Pick(x, inputs, y); break;
            case 2: Pick(MemoryMarshal.Cast<byte, short>(x), inputs, MemoryMarshal.Cast<byte, short>(y)); break;
            case 4: Pick(MemoryMarshal.Cast<byte, int>(x), inputs, MemoryMarshal.Cast<byte, int>(y)); break;
            default: Pick(MemoryMarshal.Cast<byte, long>(x), inputs, MemoryMarshal.Cast<byte, long>(y)); break;
        }
    }

    private void Pick<T>(ReadOnlySpan<T> x, ReadOnlySpan<TensorView> inputs, Span<T> y)
    {
        int size = inputs[0].Dims[axis], count = inputs[1].Dims[axis], inner = ConcatStep.AxisBytes(inputs[0].Dims, axis + 1, 1);
        for (int k = 0; k < y.Length; k++)
        {
            int chosen = Indices.Read(inputs[1], k, size, axis, Kernel);
            y[k] = x[Place(k, count, size, inner, chosen)];
        }
    }

    /// <summary>Where element <paramref name="k"/> of [outer, count, inner] lies in [outer, size, inner] when its middle index becomes <paramref name="chosen"/>.</summary>
    internal static int Place(int k, int count, int size, int inner, int chosen) => (((k / (count * inner) * size) + chosen) * inner) + (k % inner);
}

/// <summary>The adjoint of <see cref="GatherElementsStep"/>: y[o, index[o, k, i], i] += x[o, k, i], from 0, in row-major order.</summary>
/// <param name="axis">The axis along which the indices choose, from 0.</param>
public sealed class GatherElementsGradientStep(int axis) : Step
{
    internal int Axis => axis;

    /// <inheritdoc/>
    public override string Kernel => "gather_elements_gradient";

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
        int size = y.Dims[axis], count = inputs[1].Dims[axis], inner = ConcatStep.AxisBytes(y.Dims, axis + 1, 1);
        for (int k = 0; k < source.Length; k++)
            target[GatherElementsStep.Place(k, count, size, inner, Indices.Read(inputs[1], k, size, axis, Kernel))] += source[k];
    }
}
