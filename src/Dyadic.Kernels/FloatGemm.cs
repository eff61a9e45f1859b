using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Multiplication of float32 matrices: a list of rungs, of which the first that accepts runs.</summary>
public static unsafe class FloatGemm
{
    // The last accepts everything.
    private static readonly GemmRung[] Rungs = [SkinnyGemm.TryRun, GeneratedGemm.TryRun, ManagedGemm.TryRun, Reference];

    /// <summary>C = op(A)·op(B) + β·C with op(A) [M, K], op(B) [K, N], C [M, N], row-major. The result does not depend on the thread count.</summary>
    /// <param name="a">A, or its transpose [K, M] when <paramref name="transA"/>.</param>
    /// <param name="lda">Values from one stored row of A to the next.</param>
    /// <param name="transA">Whether A is stored as [K, M].</param>
    /// <param name="b">B, or its transpose [N, K] when <paramref name="transB"/>.</param>
    /// <param name="ldb">Values from one stored row of B to the next.</param>
    /// <param name="transB">Whether B is stored as [N, K].</param>
    /// <param name="c">C; not read when β = 0. It overlaps neither A nor B.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="m">M.</param>
    /// <param name="n">N.</param>
    /// <param name="k">K; C = β·C when it is 0.</param>
    /// <param name="beta">0 or 1.</param>
    /// <param name="mode">The widest vectors and the most threads.</param>
    public static void Run(float* a, int lda, bool transA, float* b, int ldb, bool transB, float* c, int ldc,
        int m, int n, int k, float beta, ExecutionMode mode)
    {
        Ensure.Argument(beta is 0 or 1, $"FloatGemm: beta must be 0 or 1, not {beta}. Scale C beforehand?");
        Ensure.Shape(m >= 0 && n >= 0 && k >= 0, $"FloatGemm: sizes must not be negative, M = {m}, N = {n}, K = {k}.");
        if (m == 0 || n == 0) return;
        GemmProblem problem = new()
        {
            A = a, B = b, C = c, Lda = lda, Ldb = ldb, Ldc = ldc, M = m, N = n, K = k,
            TransA = transA, TransB = transB, Accumulate = beta != 0,
        };
        foreach (GemmRung rung in Rungs)
            if (rung(in problem, mode)) return;
    }

    /// <summary>C = op(A)·op(B) + β·C over spans; lengths are checked.</summary>
    /// <exception cref="ShapeException">A span is shorter than its matrix, or a row length is smaller than its row.</exception>
    public static void Run(ReadOnlySpan<float> a, int lda, bool transA, ReadOnlySpan<float> b, int ldb, bool transB, Span<float> c, int ldc,
        int m, int n, int k, float beta, ExecutionMode mode)
    {
        MatrixLength.Check(nameof(FloatGemm), nameof(a), a.Length, lda, transA ? k : m, transA ? m : k);
        MatrixLength.Check(nameof(FloatGemm), nameof(b), b.Length, ldb, transB ? n : k, transB ? k : n);
        MatrixLength.Check(nameof(FloatGemm), nameof(c), c.Length, ldc, m, n);
        fixed (float* pa = a, pb = b, pc = c) Run(pa, lda, transA, pb, ldb, transB, pc, ldc, m, n, k, beta, mode);
    }

    private static bool Reference(in GemmProblem p, ExecutionMode mode)
    {
        ReferenceGemm.Run(p.A, p.Lda, p.TransA, p.B, p.Ldb, p.TransB, p.C, p.Ldc, p.M, p.N, p.K, p.Accumulate);
        return true;
    }
}
