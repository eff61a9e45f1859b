namespace Dyadic.Runtime.Steps.Float;

/// <summary>A product over the last two axes as a batch of plain ones, y [M, N] = op(a) [M, K]·op(b) [K, N]; the other axes broadcast.</summary>
internal readonly struct MatMulGeometry
{
    private readonly int[] _a, _b;

    /// <summary>The product of inputs of dimensions <paramref name="a"/> and <paramref name="b"/>, whose matrices may be stored transposed.</summary>
    public MatMulGeometry(int[] a, int[] b, bool transA, bool transB)
    {
        (_a, _b, TransA, TransB) = (a, b, transA && a.Length > 1, transB && b.Length > 1);
        (int rows, int columns) = a.Length == 1 ? (1, a[0]) : (a[^2], a[^1]);
        (M, K) = TransA ? (columns, rows) : (rows, columns);
        N = b.Length == 1 ? 1 : b[b.Length - (TransB ? 2 : 1)];      // an Index would be made at run time, and this runs in integer plans
        Count = 1;
        for (int axis = 3; axis <= Math.Max(a.Length, b.Length); axis++) Count *= Math.Max(Size(a, axis), Size(b, axis));
        if (M == 0 || N == 0) Count = 0;
        else if (!TransA && Matrices(b) == 1 && Matrices(a) == Count) (M, Count) = (M * Count, 1);   // one tall a
    }

    public bool TransA { get; }

    public bool TransB { get; }

    public int M { get; }

    public int N { get; }

    public int K { get; }

    /// <summary>The number of matrices of y.</summary>
    public int Count { get; }

    /// <summary>Where the matrices of a and b that make matrix <paramref name="index"/> of y start, in elements.</summary>
    public (nint A, nint B) Sources(int index)
    {
        int a = 0, b = 0, strideA = 1, strideB = 1;
        for (int axis = 3; axis <= Math.Max(_a.Length, _b.Length); axis++)
        {
            int sizeA = Size(_a, axis), sizeB = Size(_b, axis), size = Math.Max(sizeA, sizeB), at = index % size;
            index /= size;
            if (sizeA > 1) a += at * strideA;
            if (sizeB > 1) b += at * strideB;
            strideA *= sizeA;
            strideB *= sizeB;
        }
        return ((nint)a * M * K, (nint)b * K * N);
    }

    // Dimension `axis`, counted from the end, 1 where there is none.
    private static int Size(int[] dims, int axis) => axis <= dims.Length ? dims[^axis] : 1;

    private static int Matrices(int[] dims)
    {
        int count = 1;
        for (int axis = 3; axis <= dims.Length; axis++) count *= dims[^axis];
        return count;
    }
}
