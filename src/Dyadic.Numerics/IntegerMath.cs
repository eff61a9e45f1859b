using System.Numerics;

namespace Dyadic.Numerics;

/// <summary>Integer functions without floating point, exact for every argument.</summary>
public static class IntegerMath
{
    /// <summary>⌊√n⌋.</summary>
    public static uint Isqrt(uint n) => (uint)Isqrt((ulong)n);

    /// <summary>⌊√n⌋.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is negative.</exception>
    public static long Isqrt(long n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        return (long)Isqrt((ulong)n);
    }

    /// <summary>⌊√n⌋, by Newton's iteration from above: x ← ⌊(x + ⌊n/x⌋)/2⌋ until it stops falling.</summary>
    /// <remarks>Crandall and Pomerance 2005, algorithm 9.2.11; the iteration of I-BERT (Kim et al. 2021, algorithm 4), with the start rounded up.</remarks>
    public static ulong Isqrt(ulong n)
    {
        if (n < 2) return n;
        ulong x = 1UL << ((BitOperations.Log2(n) >> 1) + 1);      // x > √n and x ≤ 2³²
        while (true)
        {
            ulong next = (x + n / x) >> 1;
            if (next >= x) return x;
            x = next;
        }
    }

    /// <summary>⌈a/b⌉ for a ≥ 0 and b &gt; 0, without overflow.</summary>
    public static int CeilDiv(int a, int b) => a / b + (a % b > 0 ? 1 : 0);

    /// <summary>⌈a/b⌉ for a ≥ 0 and b &gt; 0, without overflow.</summary>
    public static long CeilDiv(long a, long b) => a / b + (a % b > 0 ? 1 : 0);
}
