namespace Dyadic.Kernels.Managed;

/// <summary>c[2, 4] without vectors, for <see cref="SimdWidth.Scalar"/>: the same chains of fused multiply-adds.</summary>
internal readonly unsafe struct MicroKernelScalar : IMicroKernel
{
    public static int Mr => 2;

    public static int Nr => 4;

    public static void Run(int k, float* a, float* b, nint bStride, float* c, nint ldc, bool accumulate)
    {
        for (int i = 0; i < Mr; i++)
        {
            for (int j = 0; j < Nr; j++)
            {
                float sum = 0;
                for (int p = 0; p < k; p++) sum = MathF.FusedMultiplyAdd(a[p * Mr + i], b[p * bStride + j], sum);
                c[i * ldc + j] = accumulate ? c[i * ldc + j] + sum : sum;
            }
        }
    }
}
