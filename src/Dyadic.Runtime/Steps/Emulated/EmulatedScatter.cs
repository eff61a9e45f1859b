using Dyadic.Kernels;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Sums and products by indices, in the order of the indices, and running sums.</summary>
internal static unsafe class EmulatedScatter
{
    public static void Slices(in EmulatedCall call, GatherGradientStep step, in TensorView x, in TensorView index, in TensorView y)
    {
        int axis = step.Axis, size = y.Dims[axis], inner = ConcatStep.AxisBytes(y.Dims, axis + 1, 1);
        using ScratchBuffer<int> targets = Targets(index, size, axis, step.Kernel);
        call.Run(new SliceScatterLoop(y.Length / (size * inner), size, inner, index.Length, targets.Pointer, x.Data, y.Data));
    }

    public static void Elements(in EmulatedCall call, GatherElementsGradientStep step, in TensorView x, in TensorView index, in TensorView y)
    {
        int axis = step.Axis, size = y.Dims[axis], inner = ConcatStep.AxisBytes(y.Dims, axis + 1, 1);
        using ScratchBuffer<int> targets = Targets(index, size, axis, step.Kernel);
        call.Run(new ElementScatterLoop(y.Length / (size * inner), size, inner, index.Dims[axis], targets.Pointer, x.Data, y.Data));
    }

    public static void Planes(in EmulatedCall call, in TensorView x, in TensorView index, in TensorView y)
    {
        int planes = y.Dims[0] * y.Dims[1];
        call.Run(new ElementScatterLoop(planes, y.Length / planes, 1, index.Length / planes, (int*)index.Data, x.Data, y.Data));
    }

    /// <summary>y = x, then y[place] ∘= u, where ∘ is + or ·.</summary>
    public static void Updates(in EmulatedCall call, ScatterElementsStep step, ReadOnlySpan<TensorView> inputs, in TensorView y)
    {
        Scattering.Begin(inputs[0], y);
        using ScratchBuffer<int> places = Scratch.Rent<int>(inputs[2].Length);
        ScatterElementsStep.Places(inputs[1], y.Dims, step.Axis, places.Span, step.Kernel);
        call.Run(new UpdateLoop(step.Reduction, 1, inputs[2].Length, places.Pointer, inputs[2].Data, y.Data));
    }

    /// <inheritdoc cref="Updates(in EmulatedCall, ScatterElementsStep, ReadOnlySpan{TensorView}, in TensorView)"/>
    public static void Updates(in EmulatedCall call, ScatterNDStep step, ReadOnlySpan<TensorView> inputs, in TensorView y)
    {
        Scattering.Begin(inputs[0], y);
        int depth = inputs[1].Dims[^1], inner = ConcatStep.AxisBytes(y.Dims, depth, 1);
        using ScratchBuffer<int> places = Scratch.Rent<int>(inputs[1].Length / depth);
        for (int k = 0; k < places.Span.Length; k++) places.Span[k] = Scattering.Place(inputs[1], k, depth, y.Dims, 0, step.Kernel);
        call.Run(new UpdateLoop(step.Reduction, inner, places.Span.Length, places.Pointer, inputs[2].Data, y.Data));
    }

    public static void Running(in EmulatedCall call, CumulativeSumStep step, in TensorView x, in TensorView y)
    {
        int size = y.Dims[step.Axis], inner = ConcatStep.AxisBytes(y.Dims, step.Axis + 1, 1);
        call.Run(new CumulativeSumLoop(y.Length / (size * inner), size, inner, step.Exclusive, step.Reverse, x.Data, y.Data));
    }

    private static ScratchBuffer<int> Targets(in TensorView index, int size, int axis, string kernel)
    {
        ScratchBuffer<int> targets = Scratch.Rent<int>(index.Length);
        for (int k = 0; k < index.Length; k++) targets.Span[k] = Indices.Read(index, k, size, axis, kernel);
        return targets;
    }
}
