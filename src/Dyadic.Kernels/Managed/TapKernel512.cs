using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>c[8, 48] on 512-bit vectors, the columns loaded where the taps point.</summary>
internal readonly unsafe struct TapKernel512 : ITapKernel
{
    private const int L = 16;

    public static int Mr => 8;

    public static int Nr => 48;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]   // inlined, its accumulators would spill
    public static void Run(int k, float* a, int* taps, float* image, float* c, nint ldc, bool accumulate)
    {
        Vector512<float> c0x = default, c0y = default, c0z = default;
        Vector512<float> c1x = default, c1y = default, c1z = default;
        Vector512<float> c2x = default, c2y = default, c2z = default;
        Vector512<float> c3x = default, c3y = default, c3z = default;
        Vector512<float> c4x = default, c4y = default, c4z = default;
        Vector512<float> c5x = default, c5y = default, c5z = default;
        Vector512<float> c6x = default, c6y = default, c6z = default;
        Vector512<float> c7x = default, c7y = default, c7z = default;
        for (int* end = taps + k; taps < end; taps++, a += 8)
        {
            float* b = image + *taps;
            Vector512<float> bx = Vector512.Load(b), by = Vector512.Load(b + L), bz = Vector512.Load(b + 2 * L);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c0x = Vector512.FusedMultiplyAdd(a0, bx, c0x);
            c0y = Vector512.FusedMultiplyAdd(a0, by, c0y);
            c0z = Vector512.FusedMultiplyAdd(a0, bz, c0z);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c1x = Vector512.FusedMultiplyAdd(a1, bx, c1x);
            c1y = Vector512.FusedMultiplyAdd(a1, by, c1y);
            c1z = Vector512.FusedMultiplyAdd(a1, bz, c1z);
            Vector512<float> a2 = Vector512.Create(a[2]);
            c2x = Vector512.FusedMultiplyAdd(a2, bx, c2x);
            c2y = Vector512.FusedMultiplyAdd(a2, by, c2y);
            c2z = Vector512.FusedMultiplyAdd(a2, bz, c2z);
            Vector512<float> a3 = Vector512.Create(a[3]);
            c3x = Vector512.FusedMultiplyAdd(a3, bx, c3x);
            c3y = Vector512.FusedMultiplyAdd(a3, by, c3y);
            c3z = Vector512.FusedMultiplyAdd(a3, bz, c3z);
            Vector512<float> a4 = Vector512.Create(a[4]);
            c4x = Vector512.FusedMultiplyAdd(a4, bx, c4x);
            c4y = Vector512.FusedMultiplyAdd(a4, by, c4y);
            c4z = Vector512.FusedMultiplyAdd(a4, bz, c4z);
            Vector512<float> a5 = Vector512.Create(a[5]);
            c5x = Vector512.FusedMultiplyAdd(a5, bx, c5x);
            c5y = Vector512.FusedMultiplyAdd(a5, by, c5y);
            c5z = Vector512.FusedMultiplyAdd(a5, bz, c5z);
            Vector512<float> a6 = Vector512.Create(a[6]);
            c6x = Vector512.FusedMultiplyAdd(a6, bx, c6x);
            c6y = Vector512.FusedMultiplyAdd(a6, by, c6y);
            c6z = Vector512.FusedMultiplyAdd(a6, bz, c6z);
            Vector512<float> a7 = Vector512.Create(a[7]);
            c7x = Vector512.FusedMultiplyAdd(a7, bx, c7x);
            c7y = Vector512.FusedMultiplyAdd(a7, by, c7y);
            c7z = Vector512.FusedMultiplyAdd(a7, bz, c7z);
        }
        Store(c, accumulate, c0x, c0y, c0z);
        Store(c + ldc, accumulate, c1x, c1y, c1z);
        Store(c + 2 * ldc, accumulate, c2x, c2y, c2z);
        Store(c + 3 * ldc, accumulate, c3x, c3y, c3z);
        Store(c + 4 * ldc, accumulate, c4x, c4y, c4z);
        Store(c + 5 * ldc, accumulate, c5x, c5y, c5z);
        Store(c + 6 * ldc, accumulate, c6x, c6y, c6z);
        Store(c + 7 * ldc, accumulate, c7x, c7y, c7z);
    }

    private static void Store(float* c, bool accumulate, Vector512<float> x, Vector512<float> y, Vector512<float> z)
    {
        if (accumulate)
        {
            x += Vector512.Load(c);
            y += Vector512.Load(c + L);
            z += Vector512.Load(c + 2 * L);
        }
        x.Store(c);
        y.Store(c + L);
        z.Store(c + 2 * L);
    }
}
