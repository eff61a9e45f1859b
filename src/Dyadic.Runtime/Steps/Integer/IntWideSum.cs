using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = clamp(⌊Σᵢ (xᵢ − zᵢ)·Mᵢ·2⁻ˢ⌉ + z_y, lo, hi): terms of 8 or 16 bits that become one value of 8 or 16 bits; equation (18).</summary>
/// <remarks>A term is as long as y, or has the last dimensions of y and repeats.</remarks>
/// <param name="scales">Sᵢ/S_y of each.</param>
/// <param name="from">The format of each.</param>
/// <param name="to">Format of y; its range is the fused clamp.</param>
public sealed class IntWideSum(DyadicScale[] scales, IntFormat[] from, IntFormat to) : IntStep
{
    private readonly LineSum _sum = new(scales, [.. from.Select(f => f.Checked(wide: true))], to);

    /// <inheritdoc/>
    public override string Kernel { get; } = $"sum_{string.Join('_', from.Select(f => f.Name))}_{to.Name}";

    /// <inheritdoc/>
    public override unsafe void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        int[] values = new int[inputs.Length];
        for (int i = 0; i < outputs[0].Length; i++)
        {
            for (int t = 0; t < values.Length; t++) values[t] = from[t].Read(inputs[t].Data, i % inputs[t].Length) - from[t].Zero;
            to.Write(outputs[0].Data, i, _sum.Of(values));
        }
    }

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        nint* terms = stackalloc nint[inputs.Length];
        int* lengths = stackalloc int[inputs.Length];
        for (int t = 0; t < inputs.Length; t++) (terms[t], lengths[t]) = ((nint)inputs[t].Data, inputs[t].Length);
        _sum.Run(terms, lengths, outputs[0].Data, outputs[0].Length, in mode);
    }
}
