using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>What padding is filled with.</summary>
public enum PadMode
{
    /// <summary>A given value.</summary>
    Constant,

    /// <summary>The input mirrored at its first and last element, which are not repeated: c b | a b c | b a.</summary>
    Reflect,

    /// <summary>The first or last element: a a | a b c | c c.</summary>
    Edge,
}

/// <summary>y[i] = x[i − before] inside x; outside a value, the mirrored or the nearest element. Negative padding cuts. Any element type.</summary>
/// <param name="before">For each axis the elements added in front.</param>
/// <param name="padMode">What is outside.</param>
/// <param name="value">The value of <see cref="PadMode.Constant"/>, as 8 bytes of which the element's first ones are used.</param>
public sealed class PadStep(int[] before, PadMode padMode, ulong value) : Step
{
    /// <inheritdoc/>
    public override string Kernel => $"pad_{padMode}".ToLowerInvariant();

    /// <summary>The index into an axis of <paramref name="size"/> elements that <paramref name="i"/>, counted from its first, reads; −1 for the value.</summary>
    public static int Source(PadMode mode, int i, int size)
    {
        if ((uint)i < (uint)size) return i;
        if (mode == PadMode.Constant) return -1;
        if (mode == PadMode.Edge || size == 1) return Math.Clamp(i, 0, size - 1);
        int period = 2 * (size - 1), m = ((i % period) + period) % period;
        return m < size ? m : period - m;
    }

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        Span<byte> x = Bytes.Of(inputs[0]), y = Bytes.Of(outputs[0]);
        switch (inputs[0].Type.Size())
        {
            case 1: Fill(x, inputs[0].Dims, y, outputs[0].Dims, (byte)value); break;
            case 2: Fill(MemoryMarshal.Cast<byte, ushort>(x), inputs[0].Dims, MemoryMarshal.Cast<byte, ushort>(y), outputs[0].Dims, (ushort)value); break;
            case 4: Fill(MemoryMarshal.Cast<byte, uint>(x), inputs[0].Dims, MemoryMarshal.Cast<byte, uint>(y), outputs[0].Dims, (uint)value); break;
            default: Fill(MemoryMarshal.Cast<byte, ulong>(x), inputs[0].Dims, MemoryMarshal.Cast<byte, ulong>(y), outputs[0].Dims, value); break;
        }
    }

    internal override Step? InChannelsLast(int rank) => before.Length == rank ? new PadStep(ChannelsLast.Of(before), padMode, value) : null;

    private void Fill<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> xDims, Span<T> y, ReadOnlySpan<int> yDims, T constant)
    {
        if (y.IsEmpty) return;
        if (yDims.IsEmpty)
        {
            y[0] = x[0];
            return;
        }
        int rank = yDims.Length, width = yDims[^1];
        Span<int> index = stackalloc int[rank];
        index.Clear();
        for (int row = 0; row < y.Length; row += width)
        {
            int source = Row(index, xDims);
            Span<T> line = y.Slice(row, width);
            if (source < 0) line.Fill(constant);
            else Line(x.Slice(source * xDims[^1], xDims[^1]), line, constant);
            for (int axis = rank - 2; axis >= 0 && ++index[axis] == yDims[axis]; axis--) index[axis] = 0;
        }
    }

    // The row of x that the row of y at index reads, or −1.
    private int Row(ReadOnlySpan<int> index, ReadOnlySpan<int> xDims)
    {
        int row = 0;
        for (int axis = 0; axis < index.Length - 1; axis++)
        {
            int i = Source(padMode, index[axis] - before[axis], xDims[axis]);
            if (i < 0) return -1;
            row = (row * xDims[axis]) + i;
        }
        return row;
    }

    private void Line<T>(ReadOnlySpan<T> x, Span<T> y, T constant)
    {
        int left = before[^1], from = Math.Max(0, -left), to = Math.Clamp(left, 0, y.Length);
        int count = Math.Max(0, Math.Min(x.Length - from, y.Length - to));
        for (int i = 0; i < to; i++) y[i] = Outside(x, i - left, constant);
        if (count > 0) x.Slice(from, count).CopyTo(y[to..]);
        for (int i = to + count; i < y.Length; i++) y[i] = Outside(x, i - left, constant);
    }

    private T Outside<T>(ReadOnlySpan<T> x, int i, T constant) => Source(padMode, i, x.Length) is >= 0 and var at ? x[at] : constant;
}
