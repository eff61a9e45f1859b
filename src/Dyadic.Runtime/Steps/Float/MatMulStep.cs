using Dyadic.Kernels;
using Dyadic.Kernels.Reference;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = op(a)·op(b) on the last two axes, the others broadcast; a vector is a row on the left and a column on the right.</summary>
/// <remarks>float32 and float64; bfloat16 with sums in float32 (<see cref="BFloat16Gemm"/>), rounded once at the end.</remarks>
/// <param name="transA">The view of a holds its matrices transposed, [.., K, M].</param>
/// <param name="transB">The view of b holds its matrices transposed, [.., N, K].</param>
public sealed unsafe class MatMulStep(bool transA = false, bool transB = false) : Step
{
    /// <inheritdoc/>
    public override string Kernel => $"matmul_{(transA ? 't' : 'n')}{(transB ? 't' : 'n')}";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (outputs[0].Type is not (DType.Float32 or DType.Float64 or DType.BFloat16))
            throw new PlanException($"{Kernel}: element type {outputs[0].Type} is not supported. Cast to float32 first.");
        Body body = new(inputs[0], inputs[1], outputs[0], transA, transB) { Mode = mode };
        if (body.Count >= mode.Threads) WorkerPool.For(body.Count, mode, ref body, body.Grain);
        else body.Run(0, body.Count);
    }

    // Matrices [start, end) of the batch. Each is the same product whatever the number of threads that compute it.
    private struct Body : IParallelBody
    {
        private readonly TensorView _a, _b, _y;
        private readonly int _m, _n, _k;
        private readonly bool _transA, _transB;

        public Body(in TensorView a, in TensorView b, in TensorView y, bool transA, bool transB)
        {
            (_a, _b, _y, _transA, _transB) = (a, b, y, transA && a.Rank > 1, transB && b.Rank > 1);
            (int rows, int columns) = a.Rank == 1 ? (1, a.Dims[0]) : (a.Dims[^2], a.Dims[^1]);
            (_m, _k) = _transA ? (columns, rows) : (rows, columns);
            _n = b.Rank == 1 ? 1 : b.Dims[_transB ? ^2 : ^1];
            Count = 1;
            for (int axis = 3; axis <= Math.Max(a.Rank, b.Rank); axis++) Count *= Math.Max(Size(a, axis), Size(b, axis));
            if (y.Length == 0) Count = 0;
            else if (!_transA && Matrices(b) == 1 && Matrices(a) == Count) (_m, Count) = (_m * Count, 1);   // one tall a
        }

        public int Count { get; }

        public ExecutionMode Mode { get; init; }

        public readonly int Grain => (int)Math.Max(1, (1 << 15) / Math.Max(1, (long)_m * _n * _k));

        public readonly void Run(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                (int a, int b) = Sources(i);
                nint atA = (nint)a * _m * _k, atB = (nint)b * _k * _n, atY = (nint)i * _m * _n;
                int lda = _transA ? _m : _k, ldb = _transB ? _k : _n;
                if (_y.Type == DType.Float32)
                {
                    FloatGemm.Run((float*)_a.Data + atA, lda, _transA, (float*)_b.Data + atB, ldb, _transB,
                        (float*)_y.Data + atY, _n, _m, _n, _k, 0, Mode);
                }
                else if (_y.Type == DType.BFloat16)
                {
                    using ScratchBuffer<float> sums = Scratch.Rent<float>((nint)_m * _n);
                    BFloat16Gemm.Run((BFloat16*)_a.Data + atA, lda, _transA, (BFloat16*)_b.Data + atB, ldb, _transB, sums.Pointer, _n, _m, _n, _k, Mode);
                    NarrowFloats.Narrow(DType.BFloat16, sums.Span, (byte*)((BFloat16*)_y.Data + atY));
                }
                else
                {
                    ReferenceGemm.Run((double*)_a.Data + atA, lda, _transA, (double*)_b.Data + atB, ldb, _transB,
                        (double*)_y.Data + atY, _n, _m, _n, _k, false);
                }
            }
        }

        // Which matrix of a and which of b make matrix `index` of y.
        private readonly (int A, int B) Sources(int index)
        {
            int a = 0, b = 0, strideA = 1, strideB = 1;
            for (int axis = 3; axis <= Math.Max(_a.Rank, _b.Rank); axis++)
            {
                int sizeA = Size(_a, axis), sizeB = Size(_b, axis), size = Math.Max(sizeA, sizeB), at = index % size;
                index /= size;
                if (sizeA > 1) a += at * strideA;
                if (sizeB > 1) b += at * strideB;
                strideA *= sizeA;
                strideB *= sizeB;
            }
            return (a, b);
        }

        // Dimension `axis`, counted from the end, 1 where there is none.
        private static int Size(in TensorView view, int axis) => axis <= view.Rank ? view.Dims[^axis] : 1;

        private static int Matrices(in TensorView view)
        {
            int count = 1;
            for (int axis = 3; axis <= view.Rank; axis++) count *= view.Dims[^axis];
            return count;
        }
    }
}
