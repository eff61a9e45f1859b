using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>The vectorised rung of float32 matrix multiplication: chooses the micro-kernel of the width and cuts C among the threads.</summary>
internal static unsafe class ManagedGemm
{
    private const long SerialWork = 1 << 18;   // products below which a fork costs more than it saves

    public static bool TryRun(in GemmProblem problem, ExecutionMode mode)
    {
        if (problem.K == 0) return false;
        if (mode.Width >= SimdWidth.V512) Run<MicroKernel512>(in problem, mode);
        else if (mode.Width >= SimdWidth.V256) Run<MicroKernel256>(in problem, mode);
        else if (mode.Width >= SimdWidth.V128) Run<MicroKernel128>(in problem, mode);
        else Run<MicroKernelScalar>(in problem, mode);
        return true;
    }

    internal static void Run<TKernel>(in GemmProblem problem, ExecutionMode mode) where TKernel : struct, IMicroKernel
    {
        Rectangles<TKernel> body = new(in problem, (long)problem.M * problem.N * problem.K < SerialWork ? 1 : mode.Threads);
        WorkerPool.For(body.Count, mode, ref body);
    }

    /// <summary>C cut into about as many rectangles as threads, each a product of its own that packs what it needs.</summary>
    private struct Rectangles<TKernel> : IParallelBody where TKernel : struct, IMicroKernel
    {
        private readonly GemmProblem _problem;
        private readonly int _rows, _columns, _across;

        // Squarest cut: packing of A is repeated by each column of rectangles, that of B by each row.
        public Rectangles(in GemmProblem problem, int threads)
        {
            _problem = problem;
            int down = 1, across = 1;
            while (down * across < threads)
            {
                if (problem.M / down >= problem.N / across) down *= 2;
                else across *= 2;
            }
            _rows = Share(problem.M, down, TKernel.Mr);
            _columns = Share(problem.N, across, TKernel.Nr);
            _across = (problem.N + _columns - 1) / _columns;
            Count = _across * ((problem.M + _rows - 1) / _rows);
        }

        public int Count { get; }

        public readonly void Run(int start, int end)
        {
            GemmProblem p = _problem;
            MatrixSource a = MatrixSource.RowsOf(in p), b = MatrixSource.ColumnsOf(in p);
            for (int i = start; i < end; i++)
            {
                int m = i / _across * _rows, n = i % _across * _columns;
                BlockedProduct<TKernel>.Run(ref a, ref b, p.C, p.Ldc, m, Math.Min(m + _rows, p.M), n, Math.Min(n + _columns, p.N), p.K, p.Accumulate);
            }
        }

        private static int Share(int size, int parts, int unit) => Math.Max(1, ((size + parts - 1) / parts + unit - 1) / unit) * unit;
    }
}
