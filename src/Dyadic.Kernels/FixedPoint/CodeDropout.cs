using System.Numerics;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>y[i] = x[i] where word i of a random stream is at least p·2³², else 0: the mask of dropout, on codes.</summary>
/// <remarks>The words are those of dropout on floats, so that the same seed drops the same elements. The scale 1/(1 − p) is <see cref="FixedPointSum.Scale"/>'s.</remarks>
public static unsafe class CodeDropout
{
    private const int Block = 1024;

    /// <summary>The least word of an element that stays: ⌊p·2³²⌋.</summary>
    public static ulong Threshold(float probability) => (ulong)(probability * 4294967296.0);

    /// <summary>Drops codes.</summary>
    /// <param name="x">Codes of 8 or 16 bits.</param>
    /// <param name="threshold">From <see cref="Threshold"/>.</param>
    /// <param name="seed">The seed of the random words.</param>
    /// <param name="stream">Their stream, read from its start.</param>
    /// <param name="y">Receives the codes; may be <paramref name="x"/>.</param>
    /// <param name="mode">Threads.</param>
    public static void Mask<T>(ReadOnlySpan<T> x, ulong threshold, ulong seed, ulong stream, Span<T> y, in ExecutionMode mode) where T : unmanaged, IBinaryInteger<T>
    {
        Ensure.Shape(x.Length == y.Length, $"CodeDropout: {x.Length} codes, room for {y.Length}. Pass spans of one length.");
        fixed (T* from = x, to = y)
        {
            Body<T> body = new(from, to, y.Length, threshold, seed, stream);
            WorkerPool.For((y.Length + Block - 1) / Block, mode, ref body, 8);
        }
    }

    private readonly struct Body<T>(T* x, T* y, int length, ulong threshold, ulong seed, ulong stream) : IParallelBody where T : unmanaged, IBinaryInteger<T>
    {
        public void Run(int start, int end)
        {
            Span<uint> words = stackalloc uint[Block];
            for (int block = start; block < end; block++)
            {
                int first = block * Block, count = Math.Min(Block, length - first);
                Philox.Blocks(seed, (ulong)first >> 2, stream, words);
                for (int i = 0; i < count; i++) y[first + i] = words[i] >= threshold ? x[first + i] : T.Zero;
            }
        }
    }
}
