using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>Twelve dot products at once on 512-bit vectors: 4 lines of a with 3 of b, an accumulator each.</summary>
internal readonly unsafe struct DotKernel512 : IDotKernel
{
    public static int Lanes => 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]   // inlined, its accumulators would spill
    public static void Run(in DotTile t, float* sums)
    {
        Vector512<float> c0x = default, c0y = default, c0z = default;
        Vector512<float> c1x = default, c1y = default, c1z = default;
        Vector512<float> c2x = default, c2y = default, c2z = default;
        Vector512<float> c3x = default, c3y = default, c3z = default;
        for (int image = 0; image < t.Images; image++)
        {
            float* a0 = t.A0 + image * t.AStride, a1 = t.A1 + image * t.AStride, a2 = t.A2 + image * t.AStride, a3 = t.A3 + image * t.AStride;
            float* bx = t.B0 + image * t.BStride, by = t.B1 + image * t.BStride, bz = t.B2 + image * t.BStride;
            for (nint p = 0; p < t.Length; p += Lanes)
            {
                Vector512<float> x = Vector512.Load(bx + p), y = Vector512.Load(by + p), z = Vector512.Load(bz + p);
                Vector512<float> r0 = Vector512.Load(a0 + p);
                c0x = Vector512.FusedMultiplyAdd(r0, x, c0x);
                c0y = Vector512.FusedMultiplyAdd(r0, y, c0y);
                c0z = Vector512.FusedMultiplyAdd(r0, z, c0z);
                Vector512<float> r1 = Vector512.Load(a1 + p);
                c1x = Vector512.FusedMultiplyAdd(r1, x, c1x);
                c1y = Vector512.FusedMultiplyAdd(r1, y, c1y);
                c1z = Vector512.FusedMultiplyAdd(r1, z, c1z);
                Vector512<float> r2 = Vector512.Load(a2 + p);
                c2x = Vector512.FusedMultiplyAdd(r2, x, c2x);
                c2y = Vector512.FusedMultiplyAdd(r2, y, c2y);
                c2z = Vector512.FusedMultiplyAdd(r2, z, c2z);
                Vector512<float> r3 = Vector512.Load(a3 + p);
                c3x = Vector512.FusedMultiplyAdd(r3, x, c3x);
                c3y = Vector512.FusedMultiplyAdd(r3, y, c3y);
                c3z = Vector512.FusedMultiplyAdd(r3, z, c3z);
            }
        }
        (sums[0], sums[1], sums[2]) = (Vector512.Sum(c0x), Vector512.Sum(c0y), Vector512.Sum(c0z));
        (sums[3], sums[4], sums[5]) = (Vector512.Sum(c1x), Vector512.Sum(c1y), Vector512.Sum(c1z));
        (sums[6], sums[7], sums[8]) = (Vector512.Sum(c2x), Vector512.Sum(c2y), Vector512.Sum(c2z));
        (sums[9], sums[10], sums[11]) = (Vector512.Sum(c3x), Vector512.Sum(c3y), Vector512.Sum(c3z));
    }
}
