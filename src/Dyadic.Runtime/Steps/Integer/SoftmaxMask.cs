using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>What the bytes of a mask do to the codes that a softmax reads: add a number, or put one in their place.</summary>
public sealed class SoftmaxMask
{
    /// <summary>The largest magnitude of a number: more than codes of 16 bits and the reach of an exponential.</summary>
    public const int Most = 1 << 20;

    private SoftmaxMask(int[] table)
    {
        Ensure.Shape(table.Length == 512 && table.All(t => Math.Abs((long)t) <= Most), $"Softmax: a mask of {table.Length / 2} numbers. Give one of at most {Most} for each of the 256 bytes.");
        Table = table;
    }

    // 256 numbers to add, then 256 that are −1 where the code is kept and 0 where it goes.
    internal int[] Table { get; }

    /// <summary>x + terms[b].</summary>
    /// <param name="terms">256 numbers in units of x.</param>
    public static SoftmaxMask Adding(ReadOnlySpan<int> terms) => new([.. terms, .. Enumerable.Repeat(-1, 256)]);

    /// <summary>x where b is not 0 (or, turned, where it is), else <paramref name="other"/>.</summary>
    /// <param name="other">A number in units of x.</param>
    /// <param name="turned">Whether 0 keeps x.</param>
    public static SoftmaxMask Choosing(int other, bool turned = false)
    {
        int[] table = new int[512];
        for (int b = 0; b < 256; b++) (table[b], table[256 + b]) = (b != 0) != turned ? (0, -1) : (other, 0);
        return new(table);
    }

    internal int Of(int code, byte mask) => (code & Table[256 + mask]) + Table[mask];
}
