using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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

    /// <summary>The words of the blocks <paramref name="low"/>, <paramref name="low"/> + 1, … one after another.</summary>
    /// <param name="key">Key words 0 (low half) and 1 (high half).</param>
    /// <param name="low">Counter words 0 and 1 of the first block.</param>
    /// <param name="high">Counter words 2 and 3 of all blocks.</param>
    /// <param name="words">Receives four words for each block; the length is a multiple of 4.</param>
    public static void Blocks(ulong key, ulong low, ulong high, Span<uint> words)
    {
        Ensure.Shape(words.Length % 4 == 0, $"Philox.Blocks: {words.Length} words are no whole blocks. Pass a multiple of 4.");
        int done = 0;
        if (Avx512F.IsSupported)
            for (; done + 64 <= words.Length; done += 64, low += 16)
                SixteenBlocks(key, low, high, MemoryMarshal.Cast<uint, ulong>(words.Slice(done, 64)));
        if (Avx2.IsSupported)
        {
            for (; done + 32 <= words.Length; done += 32, low += 8)
                TwiceFourBlocks(key, low, high, MemoryMarshal.Cast<uint, ulong>(words.Slice(done, 32)));
            for (; done + 16 <= words.Length; done += 16, low += 4)
                FourBlocks(key, low, high, MemoryMarshal.Cast<uint, ulong>(words.Slice(done, 16)));
        }
        for (; done < words.Length; done += 4, low++)
            (words[done], words[done + 1], words[done + 2], words[done + 3]) = Block(key, low, high);
    }

    // One block a lane; a word is the lower half of its lane, and the upper half is whatever the products left there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourBlocks(ulong key, ulong low, ulong high, Span<ulong> pairs)
    {
        Vector256<ulong> x0 = Vector256.Create(low) + Vector256.Create(0UL, 1, 2, 3), x1 = x0 >> 32;
        Vector256<ulong> x2 = Vector256.Create((ulong)(uint)high), x3 = Vector256.Create(high >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            Vector256<ulong> p0 = Avx2.Multiply(x0.AsUInt32(), Vector256.Create(M0)), p1 = Avx2.Multiply(x2.AsUInt32(), Vector256.Create(M1));
            (x0, x1, x2, x3) = ((p1 >> 32) ^ x1 ^ Vector256.Create((ulong)k0), p1, (p0 >> 32) ^ x3 ^ Vector256.Create((ulong)k1), p0);
            k0 += W0;
            k1 += W1;
        }
        Interleave(x0, x1, x2, x3, pairs);
    }

    // As FourBlocks, two at a time, which share the keys and hide each other's latency.
    private static void TwiceFourBlocks(ulong key, ulong low, ulong high, Span<ulong> pairs)
    {
        Vector256<ulong> x0 = Vector256.Create(low) + Vector256.Create(0UL, 1, 2, 3), x1 = x0 >> 32, y0 = x0 + Vector256.Create(4UL), y1 = y0 >> 32;
        Vector256<ulong> x2 = Vector256.Create((ulong)(uint)high), x3 = Vector256.Create(high >> 32), y2 = x2, y3 = x3;
        Vector256<ulong> k0 = Vector256.Create((ulong)(uint)key), k1 = Vector256.Create(key >> 32), w0 = Vector256.Create((ulong)W0), w1 = Vector256.Create((ulong)W1);
        Vector256<uint> m0 = Vector256.Create(M0), m1 = Vector256.Create(M1);
        for (int round = 0; round < 10; round++)
        {
            Vector256<ulong> p0 = Avx2.Multiply(x0.AsUInt32(), m0), p1 = Avx2.Multiply(x2.AsUInt32(), m1), q0 = Avx2.Multiply(y0.AsUInt32(), m0), q1 = Avx2.Multiply(y2.AsUInt32(), m1);
            (x0, x1, x2, x3) = ((p1 >> 32) ^ x1 ^ k0, p1, (p0 >> 32) ^ x3 ^ k1, p0);
            (y0, y1, y2, y3) = ((q1 >> 32) ^ y1 ^ k0, q1, (q0 >> 32) ^ y3 ^ k1, q0);
            k0 += w0;                                                                 // carries reach upper halves only
            k1 += w1;
        }
        Interleave(x0, x1, x2, x3, pairs);
        Interleave(y0, y1, y2, y3, pairs[8..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Interleave(Vector256<ulong> x0, Vector256<ulong> x1, Vector256<ulong> x2, Vector256<ulong> x3, Span<ulong> pairs)
    {
        Vector256<ulong> words = Vector256.Create(0xFFFF_FFFFUL);
        Vector256<ulong> first = (x0 & words) | (x1 << 32), second = (x2 & words) | (x3 << 32);      // words 0, 1 and 2, 3 of each block
        Vector256<ulong> even = Avx2.UnpackLow(first, second), odd = Avx2.UnpackHigh(first, second);  // blocks 0, 2 and 1, 3
        Avx2.Permute2x128(even, odd, 0x20).CopyTo(pairs);
        Avx2.Permute2x128(even, odd, 0x31).CopyTo(pairs[4..]);
    }

    // As FourBlocks, of twice the width and two at a time, which share the keys and hide each other's latency.
    private static void SixteenBlocks(ulong key, ulong low, ulong high, Span<ulong> pairs)
    {
        Vector512<ulong> x0 = Vector512.Create(low) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7), x1 = x0 >> 32, y0 = x0 + Vector512.Create(8UL), y1 = y0 >> 32;
        Vector512<ulong> x2 = Vector512.Create((ulong)(uint)high), x3 = Vector512.Create(high >> 32), y2 = x2, y3 = x3;
        Vector512<ulong> k0 = Vector512.Create((ulong)(uint)key), k1 = Vector512.Create(key >> 32), w0 = Vector512.Create((ulong)W0), w1 = Vector512.Create((ulong)W1);
        for (int round = 0; round < 10; round++)
        {
            Vector512<ulong> p0 = LowerProduct(x0, M0), p1 = LowerProduct(x2, M1), q0 = LowerProduct(y0, M0), q1 = LowerProduct(y2, M1);
            (x0, x1, x2, x3) = ((p1 >> 32) ^ x1 ^ k0, p1, (p0 >> 32) ^ x3 ^ k1, p0);
            (y0, y1, y2, y3) = ((q1 >> 32) ^ y1 ^ k0, q1, (q0 >> 32) ^ y3 ^ k1, q0);
            k0 += w0;                                                                 // carries reach upper halves only
            k1 += w1;
        }
        Interleave(x0, x1, x2, x3, pairs);
        Interleave(y0, y1, y2, y3, pairs[16..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Interleave(Vector512<ulong> x0, Vector512<ulong> x1, Vector512<ulong> x2, Vector512<ulong> x3, Span<ulong> pairs)
    {
        Vector512<ulong> words = Vector512.Create(0xFFFF_FFFFUL), first = (x0 & words) | (x1 << 32), second = (x2 & words) | (x3 << 32);
        Avx512F.PermuteVar8x64x2(first, Vector512.Create(0UL, 8, 1, 9, 2, 10, 3, 11), second).CopyTo(pairs);
        Avx512F.PermuteVar8x64x2(first, Vector512.Create(4UL, 12, 5, 13, 6, 14, 7, 15), second).CopyTo(pairs[8..]);
    }

    /// <summary>Eight blocks: word w of block i is the lower half of lane i of result w, and its upper half is undefined. Of the counters the lower halves of words 0 and 1 count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (Vector512<ulong> X0, Vector512<ulong> X1, Vector512<ulong> X2, Vector512<ulong> X3) EightBlocks(
        ulong key, Vector512<ulong> word0, Vector512<ulong> word1, uint word2, uint word3)
    {
        Vector512<ulong> x0 = word0, x1 = word1, x2 = Vector512.Create((ulong)word2), x3 = Vector512.Create((ulong)word3);
        Vector512<ulong> k0 = Vector512.Create((ulong)(uint)key), k1 = Vector512.Create(key >> 32), w0 = Vector512.Create((ulong)W0), w1 = Vector512.Create((ulong)W1);
        for (int round = 0; round < 10; round++)
        {
            Vector512<ulong> p0 = LowerProduct(x0, M0), p1 = LowerProduct(x2, M1);
            (x0, x1, x2, x3) = ((p1 >> 32) ^ x1 ^ k0, p1, (p0 >> 32) ^ x3 ^ k1, p0);
            k0 += w0;                                                                 // carries reach upper halves only
            k1 += w1;
        }
        return (x0, x1, x2, x3);
    }

    // The lower half of each lane times m, 64 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> LowerProduct(Vector512<ulong> x, uint m)
    {
        if (Avx512F.IsSupported) return Avx512F.Multiply(x.AsUInt32(), Vector512.Create(m));
        if (Avx2.IsSupported)
            return Vector512.Create(Avx2.Multiply(x.GetLower().AsUInt32(), Vector256.Create(m)), Avx2.Multiply(x.GetUpper().AsUInt32(), Vector256.Create(m)));
        return (x & Vector512.Create(0xFFFF_FFFFUL)) * Vector512.Create((ulong)m);
    }
}
