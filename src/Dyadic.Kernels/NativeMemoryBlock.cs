using System.Runtime.InteropServices;

namespace Dyadic.Kernels;

/// <summary>Native memory at a multiple of 64 bytes, freed by the collector. Its content is arbitrary.</summary>
/// <remarks>
/// Blocks lie one behind the other in chunks of large pages: the weights of a network are many blocks, most of them smaller than such a page. A chunk is free
/// with its last block, and a few free ones are kept for the next network.
/// </remarks>
public sealed unsafe class NativeMemoryBlock
{
    private const nint Alignment = 64, ChunkBytes = 8 * LargePages.Bytes;
    private const int MostIdle = 8;
    private static readonly Lock Gate = new();
    private static readonly Stack<nint> Idle = new(MostIdle);
    private static Chunk? s_roomiest;
    private readonly Chunk _chunk;

    /// <summary>A block of <paramref name="bytes"/> bytes.</summary>
    public NativeMemoryBlock(long bytes)
    {
        Bytes = bytes;
        lock (Gate)
        {
            _chunk = s_roomiest is not null && bytes <= s_roomiest.Left ? s_roomiest : new((nint)Math.Max(bytes, ChunkBytes));
            Pointer = _chunk.Take((nint)bytes);
            if (s_roomiest is null || _chunk.Left > s_roomiest.Left) s_roomiest = _chunk;
        }
    }

    /// <summary>The first byte; valid while this object is reachable.</summary>
    public byte* Pointer { get; }

    /// <summary>The size.</summary>
    public long Bytes { get; }

    // Made and asked under the lock.
    private sealed class Chunk
    {
        private readonly byte* _memory;
        private readonly nint _bytes;

        public Chunk(nint bytes)
        {
            _bytes = Left = (bytes + Alignment - 1) & -Alignment;
            _memory = bytes == ChunkBytes && Idle.TryPop(out nint idle) ? (byte*)idle : Allocate(_bytes);
            GC.AddMemoryPressure(_bytes);
        }

        ~Chunk()
        {
            GC.RemoveMemoryPressure(_bytes);
            lock (Gate)
            {
                if (_bytes == ChunkBytes && Idle.Count < MostIdle) Idle.Push((nint)_memory);
                else NativeMemory.AlignedFree(_memory);
            }
        }

        public nint Left { get; private set; }

        public byte* Take(nint bytes)
        {
            byte* first = _memory + (_bytes - Left);
            Left -= (bytes + Alignment - 1) & -Alignment;
            return first;
        }

        private static byte* Allocate(nint bytes)
        {
            byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, LargePages.Bytes);
            LargePages.Request(memory, bytes);
            return memory;
        }
    }
}
