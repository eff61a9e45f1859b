using System.Runtime.InteropServices;

namespace Dyadic.Runtime;

/// <summary>Copies between strided and contiguous memory, whatever the element type.</summary>
public static class StridedCopy
{
    /// <summary>target[i₀, i₁, …] = source[offset + Σ iₐ·strideₐ], target row-major.</summary>
    /// <param name="source">The bytes that hold the strided elements.</param>
    /// <param name="offset">Index of the first element, in elements.</param>
    /// <param name="dims">The sizes.</param>
    /// <param name="strides">In elements; may be 0 or negative.</param>
    /// <param name="target">Product of sizes elements.</param>
    /// <param name="elementSize">1, 2, 4 or 8 bytes.</param>
    public static void Gather(ReadOnlySpan<byte> source, long offset, ReadOnlySpan<int> dims, ReadOnlySpan<int> strides, Span<byte> target, int elementSize)
    {
        switch (elementSize)
        {
            case 1: Gather(source, offset, dims, strides, target); break;
            case 2: Gather(MemoryMarshal.Cast<byte, short>(source), offset, dims, strides, MemoryMarshal.Cast<byte, short>(target)); break;
            case 4: Gather(MemoryMarshal.Cast<byte, int>(source), offset, dims, strides, MemoryMarshal.Cast<byte, int>(target)); break;
            case 8: Gather(MemoryMarshal.Cast<byte, long>(source), offset, dims, strides, MemoryMarshal.Cast<byte, long>(target)); break;
            default: throw new ArgumentOutOfRangeException(nameof(elementSize), elementSize, "Elements are 1, 2, 4 or 8 bytes.");
        }
    }

    private static void Gather<T>(ReadOnlySpan<T> source, long offset, ReadOnlySpan<int> dims, ReadOnlySpan<int> strides, Span<T> target)
    {
        if (target.IsEmpty) return;
        if (dims.IsEmpty)
        {
            target[0] = source[(int)offset];
            return;
        }
        int rank = dims.Length, inner = dims[^1], step = strides[^1];
        Span<int> index = rank <= 16 ? stackalloc int[16] : new int[rank];
        index.Clear();
        long at = offset;
        for (int row = 0; row < target.Length; row += inner)
        {
            Span<T> line = target.Slice(row, inner);
            if (step == 1) source.Slice((int)at, inner).CopyTo(line);
            else if (step == 0) line.Fill(source[(int)at]);
            else CopyLine(source, at, step, line);
            for (int axis = rank - 2; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++index[axis] < dims[axis]) break;
                at -= (long)strides[axis] * dims[axis];
                index[axis] = 0;
            }
        }
    }

    /// <summary>target[offset + Σ iₐ·strideₐ] = source[i₀, i₁, …], source row-major: the inverse of Gather.</summary>
    /// <param name="source">Product of sizes elements.</param>
    /// <param name="target">The bytes that hold the strided elements; the others stay as they are.</param>
    /// <param name="offset">Index of the first element in the target, in elements.</param>
    /// <param name="dims">The sizes.</param>
    /// <param name="strides">In elements; may be negative. Where two elements meet, the later one stays.</param>
    /// <param name="elementSize">1, 2, 4 or 8 bytes.</param>
    public static void Scatter(ReadOnlySpan<byte> source, Span<byte> target, long offset, ReadOnlySpan<int> dims, ReadOnlySpan<int> strides, int elementSize)
    {
        switch (elementSize)
        {
            case 1: Scatter(source, target, offset, dims, strides); break;
            case 2: Scatter(MemoryMarshal.Cast<byte, short>(source), MemoryMarshal.Cast<byte, short>(target), offset, dims, strides); break;
            case 4: Scatter(MemoryMarshal.Cast<byte, int>(source), MemoryMarshal.Cast<byte, int>(target), offset, dims, strides); break;
            case 8: Scatter(MemoryMarshal.Cast<byte, long>(source), MemoryMarshal.Cast<byte, long>(target), offset, dims, strides); break;
            default: throw new ArgumentOutOfRangeException(nameof(elementSize), elementSize, "Elements are 1, 2, 4 or 8 bytes.");
        }
    }

    private static void Scatter<T>(ReadOnlySpan<T> source, Span<T> target, long offset, ReadOnlySpan<int> dims, ReadOnlySpan<int> strides)
    {
        if (source.IsEmpty) return;
        if (dims.IsEmpty)
        {
            target[(int)offset] = source[0];
            return;
        }
        int rank = dims.Length, inner = dims[^1], step = strides[^1];
        Span<int> index = rank <= 16 ? stackalloc int[16] : new int[rank];
        index.Clear();
        long at = offset;
        for (int row = 0; row < source.Length; row += inner)
        {
            ReadOnlySpan<T> line = source.Slice(row, inner);
            if (step == 1) line.CopyTo(target[(int)at..]);
            else for (int i = 0; i < line.Length; i++) target[(int)(at + ((long)i * step))] = line[i];
            for (int axis = rank - 2; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++index[axis] < dims[axis]) break;
                at -= (long)strides[axis] * dims[axis];
                index[axis] = 0;
            }
        }
    }

    private static void CopyLine<T>(ReadOnlySpan<T> source, long at, int step, Span<T> line)
    {
        for (int i = 0; i < line.Length; i++, at += step) line[i] = source[(int)at];
    }
}
