using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>c[4, 24] on 256-bit vectors, the columns loaded where the taps point; four rows divide the usual channel counts.</summary>
internal readonly unsafe struct TapKernel256 : ITapKernel
{
    private const int L = 8;

    public static int Mr => 4;

    public static int Nr => 24;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]   // inlined, its accumulators would spill
    public static void Run(int k, float* a, int* taps, float* image, float* c, nint ldc, bool accumulate)
    {
        Vector256<float> c0x = default, c0y = default, c0z = default;
        Vector256<float> c1x = default, c1y = default, c1z = default;
        Vector256<float> c2x = default, c2y = default, c2z = default;
        Vector256<float> c3x = default, c3y = default, c3z = default;
        for (int* end = taps + k; taps < end; taps++, a += 4)
        {
            float* b = image + *taps;
            Vector256<float> bx = Vector256.Load(b), by = Vector256.Load(b + L), bz = Vector256.Load(b + 2 * L);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c0x = Vector256.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector256.FusedMultiplyAdd(a0, by, c0y);
            c0z = Vector256.FusedMultiplyAdd(a0, bz, c0z);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c1x = Vector256.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector256.FusedMultiplyAdd(a1, by, c1y);
            c1z = Vector256.FusedMultiplyAdd(a1, bz, c1z);
            Vector256<float> a2 = Vector256.Create(a[2]);
            c2x = Vector256.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector256.FusedMultiplyAdd(a2, by, c2y);
            c2z = Vector256.FusedMultiplyAdd(a2, bz, c2z);
            Vector256<float> a3 = Vector256.Create(a[3]);
            c3x = Vector256.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector256.FusedMultiplyAdd(a3, by, c3y);
            c3z = Vector256.FusedMultiplyAdd(a3, bz, c3z);
        }
        Store(c, accumulate, c0x, c0y, c0z);
        Store(c + ldc, accumulate, c1x, c1y, c1z);
        Store(c + 2 * ldc, accumulate, c2x, c2y, c2z);
        Store(c + 3 * ldc, accumulate, c3x, c3y, c3z);
    }

    private static void Store(float* c, bool accumulate, Vector256<float> x, Vector256<float> y, Vector256<float> z)
    {
        if (accumulate)
        {
            x += Vector256.Load(c);
            y += Vector256.Load(c + L);
            z += Vector256.Load(c + 2 * L);
        }
        x.Store(c);
        y.Store(c + L);
        z.Store(c + 2 * L);
    }
}
