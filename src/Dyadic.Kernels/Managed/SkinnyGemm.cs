using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Products with few rows or few columns where the other operand lies contiguous along k: dot products, nothing is packed.</summary>
/// <remarks>Such products read the large operand once, so packing it would cost more than computing.</remarks>
internal static unsafe class SkinnyGemm
{
    private const int Few = 4, FewestProducts = 64;

    /// <summary>True for the problems that <see cref="TryRun"/> takes.</summary>
    public static bool Takes(in GemmProblem p, ExecutionMode mode) =>
        mode.Width != SimdWidth.Scalar && p.K >= FewestProducts && (HasFewRows(in p) || (p.N <= Few && !p.TransA));

    private static bool HasFewRows(in GemmProblem p) => p.M <= Few && p.TransB;

    public static bool TryRun(in GemmProblem p, ExecutionMode mode)
    {
        if (!Takes(in p, mode)) return false;
        bool fewRows = HasFewRows(in p);
        if (mode.Width >= SimdWidth.V512) Run<DotKernel512>(in p, fewRows, mode);
        else if (mode.Width >= SimdWidth.V256) Run<DotKernel256>(in p, fewRows, mode);
        else Run<DotKernel128>(in p, fewRows, mode);
        return true;
    }

    // The few lines are copied so that they are contiguous along k; the many are read in place.
    private static void Run<TDot>(in GemmProblem p, bool fewRows, ExecutionMode mode) where TDot : struct, IDotKernel
    {
        int few = fewRows ? p.M : p.N, many = fewRows ? p.N : p.M;
        using ScratchBuffer<float> lines = Scratch.Rent<float>((nint)few * p.K);
        (nint line, nint step) = fewRows ? (p.TransA ? (1, p.Lda) : (p.Lda, 1)) : (p.TransB ? (p.Ldb, 1) : (1, (nint)p.Ldb));
        float* from = fewRows ? p.A : p.B;
        for (int i = 0; i < few; i++)
            for (int k = 0; k < p.K; k++) lines.Pointer[(nint)i * p.K + k] = from[i * line + k * step];
        Body<TDot> body = new() { Few = lines.Pointer, FewCount = few, Problem = p, FewRows = fewRows };
        WorkerPool.For((many + 2) / 3, mode, ref body, 1 + 20_000 / p.K);
    }

    private struct Body<TDot> : IParallelBody where TDot : struct, IDotKernel
    {
        public float* Few;
        public int FewCount;
        public bool FewRows;
        public GemmProblem Problem;

        // An index is three of the many lines; the last repeats its last line and keeps what is inside.
        public readonly void Run(int start, int end)
        {
            float* sums = stackalloc float[12];
            int k = Problem.K, whole = k / TDot.Lanes * TDot.Lanes, count = FewRows ? Problem.N : Problem.M, last = FewCount - 1;
            nint stride = FewRows ? Problem.Ldb : Problem.Lda;
            float* many = FewRows ? Problem.B : Problem.A;
            DotTile tile = new() { Images = 1, Length = whole, A0 = Few, A3 = Few + (nint)last * k };
            tile.A1 = Few + (nint)Math.Min(1, last) * k;
            tile.A2 = Few + (nint)Math.Min(2, last) * k;
            for (int j = 3 * start; j < Math.Min(3 * end, count); j += 3)
            {
                tile.B0 = many + j * stride;
                tile.B1 = many + Math.Min(j + 1, count - 1) * stride;
                tile.B2 = many + Math.Min(j + 2, count - 1) * stride;
                TDot.Run(in tile, sums);
                for (int i = 0; i < FewCount; i++)
                    for (int b = 0; b < Math.Min(3, count - j); b++)
                        Store(i, j + b, sums[3 * i + b] + Rest(Few + (nint)i * k, many + (j + b) * stride, whole, k));
            }
        }

        private readonly void Store(int few, int many, float sum)
        {
            float* c = FewRows ? Problem.C + (nint)few * Problem.Ldc + many : Problem.C + (nint)many * Problem.Ldc + few;
            *c = Problem.Accumulate ? *c + sum : sum;
        }

        private static float Rest(float* a, float* b, int from, int to)
        {
            float sum = 0;
            for (int k = from; k < to; k++) sum = MathF.FusedMultiplyAdd(a[k], b[k], sum);
            return sum;
        }
    }
}
