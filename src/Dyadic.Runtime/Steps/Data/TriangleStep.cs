using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y = x on and above (or below) a diagonal of the last two axes, 0 elsewhere; any element type.</summary>
/// <param name="upper">What lies above the diagonal stays, else what lies below.</param>
/// <param name="diagonal">How far the diagonal lies to the right of the main one.</param>
public sealed class TriangleStep(bool upper, long diagonal) : Step
{
    /// <inheritdoc/>
    public override string Kernel => upper ? "triangle_upper" : "triangle_lower";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView y = outputs[0];
        int rows = y.Dims[^2], columns = y.Dims[^1], unit = y.Type.Size();
        if (y.Length == 0) return;
        Span<byte> target = Bytes.Of(y);
        Bytes.Of(inputs[0]).CopyTo(target);
        for (int line = 0; line < y.Length / columns; line++)
        {
            int edge = (int)Math.Clamp(line % rows + diagonal + (upper ? 0 : 1), 0, columns);       // the first column of the upper, past the last of the lower part
            Span<byte> row = target.Slice(line * columns * unit, columns * unit);
            (upper ? row[..(edge * unit)] : row[(edge * unit)..]).Clear();
        }
    }
}
