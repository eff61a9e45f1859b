using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Multiplication of bfloat16 matrices with float32 sums: a list of rungs, of which the first that accepts runs. All give the same bits.</summary>
/// <remarks>The sums are those of Intel's tiles, see <see cref="ReferenceBFloat16Gemm"/>; where a machine has them, one instruction does 16,384 products.</remarks>
public static unsafe class BFloat16Gemm
{
    // The last accepts everything.
    private static readonly BFloat16Rung[] Rungs = [TileBFloat16Gemm.TryRun, ManagedBFloat16Gemm.TryRun, ReferenceBFloat16Gemm.Run];

    /// <summary>C = op(A)·op(B) with op(A) [M, K], op(B) [K, N], C [M, N], row-major. The result depends neither on threads nor on the kind of kernels; a NaN is one, of no particular bits.</summary>
    /// <param name="a">A, or its transpose [K, M] when <paramref name="transA"/>.</param>
    /// <param name="lda">Values from one stored row of A to the next.</param>
    /// <param name="transA">Whether A is stored as [K, M].</param>
    /// <param name="b">B, or its transpose [N, K] when <paramref name="transB"/>.</param>
    /// <param name="ldb">Values from one stored row of B to the next.</param>
    /// <param name="transB">Whether B is stored as [N, K].</param>
    /// <param name="c">C; it overlaps neither A nor B.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="m">M.</param>
    /// <param name="n">N.</param>
    /// <param name="k">K; C = 0 when it is 0.</param>
    /// <param name="mode">Kernels and the most threads.</param>
    public static void Run(BFloat16* a, int lda, bool transA, BFloat16* b, int ldb, bool transB, float* c, int ldc, int m, int n, int k, ExecutionMode mode)
    {
        Ensure.Shape(m >= 0 && n >= 0 && k >= 0, $"BFloat16Gemm: sizes must not be negative, M = {m}, N = {n}, K = {k}.");
        if (m == 0 || n == 0) return;
        BFloat16Problem problem = new() { A = a, B = b, C = c, Lda = lda, Ldb = ldb, Ldc = ldc, M = m, N = n, K = k, TransA = transA, TransB = transB };
        if (k == 0) ReferenceBFloat16Gemm.Run(in problem, mode);
        else
            foreach (BFloat16Rung rung in Rungs)
                if (rung(in problem, mode)) return;
    }

    /// <summary>C = op(A)·op(B) over spans; lengths are checked.</summary>
    /// <exception cref="ShapeException">A span is shorter than its matrix, or a row length is smaller than its row.</exception>
    public static void Run(ReadOnlySpan<BFloat16> a, int lda, bool transA, ReadOnlySpan<BFloat16> b, int ldb, bool transB, Span<float> c, int ldc,
        int m, int n, int k, ExecutionMode mode)
    {
        MatrixLength.Check(nameof(BFloat16Gemm), nameof(a), a.Length, lda, transA ? k : m, transA ? m : k);
        MatrixLength.Check(nameof(BFloat16Gemm), nameof(b), b.Length, ldb, transB ? n : k, transB ? k : n);
        MatrixLength.Check(nameof(BFloat16Gemm), nameof(c), c.Length, ldc, m, n);
        fixed (BFloat16* pa = a, pb = b)
        fixed (float* pc = c) Run(pa, lda, transA, pb, ldb, transB, pc, ldc, m, n, k, mode);
    }
}
