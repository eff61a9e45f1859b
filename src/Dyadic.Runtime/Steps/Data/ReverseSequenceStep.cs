using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y[t, b, …] = x[lengths[b] − 1 − t, b, …] for t below lengths[b], else x[t, b, …]; any element type. Inputs x and int32 or int64 lengths.</summary>
/// <param name="timeFirst">Whether time is axis 0 and the batch axis 1, or the other way round.</param>
public sealed class ReverseSequenceStep(bool timeFirst) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "reverse_sequence";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView y) = (inputs[0], outputs[0]);
        if (y.Length == 0) return;
        int rows = x.Dims[0], columns = x.Dims[1], time = timeFirst ? rows : columns, line = y.Length / (rows * columns) * y.Type.Size();
        ReadOnlySpan<byte> from = Bytes.Of(x);
        Span<byte> to = Bytes.Of(y);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                (int t, int b) = timeFirst ? (r, c) : (c, r);
                long length = inputs[1].Type == DType.Int64 ? inputs[1].Span<long>()[b] : inputs[1].Span<int>()[b];
                if (length < 0 || length > time) throw new ShapeException($"ReverseSequence: the length {length} of sequence {b} is outside 0 … {time}.");
                int source = t < length ? (int)length - 1 - t : t, at = timeFirst ? (source * columns) + b : (b * columns) + source;
                from.Slice(at * line, line).CopyTo(to.Slice(((r * columns) + c) * line, line));
            }
    }
}
