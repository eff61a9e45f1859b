namespace Dyadic.Kernels.Reference;

/// <summary>The definitions of operations that only move elements: they hold for every element type, so they see bytes.</summary>
/// <remarks>docs/equations/integer-steps.md, equations (10)–(13).</remarks>
public static class IntegerMovement
{
    /// <summary>y[i₀, …] = x at i with axis order <paramref name="perm"/>: output axis d is input axis perm[d].</summary>
    public static void Transpose(ReadOnlySpan<byte> x, ReadOnlySpan<int> xDims, Span<byte> y, ReadOnlySpan<int> perm, int size)
    {
        int rank = xDims.Length;
        Span<long> strides = stackalloc long[rank];
        Span<int> dims = stackalloc int[rank], index = stackalloc int[rank];
        for (int d = 0; d < rank; d++)
        {
            dims[d] = xDims[perm[d]];
            strides[d] = Stride(xDims, perm[d]);
        }
        for (int o = 0; o < y.Length / size; o++)
        {
            long from = 0;
            for (int d = 0; d < rank; d++) from += index[d] * strides[d];
            x.Slice((int)from * size, size).CopyTo(y[(o * size)..]);        // (10)
            Next(index, dims);
        }
    }

    /// <summary>y[i] = x[starts + i·steps], axis by axis.</summary>
    public static void Slice(
        ReadOnlySpan<byte> x, ReadOnlySpan<int> xDims, Span<byte> y, ReadOnlySpan<int> yDims, ReadOnlySpan<int> starts, ReadOnlySpan<int> steps, int size)
    {
        Span<int> index = stackalloc int[xDims.Length];
        for (int o = 0; o < y.Length / size; o++)
        {
            long from = 0;
            for (int d = 0; d < xDims.Length; d++) from += (starts[d] + (long)index[d] * steps[d]) * Stride(xDims, d);
            x.Slice((int)from * size, size).CopyTo(y[(o * size)..]);        // (11)
            Next(index, yDims);
        }
    }

    /// <summary>y[i] = x[i − before] where that lies inside x, else the pattern <paramref name="value"/>.</summary>
    public static void Pad(
        ReadOnlySpan<byte> x, ReadOnlySpan<int> xDims, Span<byte> y, ReadOnlySpan<int> yDims, ReadOnlySpan<int> before, byte value)
    {
        Span<int> index = stackalloc int[xDims.Length];
        for (int o = 0; o < y.Length; o++)
        {
            long from = 0;
            bool inside = true;
            for (int d = 0; d < xDims.Length; d++)
            {
                int i = index[d] - before[d];
                inside &= (uint)i < (uint)xDims[d];
                from += i * Stride(xDims, d);
            }
            y[o] = inside ? x[(int)from] : value;                           // (12)
            Next(index, yDims);
        }
    }

    /// <summary>y = the index of the greatest code along an axis; x is seen as [outer, count, inner].</summary>
    public static void ArgMax(ReadOnlySpan<byte> x, int outer, int count, int inner, Span<long> y, IntFormat format, bool selectLast)
    {
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                int best = 0;
                for (int k = 1; k < count; k++)
                {
                    int challenger = format.Read(x[(o * count + k) * inner + i]), holder = format.Read(x[(o * count + best) * inner + i]);
                    if (challenger > holder || (selectLast && challenger == holder)) best = k;      // (13)
                }
                y[o * inner + i] = best;
            }
    }

    private static long Stride(ReadOnlySpan<int> dims, int axis)
    {
        long stride = 1;
        foreach (int d in dims[(axis + 1)..]) stride *= d;
        return stride;
    }

    private static void Next(Span<int> index, ReadOnlySpan<int> dims)
    {
        for (int d = index.Length - 1; d >= 0; d--)
        {
            if (++index[d] < dims[d]) return;
            index[d] = 0;
        }
    }
}
