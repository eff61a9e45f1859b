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
    internal bool IsTransposed => transA || transB;

    /// <inheritdoc/>
    public override string Kernel => $"matmul_{(transA ? 't' : 'n')}{(transB ? 't' : 'n')}";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (outputs[0].Type is not (DType.Float32 or DType.Float64 or DType.BFloat16))
            throw new PlanException($"{Kernel}: element type {outputs[0].Type} is not supported. Cast to float32 first.");
        MatMulGeometry g = new(inputs[0].Dims, inputs[1].Dims, transA, transB);
        bool areShared = g.Count >= mode.Threads;
        Body body = new(inputs[0], inputs[1], outputs[0], g) { Mode = areShared ? mode with { Threads = 1 } : mode };
        if (areShared) WorkerPool.For(g.Count, mode, ref body, (int)Math.Max(1, (1 << 15) / Math.Max(1, (long)g.M * g.N * g.K)));
        else body.Run(0, g.Count);
    }

    // Matrices [start, end) of the batch. Each is the same product whatever the number of threads that compute it.
    private readonly struct Body(TensorView a, TensorView b, TensorView y, MatMulGeometry g) : IParallelBody
    {
        public ExecutionMode Mode { get; init; }

        public void Run(int start, int end)
        {
            int lda = g.TransA ? g.M : g.K, ldb = g.TransB ? g.K : g.N;
            using FloatProducts products = y.Type == DType.Float32 ? new(g.TransA, g.TransB, g.M, g.N, g.K, Mode) : default;
            for (int i = start; i < end; i++)
            {
                (nint atA, nint atB) = g.Sources(i);
                nint atY = (nint)i * g.M * g.N;
                if (y.Type == DType.Float32) products.Run((float*)a.Data + atA, (float*)b.Data + atB, (float*)y.Data + atY);
                else if (y.Type == DType.BFloat16)
                {
                    using ScratchBuffer<float> sums = Scratch.Rent<float>((nint)g.M * g.N);
                    BFloat16Gemm.Run((BFloat16*)a.Data + atA, lda, g.TransA, (BFloat16*)b.Data + atB, ldb, g.TransB, sums.Pointer, g.N, g.M, g.N, g.K, Mode);
                    NarrowFloats.Narrow(DType.BFloat16, sums.Span, (byte*)((BFloat16*)y.Data + atY));
                }
                else
                {
                    ReferenceGemm.Run((double*)a.Data + atA, lda, g.TransA, (double*)b.Data + atB, ldb, g.TransB,
                        (double*)y.Data + atY, g.N, g.M, g.N, g.K, false);
                }
            }
        }
    }
}
