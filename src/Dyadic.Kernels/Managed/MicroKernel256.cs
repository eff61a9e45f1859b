using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>c[6, 16] on 256-bit vectors: 12 accumulators, 2 vectors of b and a broadcast in the 16 registers of AVX2.</summary>
internal readonly unsafe struct MicroKernel256 : IMicroKernel
{
    private const int L = 8;

    public static int Mr => 6;

    public static int Nr => 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]   // inlined, its accumulators would spill
    public static void Run(int k, float* a, float* b, nint bStride, float* c, nint ldc, bool accumulate)
    {
        Vector256<float> c0x = default, c0y = default;
        Vector256<float> c1x = default, c1y = default;
        Vector256<float> c2x = default, c2y = default;
        Vector256<float> c3x = default, c3y = default;
        Vector256<float> c4x = default, c4y = default;
        Vector256<float> c5x = default, c5y = default;
        for (; k > 0; k--)
        {
            Vector256<float> bx = Vector256.Load(b), by = Vector256.Load(b + L);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0x = Vector256.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector256.FusedMultiplyAdd(a0, by, c0y);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c1x = Vector256.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector256.FusedMultiplyAdd(a1, by, c1y);
            Vector256<float> a2 = Vector256.Create(a[2]);
            c2x = Vector256.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector256.FusedMultiplyAdd(a2, by, c2y);
            Vector256<float> a3 = Vector256.Create(a[3]);
            c3x = Vector256.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector256.FusedMultiplyAdd(a3, by, c3y);
            Vector256<float> a4 = Vector256.Create(a[4]);
            c4x = Vector256.FusedMultiplyAdd(a4, bx, c4x);
            c4y = Vector256.FusedMultiplyAdd(a4, by, c4y);
            Vector256<float> a5 = Vector256.Create(a[5]);
            c5x = Vector256.FusedMultiplyAdd(a5, bx, c5x);
            c5y = Vector256.FusedMultiplyAdd(a5, by, c5y);
            a += 6;
            b += bStride;
        }
        Store(c, accumulate, c0x, c0y);
        Store(c + ldc, accumulate, c1x, c1y);
        Store(c + 2 * ldc, accumulate, c2x, c2y);
        Store(c + 3 * ldc, accumulate, c3x, c3y);
        Store(c + 4 * ldc, accumulate, c4x, c4y);
        Store(c + 5 * ldc, accumulate, c5x, c5y);
    }

    private static void Store(float* c, bool accumulate, Vector256<float> x, Vector256<float> y)
    {
        if (accumulate)
        {
            x += Vector256.Load(c);
            y += Vector256.Load(c + L);
        }
        x.Store(c);
        y.Store(c + L);
    }
}
