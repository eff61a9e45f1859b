using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>Twelve dot products at once on 128-bit vectors: 4 lines of a with 3 of b, an accumulator each.</summary>
internal readonly unsafe struct DotKernel128 : IDotKernel
{
    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]   // inlined, its accumulators would spill
    public static void Run(in DotTile t, float* sums)
    {
        Vector128<float> c0x = default, c0y = default, c0z = default;
        Vector128<float> c1x = default, c1y = default, c1z = default;
        Vector128<float> c2x = default, c2y = default, c2z = default;
        Vector128<float> c3x = default, c3y = default, c3z = default;
        for (int image = 0; image < t.Images; image++)
        {
            float* a0 = t.A0 + image * t.AStride, a1 = t.A1 + image * t.AStride, a2 = t.A2 + image * t.AStride, a3 = t.A3 + image * t.AStride;
            float* bx = t.B0 + image * t.BStride, by = t.B1 + image * t.BStride, bz = t.B2 + image * t.BStride;
            for (nint p = 0; p < t.Length; p += Lanes)
            {
                Vector128<float> x = Vector128.Load(bx + p), y = Vector128.Load(by + p), z = Vector128.Load(bz + p);
                Vector128<float> r0 = Vector128.Load(a0 + p);
                c0x = Vector128.FusedMultiplyAdd(r0, x, c0x);
                c0y = Vector128.FusedMultiplyAdd(r0, y, c0y);
                c0z = Vector128.FusedMultiplyAdd(r0, z, c0z);
                Vector128<float> r1 = Vector128.Load(a1 + p);
                c1x = Vector128.FusedMultiplyAdd(r1, x, c1x);
                c1y = Vector128.FusedMultiplyAdd(r1, y, c1y);
                c1z = Vector128.FusedMultiplyAdd(r1, z, c1z);
                Vector128<float> r2 = Vector128.Load(a2 + p);
                c2x = Vector128.FusedMultiplyAdd(r2, x, c2x);
                c2y = Vector128.FusedMultiplyAdd(r2, y, c2y);
                c2z = Vector128.FusedMultiplyAdd(r2, z, c2z);
                Vector128<float> r3 = Vector128.Load(a3 + p);
                c3x = Vector128.FusedMultiplyAdd(r3, x, c3x);
                c3y = Vector128.FusedMultiplyAdd(r3, y, c3y);
                c3z = Vector128.FusedMultiplyAdd(r3, z, c3z);
            }
        }
        (sums[0], sums[1], sums[2]) = (Vector128.Sum(c0x), Vector128.Sum(c0y), Vector128.Sum(c0z));
        (sums[3], sums[4], sums[5]) = (Vector128.Sum(c1x), Vector128.Sum(c1y), Vector128.Sum(c1z));
        (sums[6], sums[7], sums[8]) = (Vector128.Sum(c2x), Vector128.Sum(c2y), Vector128.Sum(c2z));
        (sums[9], sums[10], sums[11]) = (Vector128.Sum(c3x), Vector128.Sum(c3y), Vector128.Sum(c3z));
    }
}
