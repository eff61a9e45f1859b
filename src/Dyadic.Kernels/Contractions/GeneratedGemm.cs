using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Contractions;

/// <summary>The rung of float32 matrix multiplication on generated tiles: A·B and A·Bᵀ on those of convolutions, Aᵀ·B as a sum of outer products.</summary>
/// <remarks>Each value is one chain of fused multiply-adds over k, whatever the number of threads.</remarks>
internal static unsafe class GeneratedGemm
{
    private const int Block = ChannelConstants.Block;
    private const long LeastWork = 1 << 14, SmallWork = 1 << 20;      // products below which packing outweighs the tiles, and one thread is faster

    public static bool TryRun(in GemmProblem p, ExecutionMode mode)
    {
        if (Work(in p) < SmallWork) mode = mode with { Threads = 1 };
        if (p.TransA) return IsWorthwhile(in p, mode) && !p.TransB && p.N >= Block && TryOuter(in p, mode);
        if (!TakesRows(in p, mode)) return false;
        if (p.TransB && 2 * p.M <= p.N) Turned(in p, mode);
        else Inner(p.A, p.M, p.B, p.N, p.K, columns: !p.TransB, p.C, mode);
        return true;
    }

    /// <summary>True for the problems of dense matrices, with A as it is, that <see cref="TryRun"/> takes: a row of C has the same bits whatever rows are beside it.</summary>
    public static bool TakesRows(in GemmProblem p, ExecutionMode mode) =>
        IsWorthwhile(in p, mode) && !p.TransA && p.Lda == p.K && p.Ldc == p.N && p.Ldb == (p.TransB ? p.K : p.N);

    private static bool IsWorthwhile(in GemmProblem p, ExecutionMode mode) => mode.Code != InstructionSet.None && Work(in p) >= LeastWork && !p.Accumulate;

    private static long Work(in GemmProblem p) => (long)p.M * p.N * p.K;

    // y [rows, outs] = x [rows, k]·w with w [k, outs] or its transpose.
    private static void Inner(float* x, int rows, float* w, int outs, int k, bool columns, float* y, in ExecutionMode mode)
    {
        Window window = new(1, 1);
        ContractionShape shape = new(outs * k, outs, 1, in window);
        PackedOperands packed = TransientOperands.Rent(in shape, mode.Code, null);
        ReadOnlySpan<float> weights = new(w, outs * k);
        if (columns) packed.PackColumns(weights, mode.Threads);
        else packed.Pack(weights, mode.Threads);
        WindowSizes s = new(1, k, rows, 1, outs, rows, 1, 1, window);
        ContractionDriver.Run(in s, (byte*)x, OperandForm.Same, default, packed, null, TransientOperands.Unbounded, null, (byte*)y, in mode);
        TransientOperands.Return(packed);
    }

    // Of few rows the transpose is computed, so that the smaller of the two matrices is the one that is packed.
    private static void Turned(in GemmProblem p, in ExecutionMode mode)
    {
        using ScratchBuffer<float> turned = Scratch.Rent<float>((nint)p.M * p.N);
        Inner(p.B, p.N, p.A, p.M, p.K, columns: false, turned.Pointer, mode);
        FloatTranspose.Run(turned.Pointer, p.M, p.N, p.M, p.C, p.N, mode);
    }

    private static bool TryOuter(in GemmProblem p, in ExecutionMode mode)
    {
        int whole = p.N / Block * Block;
        if (whole < p.N)
        {
            GemmProblem rest = p with { B = p.B + whole, C = p.C + whole, N = p.N - whole };
            if (!SkinnyGemm.TryRun(in rest, mode) && !ManagedGemm.TryRun(in rest, mode)) return false;
        }
        OuterBody body = new(in p, whole, mode);
        WorkerPool.For(body.Count, mode, ref body);
        return true;
    }

    // A unit is some rows and some columns of C, over all of k.
    private readonly struct OuterBody : IParallelBody
    {
        private const int UnitRows = 48, UnitColumns = 8 * Block, UnitSteps = 256, DirectSteps = 96;
        private readonly GemmProblem _p;
        private readonly OuterProducts _products;
        private readonly int _columns, _down, _across;

        public OuterBody(in GemmProblem p, int columns, in ExecutionMode mode)
        {
            (_p, _columns, _products) = (p, columns, OuterProducts.Of(mode.Code));
            (_down, _across) = ((p.M + UnitRows - 1) / UnitRows, (columns + UnitColumns - 1) / UnitColumns);
        }

        public int Count => _down * _across;

        public void Run(int start, int end)
        {
            bool packs = _p.K > DirectSteps;
            using ScratchBuffer<float> a = Scratch.Rent<float>(packs ? UnitSteps * UnitRows : 0), b = Scratch.Rent<float>(packs ? UnitSteps * UnitColumns : 0);
            int held = -1;
            for (int k0 = 0; k0 < _p.K; k0 += UnitSteps)
            {
                int steps = Math.Min(UnitSteps, _p.K - k0);
                for (int unit = start; unit < end; unit++)
                {
                    int m = unit % _down * UnitRows, n = unit / _down * UnitColumns, rows = Math.Min(UnitRows, _p.M - m), columns = Math.Min(UnitColumns, _columns - n);
                    Run(k0, steps, m, rows, n, columns, a.Pointer, b.Pointer, packs, isFresh: held != unit / _down);
                    held = unit / _down;
                }
                held = -1;
            }
        }

        private void Run(int k0, int steps, int m, int rows, int n, int columns, float* a, float* b, bool packs, bool isFresh)
        {
            float* x = _p.A + (nint)k0 * _p.Lda + m, w = _p.B + (nint)k0 * _p.Ldb + n, y = _p.C + (nint)m * _p.Ldc + n;
            if (k0 == 0)
                for (int r = 0; r < rows; r++) new Span<float>(y + (nint)r * _p.Ldc, columns).Clear();
            if (packs)
            {
                Copy(x, _p.Lda, steps, rows, a);
                if (isFresh) Copy(w, _p.Ldb, steps, columns, b);
            }
            nint segment = 0;
            OuterProductArguments arguments = new()
            {
                X = (byte*)(packs ? a : x), XStride = (packs ? rows : _p.Lda) * sizeof(float), Segments = &segment, SegmentCount = 1, Steps4 = steps / 4, StepsRest = steps % 4,
                W = (byte*)(packs ? b : w), WStride = (packs ? columns : _p.Ldb) * sizeof(float), Y = (byte*)y, YStride = _p.Ldc * sizeof(float),
            };
            _products.Run(in arguments, rows, columns);
        }

        private static void Copy(float* from, int stride, int steps, int count, float* to)
        {
            for (int k = 0; k < steps; k++, from += stride, to += count) Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));
        }
    }
}
