using System.Numerics;
using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y = the size of an axis of x, Int64.</summary>
/// <param name="axis">The axis, from 0.</param>
public sealed class SizeStep(int axis) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "size";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) => outputs[0].Span<long>()[0] = inputs[0].Dims[axis];
}

/// <summary>y = 0, 1, …, Int64.</summary>
public sealed class PositionsStep : Step
{
    /// <inheritdoc/>
    public override string Kernel => "positions";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        Span<long> y = outputs[0].Span<long>();
        for (int i = 0; i < y.Length; i++) y[i] = i;
    }
}

/// <summary>y[i] = start + i·delta; inputs start, limit (which the size of y follows from) and delta, one element each; every numeric type but bfloat16.</summary>
public sealed class RangeStep : Step
{
    /// <inheritdoc/>
    public override string Kernel => "range";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) =>
        TypedBody.Run(outputs[0].Type, new Body(inputs[0], inputs[2], outputs[0]), Kernel);

    private readonly ref struct Body(TensorView start, TensorView delta, TensorView y) : ITypedBody
    {
        public unsafe void Run<T>() where T : unmanaged, INumber<T>
        {
            T first = *(T*)start.Data, step = *(T*)delta.Data;
            Span<T> target = y.Span<T>();
            for (int i = 0; i < target.Length; i++) target[i] = first + (T.CreateTruncating(i) * step);
        }
    }
}
