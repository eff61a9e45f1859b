using Dyadic.Kernels;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y = x with other dimensions (reshape, flatten, squeeze, unsqueeze, contiguous); any element type. In place where the plan allows it.</summary>
/// <param name="kernel">The name in listings.</param>
public sealed class CopyStep(string kernel) : Step
{
    /// <inheritdoc/>
    public override string Kernel => kernel;

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (inputs[0].Data != outputs[0].Data) Bytes.Of(inputs[0]).CopyTo(Bytes.Of(outputs[0]));
    }
}
