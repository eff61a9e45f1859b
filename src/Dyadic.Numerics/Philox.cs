using System.Runtime.CompilerServices;

namespace Dyadic.Numerics;

/// <summary>The Philox-4x32-10 function: 128 bits of counter and 64 bits of key to 128 random bits.</summary>
/// <remarks>Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", §3.3; docs/equations/random.md (1)–(2).</remarks>
public static class Philox
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57;     // multipliers of the round
    private const uint W0 = 0x9E3779B9, W1 = 0xBB67AE85;     // what the key gains from round to round

    /// <summary>The four words of block (<paramref name="low"/>, <paramref name="high"/>) under <paramref name="key"/>.</summary>
    /// <param name="key">Key words 0 (low half) and 1 (high half).</param>
    /// <param name="low">Counter words 0 and 1.</param>
    /// <param name="high">Counter words 2 and 3.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint X0, uint X1, uint X2, uint X3) Block(ulong key, ulong low, ulong high)
    {
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        uint x0 = (uint)low, x1 = (uint)(low >> 32), x2 = (uint)high, x3 = (uint)(high >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)M0 * x0, p1 = (ulong)M1 * x2;
            (x0, x1, x2, x3) = ((uint)(p1 >> 32) ^ x1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ x3 ^ k1, (uint)p0);
            k0 += W0;
            k1 += W1;
        }
        return (x0, x1, x2, x3);
    }
}
