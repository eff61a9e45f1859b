using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>c[4, 12] on 128-bit vectors: 12 accumulators, 3 vectors of b and 1 broadcast fill the 16 registers of SSE; AdvSimd has 32.</summary>
internal readonly unsafe struct MicroKernel128 : IMicroKernel
{
    private const int L = 4;

    public static int Mr => 4;

    public static int Nr => 12;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]   // inlined, its accumulators would spill
    public static void Run(int k, float* a, float* b, nint bStride, float* c, nint ldc, bool accumulate)
    {
        Vector128<float> c0x = default, c0y = default, c0z = default;
        Vector128<float> c1x = default, c1y = default, c1z = default;
        Vector128<float> c2x = default, c2y = default, c2z = default;
        Vector128<float> c3x = default, c3y = default, c3z = default;
        for (; k > 0; k--)
        {
            Vector128<float> bx = Vector128.Load(b), by = Vector128.Load(b + L), bz = Vector128.Load(b + 2 * L);
            Vector128<float> a0 = Vector128.Create(a[0]);
            c0x = Vector128.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector128.FusedMultiplyAdd(a0, by, c0y);
            c0z = Vector128.FusedMultiplyAdd(a0, bz, c0z);
            Vector128<float> a1 = Vector128.Create(a[1]);
            c1x = Vector128.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector128.FusedMultiplyAdd(a1, by, c1y);
            c1z = Vector128.FusedMultiplyAdd(a1, bz, c1z);
            Vector128<float> a2 = Vector128.Create(a[2]);
            c2x = Vector128.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector128.FusedMultiplyAdd(a2, by, c2y);
            c2z = Vector128.FusedMultiplyAdd(a2, bz, c2z);
            Vector128<float> a3 = Vector128.Create(a[3]);
            c3x = Vector128.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector128.FusedMultiplyAdd(a3, by, c3y);
            c3z = Vector128.FusedMultiplyAdd(a3, bz, c3z);
            a += 4;
            b += bStride;
        }
        Store(c, accumulate, c0x, c0y, c0z);
        Store(c + ldc, accumulate, c1x, c1y, c1z);
        Store(c + 2 * ldc, accumulate, c2x, c2y, c2z);
        Store(c + 3 * ldc, accumulate, c3x, c3y, c3z);
    }

    private static void Store(float* c, bool accumulate, Vector128<float> x, Vector128<float> y, Vector128<float> z)
    {
        if (accumulate)
        {
            x += Vector128.Load(c);
            y += Vector128.Load(c + L);
            z += Vector128.Load(c + 2 * L);
        }
        x.Store(c);
        y.Store(c + L);
        z.Store(c + 2 * L);
    }
}
