using System.Runtime.Intrinsics;

namespace Dyadic.Bench;

/// <summary>The float32 peak of one core: ten independent chains of fused multiply-adds that never leave the registers.</summary>
internal static class FmaPeak
{
    private const int Chains = 10;
    private static float _sink;

    public static double Flops(int steps) => 2.0 * Chains * steps * (Vector512.IsHardwareAccelerated ? 16 : 8);

    public static void Run(int steps) => _sink += Vector512.IsHardwareAccelerated ? Run512(steps) : Run256(steps);

    private static float Run256(int steps)
    {
        Vector256<float> m = Vector256.Create(0.999f), a = Vector256.Create(_sink), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a;
        for (; steps > 0; steps--)
        {
            a = Vector256.FusedMultiplyAdd(a, m, m);
            b = Vector256.FusedMultiplyAdd(b, m, m);
            c = Vector256.FusedMultiplyAdd(c, m, m);
            d = Vector256.FusedMultiplyAdd(d, m, m);
            e = Vector256.FusedMultiplyAdd(e, m, m);
            f = Vector256.FusedMultiplyAdd(f, m, m);
            g = Vector256.FusedMultiplyAdd(g, m, m);
            h = Vector256.FusedMultiplyAdd(h, m, m);
            i = Vector256.FusedMultiplyAdd(i, m, m);
            j = Vector256.FusedMultiplyAdd(j, m, m);
        }
        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j);
    }

    private static float Run512(int steps)
    {
        Vector512<float> m = Vector512.Create(0.999f), a = Vector512.Create(_sink), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a;
        for (; steps > 0; steps--)
        {
            a = Vector512.FusedMultiplyAdd(a, m, m);
            b = Vector512.FusedMultiplyAdd(b, m, m);
            c = Vector512.FusedMultiplyAdd(c, m, m);
            d = Vector512.FusedMultiplyAdd(d, m, m);
            e = Vector512.FusedMultiplyAdd(e, m, m);
            f = Vector512.FusedMultiplyAdd(f, m, m);
            g = Vector512.FusedMultiplyAdd(g, m, m);
            h = Vector512.FusedMultiplyAdd(h, m, m);
            i = Vector512.FusedMultiplyAdd(i, m, m);
            j = Vector512.FusedMultiplyAdd(j, m, m);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j);
    }
}
