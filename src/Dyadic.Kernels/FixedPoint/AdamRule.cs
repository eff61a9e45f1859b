using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>The three formulas of Adam on the codes of a block, in 64-bit integers: docs/equations/fixed-point.md (31)–(33).</summary>
internal static unsafe class AdamRule
{
    private const int RoomOfMeans = 32, RoomOfSquares = 8, RootFraction = 16;

    /// <summary>k·m + (2¹⁵ − k)·g at the exponent that is returned.</summary>
    public static int Means(short* m, int em, short* g, int eg, int count, int keep, long* values)
    {
        (int upM, int downM, int upG, int downG, int exponent) = Meeting(em, eg, RoomOfMeans);
        int take = (1 << AdamScales.Bits1) - keep;
        for (int i = 0; i < count; i++) values[i] = ((long)keep * m[i] << upM >> downM) + ((long)take * g[i] << upG >> downG);      // (31)
        return exponent - AdamScales.Bits1;
    }

    /// <summary>√(k·r² + (2²⁴ − k)·g²) at the exponent that is returned.</summary>
    public static int Roots(short* r, int er, short* g, int eg, int count, int keep, long* values)
    {
        (int upR, int downR, int upG, int downG, int exponent) = Meeting(2 * er, 2 * eg, RoomOfSquares);                            // even
        long take = (1 << AdamScales.Bits2) - keep;
        for (int i = 0; i < count; i++) values[i] = Root((keep * (long)(r[i] * r[i]) << upR >> downR) + (take * (g[i] * g[i]) << upG >> downG));      // (32)
        return (exponent - AdamScales.Bits2) / 2 - RootFraction;
    }

    /// <summary>m/(r + ε) in units of 2⁻²⁴, ±(2³¹ − 1) at most; 0 where r is.</summary>
    public static void Steps(short* m, int em, short* r, int er, int count, uint epsilon, int epsilonExponent, int* steps)
    {
        int exponent = epsilon == 0 ? er - 15 : Math.Max(er, epsilonExponent + 15) - 15, up = Math.Max(er - exponent, 0), down = Math.Min(Math.Max(exponent - er, 0), 31);
        ulong least = Shifted(epsilon, epsilonExponent - exponent);                                                                // below 2³¹
        int scale = em - exponent + IntegerAdam.StepFraction;
        for (int i = 0; i < count; i++)
        {
            if (r[i] == 0)
            {
                steps[i] = 0;
                continue;
            }
            IntegerReciprocal reciprocal = IntegerReciprocal.Of((uint)Math.Max(1, ((ulong)r[i] << up >> down) + least));              // r·2ᵘᵖ is at most 2³⁰, least below 2³¹
            int magnitude = (int)Math.Min(Shifted((ulong)Math.Abs((int)m[i]) * reciprocal.Multiplier, scale - reciprocal.Shift), int.MaxValue);      // (33)
            steps[i] = m[i] < 0 ? -magnitude : magnitude;
        }
    }

    // √x·2¹⁶ for x below 2⁶³.
    private static long Root(long x)
    {
        if (x == 0) return 0;
        int k = (65 - (int)ulong.LeadingZeroCount((ulong)x)) >> 1;                                                                 // 2²ᵏ⁻² ≤ x < 2²ᵏ
        uint a = (uint)(2 * k <= 32 ? (ulong)x << (32 - 2 * k) : (ulong)x >> (2 * k - 32));
        return (long)(a * IntegerRsqrt.Fine(a) >> (62 - RootFraction - k));
    }

    // Shifts that bring two terms to one exponent: the upper one moves left by at most so much, the lower one right by what is left of the gap.
    private static (int UpA, int DownA, int UpB, int DownB, int Exponent) Meeting(int a, int b, int room)
    {
        int gap = Math.Abs(a - b), up = Math.Min(gap, room), down = Math.Min(gap - up, 63);
        return a >= b ? (up, 0, 0, down, a - up) : (0, down, up, 0, b - up);
    }

    // ⌊x·2ᵏ⌉, halves up, at most 2⁶³ − 1.
    private static ulong Shifted(ulong x, int k)
    {
        if (k >= 0) return x == 0 ? 0 : ulong.LeadingZeroCount(x) <= (ulong)k ? long.MaxValue : x << k;
        return k < -63 ? 0 : (x + (1UL << (-k - 1))) >> -k;
    }
}
