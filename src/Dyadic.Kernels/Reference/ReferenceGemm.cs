using System.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definition of matrix multiplication: three plain loops.</summary>
public static unsafe class ReferenceGemm
{
    /// <summary>C = op(A)·op(B) + β·C with op(A) [M, K], op(B) [K, N], C [M, N], row-major; sums run over k upwards.</summary>
    /// <param name="a">A, or its transpose [K, M] when <paramref name="transA"/>.</param>
    /// <param name="lda">Values from one stored row of A to the next.</param>
    /// <param name="transA">Whether A is stored as [K, M].</param>
    /// <param name="b">B, or its transpose [N, K] when <paramref name="transB"/>.</param>
    /// <param name="ldb">Values from one stored row of B to the next.</param>
    /// <param name="transB">Whether B is stored as [N, K].</param>
    /// <param name="c">C; not read when β = 0.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="m">M.</param>
    /// <param name="n">N.</param>
    /// <param name="k">K; C = β·C when it is 0.</param>
    /// <param name="accumulate">β = 1 when true, otherwise 0.</param>
    public static void Run<T>(T* a, int lda, bool transA, T* b, int ldb, bool transB, T* c, int ldc, int m, int n, int k, bool accumulate)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                T sum = accumulate ? c[(nint)i * ldc + j] : T.Zero;
                for (int p = 0; p < k; p++)
                    sum += (transA ? a[(nint)p * lda + i] : a[(nint)i * lda + p]) * (transB ? b[(nint)j * ldb + p] : b[(nint)p * ldb + j]);
                c[(nint)i * ldc + j] = sum;
            }
        }
    }
}
