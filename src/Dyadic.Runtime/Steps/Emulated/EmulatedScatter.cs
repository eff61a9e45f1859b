using Dyadic.Kernels;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>The adjoints of gathering as sums in the order of the indices.</summary>
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

    private static ScratchBuffer<int> Targets(in TensorView index, int size, int axis, string kernel)
    {
        ScratchBuffer<int> targets = Scratch.Rent<int>(index.Length);
        for (int k = 0; k < index.Length; k++) targets.Span[k] = Indices.Read(index, k, size, axis, kernel);
        return targets;
    }
}
