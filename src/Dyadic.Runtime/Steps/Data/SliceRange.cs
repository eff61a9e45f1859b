namespace Dyadic.Runtime.Steps.Data;

/// <summary>Which elements of one axis a slice takes: start, start + step, … up to but without end, by the rules of ONNX.</summary>
/// <param name="Axis">The axis, from 0.</param>
/// <param name="Start">The first index; negative counts from the end, outside is clamped.</param>
/// <param name="End">The index at which to stop; negative counts from the end, outside is clamped.</param>
/// <param name="Step">The distance of two elements, not 0; negative walks backwards.</param>
public readonly record struct SliceRange(int Axis, int Start, int End, int Step)
{
    /// <summary>The first index and the number of elements on an axis of <paramref name="size"/> elements.</summary>
    public (int First, int Count) On(int size)
    {
        long first = Start < 0 ? (long)Start + size : Start, end = End < 0 ? (long)End + size : End;
        if (Step > 0)
        {
            first = Math.Clamp(first, 0, size);
            end = Math.Clamp(end, 0, size);
            return ((int)first, (int)Math.Max(0, (end - first + Step - 1) / Step));
        }
        first = Math.Clamp(first, -1, size - 1);
        end = Math.Clamp(end, -1, size - 1);
        return ((int)Math.Max(first, 0), (int)Math.Max(0, (first - end - (long)Step - 1) / -(long)Step));
    }

    /// <summary>Fills the strides of a slice of a row-major <paramref name="dims"/> and returns the offset of its first element.</summary>
    public static int Layout(ReadOnlySpan<SliceRange> ranges, ReadOnlySpan<int> dims, Span<int> strides)
    {
        StridedCopy.RowMajor(dims, strides);
        int offset = 0;
        foreach (SliceRange r in ranges)
        {
            (int first, int count) = r.On(dims[r.Axis]);
            if (count > 0) offset += first * strides[r.Axis];
            strides[r.Axis] = count > 1 ? strides[r.Axis] * r.Step : strides[r.Axis];
        }
        return offset;
    }
}
