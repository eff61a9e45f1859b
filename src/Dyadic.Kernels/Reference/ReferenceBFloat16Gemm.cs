namespace Dyadic.Kernels.Reference;

/// <summary>The definition of products of bfloat16: c = Σ over blocks of 32 of k of (e + o), e a chain of fused multiply-adds over the even k of the block, o one over the odd, both from 0.</summary>
/// <remarks>In float32, rounded to nearest, ties to even; subnormal numbers are 0 everywhere. Beyond K, factors are 0. The sums of TDPBF16PS, one block an instruction.</remarks>
internal static unsafe class ReferenceBFloat16Gemm
{
    /// <summary>Takes every problem.</summary>
    public static bool Run(in BFloat16Problem p, ExecutionMode mode)
    {
        for (int m = 0; m < p.M; m++)
            for (int n = 0; n < p.N; n++)
            {
                float sum = 0;
                for (int k = 0; k < p.K; k += BFloat16Problem.Block) sum = FlushedFloat.Add(sum, Block(in p, m, n, k));
                p.C[(nint)m * p.Ldc + n] = sum;
            }
        return true;
    }

    private static float Block(in BFloat16Problem p, int m, int n, int first)
    {
        float even = 0, odd = 0;
        for (int k = first; k < first + BFloat16Problem.Block; k += 2)
        {
            even = Add(in p, m, n, k, even);
            odd = Add(in p, m, n, k + 1, odd);
        }
        return FlushedFloat.Add(even, odd);
    }

    private static float Add(in BFloat16Problem p, int m, int n, int k, float sum) =>
        k < p.K ? FlushedFloat.MultiplyAdd(p.Left(m, k), p.Right(k, n), sum) : FlushedFloat.MultiplyAdd(default, default, sum);
}
