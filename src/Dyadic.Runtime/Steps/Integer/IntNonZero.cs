using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = 1 where x is not 0, else 0: integers of any size, or Bool, to Bool; the mask that a tokeniser gives.</summary>
public sealed class IntNonZero : IntStep
{
    /// <inheritdoc/>
    public override string Kernel => "nonzero";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        ReadOnlySpan<byte> x = Bytes.Of(inputs[0]);
        Span<byte> y = Bytes.Of(outputs[0]);
        int size = inputs[0].Type.Size();
        for (int i = 0; i < y.Length; i++)
        {
            int any = 0;
            for (int b = 0; b < size; b++) any |= x[(i * size) + b];
            y[i] = any != 0 ? (byte)1 : (byte)0;
        }
    }

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) => RunReference(inputs, outputs);
}
