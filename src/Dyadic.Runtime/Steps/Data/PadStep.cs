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
        if (y.IsEmpty) return;
        switch (inputs[0].Type.Size())
        {
            case 1: Run(x, inputs[0].Dims, y, outputs[0].Dims, (byte)value); break;
            case 2: Run(x, inputs[0].Dims, MemoryMarshal.Cast<byte, ushort>(y), outputs[0].Dims, (ushort)value); break;
            case 4: Run(x, inputs[0].Dims, MemoryMarshal.Cast<byte, uint>(y), outputs[0].Dims, (uint)value); break;
            default: Run(x, inputs[0].Dims, MemoryMarshal.Cast<byte, ulong>(y), outputs[0].Dims, value); break;
        }
    }

    internal override Step? InChannelsLast(int rank) => before.Length == rank ? new PadStep(ChannelsLast.Of(before), padMode, value) : null;

    private void Run<T>(ReadOnlySpan<byte> x, ReadOnlySpan<int> xDims, Span<T> y, ReadOnlySpan<int> yDims, T constant) where T : unmanaged
    {
        ReadOnlySpan<T> source = MemoryMarshal.Cast<byte, T>(x);
        if (yDims.IsEmpty) y[0] = source[0];
        else if (padMode == PadMode.Constant)
        {
            y.Fill(constant);
            CopyInside<T>(x, xDims, MemoryMarshal.AsBytes(y), yDims);
        }
        else Reach(source, xDims, y, yDims);
    }

    // What of x lies within y: a box in both.
    private unsafe void CopyInside<T>(ReadOnlySpan<byte> x, ReadOnlySpan<int> xDims, Span<byte> y, ReadOnlySpan<int> yDims) where T : unmanaged
    {
        Span<int> from = stackalloc int[before.Length], to = stackalloc int[before.Length], box = stackalloc int[before.Length];
        StridedCopy.RowMajor(xDims, from);
        StridedCopy.RowMajor(yDims, to);
        (long first, long target) = (0, 0);
        for (int a = 0; a < before.Length; a++)
        {
            (int cut, int added) = (Math.Max(0, -before[a]), Math.Max(0, before[a]));
            box[a] = Math.Max(0, Math.Min(xDims[a] - cut, yDims[a] - added));
            first += cut * (long)from[a];
            target += added * (long)to[a];
        }
        StridedCopy.Copy(x, first, from, y, target, to, box, sizeof(T));
    }

    // Mirrored or nearest elements, line by line; axes of one element at the end make no lines.
    private void Reach<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> xDims, Span<T> y, ReadOnlySpan<int> yDims)
    {
        int rank = yDims.Length;
        while (rank > 1 && xDims[rank - 1] == 1 && yDims[rank - 1] == 1) rank--;
        int length = xDims[rank - 1], width = yDims[rank - 1];
        Span<int> index = stackalloc int[rank];
        index.Clear();
        for (int row = 0; row < y.Length; row += width)
        {
            int source = 0;
            for (int axis = 0; axis < rank - 1; axis++) source = (source * xDims[axis]) + Source(padMode, index[axis] - before[axis], xDims[axis]);
            Line(x.Slice(source * length, length), y.Slice(row, width), before[rank - 1]);
            for (int axis = rank - 2; axis >= 0 && ++index[axis] == yDims[axis]; axis--) index[axis] = 0;
        }
    }

    private void Line<T>(ReadOnlySpan<T> x, Span<T> y, int left)
    {
        int from = Math.Max(0, -left), to = Math.Clamp(left, 0, y.Length);
        int count = Math.Max(0, Math.Min(x.Length - from, y.Length - to));
        for (int i = 0; i < to; i++) y[i] = x[Source(padMode, i - left, x.Length)];
        if (count > 0) x.Slice(from, count).CopyTo(y[to..]);
        for (int i = to + count; i < y.Length; i++) y[i] = x[Source(padMode, i - left, x.Length)];
    }
}
