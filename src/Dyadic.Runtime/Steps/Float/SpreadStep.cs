using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y[i₀, i₁, …] = x[Σ iₐ·strideₐ]: values repeated along some axes; any element type.</summary>
/// <param name="strides">The step in x along each axis of y, in elements; 0 along repeated axes.</param>
public sealed unsafe class SpreadStep(int[] strides) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "spread";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0], y = outputs[0];
        int unit = y.Type.Size();
        StridedCopy.Gather(new(x.Data, x.Length * unit), 0, y.Dims, strides, new(y.Data, y.Length * unit), unit);
    }
}
