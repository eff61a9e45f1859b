using System.Runtime.Intrinsics;
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
        else Inner(p.A, p.M, p.B, p.N, p.K, p.TransB, p.C, mode);
        return true;
    }

    /// <summary>True for the problems of dense matrices, with A as it is, that <see cref="TryRun"/> takes: a row of C has the same bits whatever rows are beside it.</summary>
    public static bool TakesRows(in GemmProblem p, ExecutionMode mode) =>
        IsWorthwhile(in p, mode) && !p.TransA && p.Lda == p.K && p.Ldc == p.N && p.Ldb == (p.TransB ? p.K : p.N);

    private static bool IsWorthwhile(in GemmProblem p, ExecutionMode mode) => mode.Code != InstructionSet.None && Work(in p) >= LeastWork && !p.Accumulate;

    private static long Work(in GemmProblem p) => (long)p.M * p.N * p.K;

    // y [rows, outs] = x [rows, k]·w with w [k, outs] or its transpose.
    private static void Inner(float* x, int rows, float* w, int outs, int k, bool transposed, float* y, in ExecutionMode mode)
    {
        PackedOperands packed = TransientOperands.RentMatrix(k, outs, mode.Code);
        packed.PackMatrix(w, transposed, mode.Threads);
        WindowSizes s = new(1, k, rows, 1, outs, rows, 1, 1, new Window(1, 1));
        ContractionDriver.Run(in s, (byte*)x, OperandForm.Same, default, packed, null, TransientOperands.Unbounded, null, (byte*)y, in mode);
        TransientOperands.Return(packed);
    }

    // Of few rows the transpose is computed, so that the smaller of the two matrices is the one that is packed.
    private static void Turned(in GemmProblem p, in ExecutionMode mode)
    {
        using ScratchBuffer<float> turned = Scratch.Rent<float>((nint)p.M * p.N);
        Inner(p.B, p.N, p.A, p.M, p.K, transposed: true, turned.Pointer, mode);
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

    // A unit is some rows and some columns of C. Some steps of B stay in the second cache for all units of its columns, and of A while they meet its panels.
    private readonly struct OuterBody : IParallelBody
    {
        private const int UnitTiles = 8, UnitColumns = 16 * Block, UnitSteps = 256, DirectSteps = 96, Ahead = 8;
        private readonly GemmProblem _p;
        private readonly OuterProducts _products;
        private readonly int _columns, _rows, _down, _across;

        public OuterBody(in GemmProblem p, int columns, in ExecutionMode mode)
        {
            (_p, _columns, _products) = (p, columns, OuterProducts.Of(mode.Code));
            _rows = UnitTiles * _products.MostRows;
            (_down, _across) = ((p.M + _rows - 1) / _rows, (columns + UnitColumns - 1) / UnitColumns);
        }

        public int Count => _down * _across;

        public void Run(int start, int end)
        {
            bool packs = _p.K > DirectSteps;
            using ScratchBuffer<float> a = Scratch.Rent<float>(packs ? UnitSteps * _rows : 0), b = Scratch.Rent<float>(packs ? UnitSteps * UnitColumns : 0);
            for (int k = 0; k < _p.K; k += UnitSteps)
            {
                int steps = Math.Min(UnitSteps, _p.K - k), held = -1;
                Panels w = default;
                for (int unit = start; unit < end; unit++)
                {
                    int m = unit % _down * _rows, n = unit / _down * UnitColumns, rows = Math.Min(_rows, _p.M - m), columns = Math.Min(UnitColumns, _columns - n);
                    float* c = _p.C + (nint)m * _p.Ldc + n;
                    if (k == 0)
                        for (int r = 0; r < rows; r++) new Span<float>(c + (nint)r * _p.Ldc, columns).Clear();
                    if (held != unit / _down) w = new(_p.B + (nint)k * _p.Ldb + n, _p.Ldb, steps, columns, _products.PanelColumns, packs ? b.Pointer : null);
                    held = unit / _down;
                    Run(new(_p.A + (nint)k * _p.Lda + m, _p.Lda, steps, rows, _products.MostRows, packs ? a.Pointer : null), in w, steps, c);
                }
            }
        }

        private void Run(in Panels x, in Panels w, int steps, float* c)
        {
            nint segment = 0;
            OuterProductArguments arguments = new() { Segments = &segment, SegmentCount = 1, Steps4 = steps / 4, StepsRest = steps % 4, YStride = _p.Ldc * sizeof(float) };
            for (int n = 0; n < w.Count; n += w.Width)
                for (int m = 0; m < x.Count; m += x.Width)
                {
                    (int rows, int columns) = (x.WidthAt(m), w.WidthAt(n));
                    (arguments.XStride, arguments.WStride) = (x.StrideAt(m), w.StrideAt(n));
                    arguments.X = x.At(m);
                    arguments.W = w.At(n);
                    arguments.Y = (byte*)(c + (nint)m * _p.Ldc + n);
                    int next = m + x.Width;
                    for (int r = next; r < Math.Min(next + x.Width, x.Count); r++) CacheLines.Ask(c + (nint)r * _p.Ldc + n, columns * sizeof(float));
                    _products.Run(in arguments, rows, columns);
                }
        }

        // Rows of A or columns of B, `Width` at a time: where the matrix has them, or copied, one panel after another, each with its steps side by side.
        private readonly struct Panels
        {
            private readonly float* _memory;
            private readonly int _stride, _steps;      // a stride of 0: panels

            public Panels(float* from, int stride, int steps, int count, int width, float* to)
            {
                (Count, Width, _steps) = (count, width, steps);
                _memory = to == null ? from : to;
                _stride = to == null ? stride : 0;
                if (to == null) return;
                for (int k = 0; k < steps; k++, from += stride)
                {
                    if (k + Ahead < steps) CacheLines.Ask(from + (nint)Ahead * stride, count * sizeof(float));      // rows of a wide matrix lie too far apart for the processor to ask
                    for (int first = 0; first < count; first += width) Copy(from + first, to + (nint)first * steps + (nint)k * WidthAt(first), WidthAt(first));
                }
            }

            public int Count { get; }

            public int Width { get; }

            public int WidthAt(int first) => Math.Min(Width, Count - first);

            public byte* At(int first) => (byte*)(_memory + (_stride > 0 ? first : (nint)first * _steps));

            public nint StrideAt(int first) => (_stride > 0 ? _stride : WidthAt(first)) * sizeof(float);

            private static void Copy(float* from, float* to, int count)
            {
                int i = 0;
                for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count) Vector256.Load(from + i).Store(to + i);
                if (i <= count - Vector128<float>.Count)
                {
                    Vector128.Load(from + i).Store(to + i);
                    i += Vector128<float>.Count;
                }
                for (; i < count; i++) to[i] = from[i];
            }
        }
    }
}
