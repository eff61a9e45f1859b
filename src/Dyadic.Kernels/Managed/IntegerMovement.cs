namespace Dyadic.Kernels.Managed;

/// <summary>y[Σ i·yStride] = x[Σ i·xStride] over a box of indices: what transposes, slices, padding and changes of layout are made of.</summary>
/// <remarks>The longest axis runs innermost, or one whose elements lie side by side on both sides. Equal to <see cref="Reference.IntegerMovement"/> byte for byte.</remarks>
public static unsafe class IntegerMovement
{
    private const int MaxRank = 16, LongRun = 16;

    /// <summary>Copies <paramref name="size"/>-byte elements; strides are in elements and may be negative.</summary>
    /// <exception cref="ArgumentException">More than 16 axes.</exception>
    public static void Copy(byte* x, byte* y, ReadOnlySpan<int> dims, ReadOnlySpan<nint> xStrides, ReadOnlySpan<nint> yStrides, int size)
    {
        if (dims.Length > MaxRank) throw new ArgumentException($"IntegerMovement: {dims.Length} axes, at most {MaxRank} are possible. Merge neighbours.");
        int inner = 0;
        foreach (int d in dims)
            if (d == 0) return;
        for (int d = 1; d < dims.Length; d++)
            if (dims[d] >= dims[inner]) inner = d;
        for (int d = 0; d < dims.Length; d++)
            if (xStrides[d] == 1 && yStrides[d] == 1 && dims[d] * size >= LongRun) inner = d;
        int count = dims.IsEmpty ? 1 : dims[inner];
        nint xs = dims.IsEmpty ? 0 : xStrides[inner], ys = dims.IsEmpty ? 0 : yStrides[inner], xAt = 0, yAt = 0;
        Span<int> index = stackalloc int[MaxRank];
        do
        {
            Line(x + xAt * size, xs, y + yAt * size, ys, count, size);
        }
        while (Next(index, dims, inner, xStrides, yStrides, ref xAt, ref yAt));
    }

    /// <summary>The strides of contiguous dimensions.</summary>
    public static void Contiguous(ReadOnlySpan<int> dims, Span<nint> strides)
    {
        nint stride = 1;
        for (int d = dims.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= dims[d];
        }
    }

    private static void Line(byte* x, nint xs, byte* y, nint ys, int count, int size)
    {
        if (xs == 1 && ys == 1) Buffer.MemoryCopy(x, y, (long)count * size, (long)count * size);
        else if (size == 1) Line(x, xs, y, ys, count);
        else if (size == 2) Line((short*)x, xs, (short*)y, ys, count);
        else if (size == 4) Line((int*)x, xs, (int*)y, ys, count);
        else Line((long*)x, xs, (long*)y, ys, count);
    }

    private static void Line<T>(T* x, nint xs, T* y, nint ys, int count) where T : unmanaged
    {
        for (int i = 0; i < count; i++, x += xs, y += ys) *y = *x;
    }

    private static bool Next(
        Span<int> index, ReadOnlySpan<int> dims, int inner, ReadOnlySpan<nint> xStrides, ReadOnlySpan<nint> yStrides, ref nint xAt, ref nint yAt)
    {
        for (int d = dims.Length - 1; d >= 0; d--)
        {
            if (d == inner) continue;
            xAt += xStrides[d];
            yAt += yStrides[d];
            if (++index[d] < dims[d]) return true;
            xAt -= dims[d] * xStrides[d];
            yAt -= dims[d] * yStrides[d];
            index[d] = 0;
        }
        return false;
    }
}
