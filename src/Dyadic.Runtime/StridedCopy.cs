using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Dyadic.Kernels;
using Dyadic.Kernels.Managed;

namespace Dyadic.Runtime;

/// <summary>Copies between strided and contiguous memory, whatever the element type.</summary>
/// <remarks>Axes that lie one within the other on both sides become one; of what is left the two innermost are copied as lines, or turned as a matrix.</remarks>
public static unsafe class StridedCopy
{
    private const int UsualRank = 16;

    /// <summary>target[i₀, i₁, …] = source[offset + Σ iₐ·strideₐ], target row-major.</summary>
    /// <param name="source">The bytes that hold the strided elements.</param>
    /// <param name="offset">Index of the first element, in elements.</param>
    /// <param name="dims">The sizes.</param>
    /// <param name="strides">In elements; may be 0 or negative.</param>
    /// <param name="target">Product of sizes elements.</param>
    /// <param name="elementSize">1, 2, 4 or 8 bytes.</param>
    /// <param name="threads">The most threads that take part.</param>
    /// <exception cref="ArgumentOutOfRangeException">An element lies outside of source or target, or has another size.</exception>
    public static void Gather(ReadOnlySpan<byte> source, long offset, ReadOnlySpan<int> dims, ReadOnlySpan<int> strides, Span<byte> target, int elementSize, int threads = 1)
    {
        Span<int> own = dims.Length <= UsualRank ? stackalloc int[dims.Length] : new int[dims.Length];
        RowMajor(dims, own);
        Copy(source, offset, strides, target, 0, own, dims, elementSize, threads);
    }

    /// <summary>target[offset + Σ iₐ·strideₐ] = source[i₀, i₁, …], source row-major: the inverse of Gather.</summary>
    /// <param name="source">Product of sizes elements.</param>
    /// <param name="target">The bytes that hold the strided elements; the others stay as they are.</param>
    /// <param name="offset">Index of the first element in the target, in elements.</param>
    /// <param name="dims">The sizes.</param>
    /// <param name="strides">In elements; may be negative. Where two elements meet, the later one stays.</param>
    /// <param name="elementSize">1, 2, 4 or 8 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">An element lies outside of source or target, or has another size.</exception>
    public static void Scatter(ReadOnlySpan<byte> source, Span<byte> target, long offset, ReadOnlySpan<int> dims, ReadOnlySpan<int> strides, int elementSize)
    {
        Span<int> own = dims.Length <= UsualRank ? stackalloc int[dims.Length] : new int[dims.Length];
        RowMajor(dims, own);
        Copy(source, 0, own, target, offset, strides, dims, elementSize, 1);
    }

    /// <summary>target[targetOffset + Σ iₐ·targetStrideₐ] = source[sourceOffset + Σ iₐ·sourceStrideₐ]; source and target do not overlap.</summary>
    internal static void Copy(ReadOnlySpan<byte> source, long sourceOffset, ReadOnlySpan<int> sourceStrides, Span<byte> target, long targetOffset, ReadOnlySpan<int> targetStrides,
        ReadOnlySpan<int> dims, int elementSize, int threads = 1)
    {
        if (dims.Contains(0)) return;
        Require(source.Length / elementSize, sourceOffset, dims, sourceStrides);
        Require(target.Length / elementSize, targetOffset, dims, targetStrides);
        Span<Axis> axes = dims.Length <= UsualRank ? stackalloc Axis[dims.Length + 2] : new Axis[dims.Length + 2];
        axes = axes[..Join(dims, sourceStrides, targetStrides, axes)];
        fixed (byte* x = source)
        fixed (byte* y = target)
        {
            switch (elementSize)
            {
                case 1: Copy(x + sourceOffset, y + targetOffset, axes, threads); break;
                case 2: Copy((short*)x + sourceOffset, (short*)y + targetOffset, axes, threads); break;
                case 4: Copy((int*)x + sourceOffset, (int*)y + targetOffset, axes, threads); break;
                case 8: Copy((long*)x + sourceOffset, (long*)y + targetOffset, axes, threads); break;
                default: throw new ArgumentOutOfRangeException(nameof(elementSize), elementSize, "Elements are 1, 2, 4 or 8 bytes.");
            }
        }
    }

    /// <summary>Row-major strides of <paramref name="dims"/>.</summary>
    internal static void RowMajor(ReadOnlySpan<int> dims, Span<int> strides)
    {
        int stride = 1;
        for (int axis = dims.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= dims[axis];
        }
    }

    private static void Require(int length, long offset, ReadOnlySpan<int> dims, ReadOnlySpan<int> strides)
    {
        (long first, long last) = (offset, offset);
        for (int a = 0; a < dims.Length; a++)
        {
            long reach = (dims[a] - 1) * (long)strides[a];
            if (reach < 0) first += reach;
            else last += reach;
        }
        if (first < 0 || last >= length) throw new ArgumentOutOfRangeException(nameof(offset), offset, $"The elements {first} to {last} are meant, of {length}.");
    }

    // Without axes of one element; two that are one on both sides are one. At least two: the last ones.
    private static int Join(ReadOnlySpan<int> dims, ReadOnlySpan<int> from, ReadOnlySpan<int> to, Span<Axis> axes)
    {
        int n = 0;
        axes[n++] = new(1, 0, 0);
        for (int a = 0; a < dims.Length; a++)
        {
            if (dims[a] == 1) continue;
            ref Axis outer = ref axes[n - 1];
            Axis inner = new(dims[a], from[a], to[a]);
            if (outer.From == inner.From * dims[a] && outer.To == inner.To * dims[a] && outer.Size > 1) outer = inner with { Size = outer.Size * dims[a] };
            else axes[n++] = inner;
        }
        if (n == 1) axes[n++] = new(1, 1, 1);
        return n;
    }

    private static void Copy<T>(T* x, T* y, ReadOnlySpan<Axis> axes, int threads) where T : unmanaged
    {
        Axis rows = axes[^2], columns = axes[^1];
        Span<int> index = axes.Length <= UsualRank ? stackalloc int[axes.Length] : new int[axes.Length];
        index.Clear();
        while (true)
        {
            Plane(x, y, rows, columns, threads);
            int axis = axes.Length - 3;
            for (; axis >= 0; axis--)
            {
                x += axes[axis].From;
                y += axes[axis].To;
                if (++index[axis] < axes[axis].Size) break;
                x -= axes[axis].From * axes[axis].Size;
                y -= axes[axis].To * axes[axis].Size;
                index[axis] = 0;
            }
            if (axis < 0) return;
        }
    }

    private static void Plane<T>(T* x, T* y, Axis rows, Axis columns, int threads) where T : unmanaged
    {
        const int Short = 8;
        if (sizeof(T) == sizeof(float) && rows.From == 1 && columns.To == 1 && rows.Size > 1)      // y[r, c] = x[c, r]
            FloatTranspose.Run((float*)x, columns.From, columns.Size, rows.Size, (float*)y, rows.To, new(SimdWidth.V128, threads));
        else if (columns is { From: 1, To: 1, Size: > Short })
            for (nint r = 0; r < rows.Size; r++) Unsafe.CopyBlockUnaligned(y + r * rows.To, x + r * rows.From, (uint)(columns.Size * sizeof(T)));
        else
            for (nint r = 0; r < rows.Size; r++) Line(x + r * rows.From, y + r * rows.To, columns);
    }

    private static void Line<T>(T* x, T* y, Axis columns) where T : unmanaged
    {
        if (columns is { From: 0, To: 1 })
        {
            new Span<T>(y, columns.Size).Fill(*x);
            return;
        }
        nint c = sizeof(T) == sizeof(float) && columns is { From: 2, To: 1 } ? Halve((float*)x, (float*)y, columns.Size) : 0;
        for (; c < columns.Size; c++) y[c * columns.To] = x[c * columns.From];
    }

    // Every second of the values, as many as fill vectors; how many these are. Nothing is read behind the last one.
    private static nint Halve(float* x, float* y, nint count)
    {
        nint c = 0;
        if (Sse.IsSupported)
            for (; c < count - 4; c += 4) Sse.Shuffle(Vector128.Load(x + 2 * c), Vector128.Load(x + 2 * c + 4), 0b10_00_10_00).Store(y + c);
        return c;
    }

    // Sizes and distances in elements.
    private readonly record struct Axis(int Size, nint From, nint To);
}
