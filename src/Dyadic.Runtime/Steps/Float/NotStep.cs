using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = 1 − x on the bytes 0 and 1 of Bool.</summary>
public sealed class NotStep : Step
{
    /// <inheritdoc/>
    public override string Kernel => "not";

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    internal override Step InChannelsLast(int rank) => this;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        ReadOnlySpan<bool> x = inputs[0].Span<bool>();
        Span<bool> y = outputs[0].Span<bool>();
        for (int i = 0; i < y.Length; i++) y[i] = !x[i];
    }
}
