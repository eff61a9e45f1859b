using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dyadic.Kernels.Managed;

/// <summary>Dot products Σ u·x of nibbles u of 0 to 15, laid out as <see cref="NibbleRows"/> tells, with int8 x.</summary>
/// <remarks>A pair of products is at most 2·15·128 = 3840 in magnitude, so that eight pairs, those of four blocks, add up exactly in int16.</remarks>
internal static unsafe class NibbleDot
{
    /// <summary>Lines of a tile.</summary>
    public const int Lines = 4;

    private const int Exact = 4;

    /// <summary>sums[i] = Σ u[i]·x for four channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void FourChannels(sbyte* x, byte* u, nint rowBytes, int blocks, int* sums)
    {
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default;
        byte* u1 = u + rowBytes, u2 = u1 + rowBytes, u3 = u2 + rowBytes;
        for (nint block = 0, at = 0; block < blocks;)
        {
            Vector256<short> p0 = default, p1 = default, p2 = default, p3 = default;
            for (nint end = Math.Min(block + Exact, blocks); block < end; block++, at += NibbleRows.BlockBytes)
            {
                Vector256<sbyte> low = Vector256.Load(x + 2 * at), high = Vector256.Load(x + 2 * at + NibbleRows.BlockBytes);
                p0 = Add(p0, Vector256.Load(u + at), low, high);
                p1 = Add(p1, Vector256.Load(u1 + at), low, high);
                p2 = Add(p2, Vector256.Load(u2 + at), low, high);
                p3 = Add(p3, Vector256.Load(u3 + at), low, high);
            }
            (s0, s1, s2, s3) = (s0 + Widened(p0), s1 + Widened(p1), s2 + Widened(p2), s3 + Widened(p3));
        }
        Store(s0, s1, s2, s3, sums);
    }

    /// <summary>sums[i] = Σ u·x[i] for four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void FourRows(sbyte* x0, sbyte* x1, sbyte* x2, sbyte* x3, byte* u, int blocks, int* sums)
    {
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint block = 0, at = 0; block < blocks;)
        {
            Vector256<short> p0 = default, p1 = default, p2 = default, p3 = default;
            for (nint end = Math.Min(block + Exact, blocks); block < end; block++, at += NibbleRows.Block)
            {
                (Vector256<byte> low, Vector256<byte> high) = Halves(Vector256.Load(u + at / 2));
                p0 += Pairs(low, Vector256.Load(x0 + at)) + Pairs(high, Vector256.Load(x0 + at + NibbleRows.BlockBytes));
                p1 += Pairs(low, Vector256.Load(x1 + at)) + Pairs(high, Vector256.Load(x1 + at + NibbleRows.BlockBytes));
                p2 += Pairs(low, Vector256.Load(x2 + at)) + Pairs(high, Vector256.Load(x2 + at + NibbleRows.BlockBytes));
                p3 += Pairs(low, Vector256.Load(x3 + at)) + Pairs(high, Vector256.Load(x3 + at + NibbleRows.BlockBytes));
            }
            (s0, s1, s2, s3) = (s0 + Widened(p0), s1 + Widened(p1), s2 + Widened(p2), s3 + Widened(p3));
        }
        Store(s0, s1, s2, s3, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Add(Vector256<short> sum, Vector256<byte> u, Vector256<sbyte> x0, Vector256<sbyte> x1)
    {
        (Vector256<byte> low, Vector256<byte> high) = Halves(u);
        return sum + Pairs(low, x0) + Pairs(high, x1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<byte> Low, Vector256<byte> High) Halves(Vector256<byte> u)
    {
        Vector256<byte> mask = Vector256.Create((byte)15);
        return (u & mask, (u.AsUInt16() >>> 4).AsByte() & mask);
    }

    // Sums of two products each; which two are together makes no difference to the sum of all.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pairs(Vector256<byte> u, Vector256<sbyte> x)
    {
        if (Avx2.IsSupported) return Avx2.MultiplyAddAdjacent(u, x);
        (Vector256<ushort> u0, Vector256<ushort> u1) = Vector256.Widen(u);
        (Vector256<short> x0, Vector256<short> x1) = Vector256.Widen(x);
        return u0.AsInt16() * x0 + u1.AsInt16() * x1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widened(Vector256<short> pairs)
    {
        if (Avx2.IsSupported) return Avx2.MultiplyAddAdjacent(pairs, Vector256.Create((short)1));
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(pairs);
        return low + high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> s0, Vector256<int> s1, Vector256<int> s2, Vector256<int> s3, int* sums)
    {
        if (Avx2.IsSupported)
        {
            Vector256<int> all = Avx2.HorizontalAdd(Avx2.HorizontalAdd(s0, s1), Avx2.HorizontalAdd(s2, s3));
            (all.GetLower() + all.GetUpper()).Store(sums);
            return;
        }
        (sums[0], sums[1], sums[2], sums[3]) = (Vector256.Sum(s0), Vector256.Sum(s1), Vector256.Sum(s2), Vector256.Sum(s3));
    }
}
