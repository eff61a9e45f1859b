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
    private static readonly Stack<Chunk> Idle = new(MostIdle);
    private static Chunk? s_roomiest;      // of those in use
    private readonly Chunk? _chunk;

    /// <summary>A block of <paramref name="bytes"/> bytes.</summary>
    public NativeMemoryBlock(long bytes)
    {
        Bytes = bytes;
        lock (Gate)
        {
            if (bytes <= s_roomiest?.Left) _chunk = s_roomiest;
            else if (bytes > ChunkBytes || !Idle.TryPop(out _chunk)) _chunk = new((nint)Math.Max(bytes, ChunkBytes));
            Pointer = _chunk.Take((nint)bytes);
            if (s_roomiest is null || _chunk.Left > s_roomiest.Left) s_roomiest = _chunk;
        }
    }

    /// <summary>Gives the memory back.</summary>
    ~NativeMemoryBlock()
    {
        lock (Gate)
        {
            if (_chunk?.GiveBack() is not true) return;
            if (s_roomiest == _chunk) s_roomiest = null;
            if (_chunk.Bytes == ChunkBytes && Idle.Count < MostIdle) Idle.Push(_chunk);
            else _chunk.Free();
        }
    }

    /// <summary>The first byte; valid while this object is reachable.</summary>
    public byte* Pointer { get; }

    /// <summary>The size.</summary>
    public long Bytes { get; }

    // Used under the lock.
    private sealed class Chunk
    {
        private readonly byte* _memory;
        private int _blocks;

        public Chunk(nint bytes)
        {
            Bytes = Left = (bytes + Alignment - 1) & -Alignment;
            _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, LargePages.Bytes);
            LargePages.Request(_memory, Bytes);
            GC.AddMemoryPressure(Bytes);
        }

        public nint Bytes { get; }

        public nint Left { get; private set; }

        public byte* Take(nint bytes)
        {
            byte* first = _memory + (Bytes - Left);
            Left -= (bytes + Alignment - 1) & -Alignment;
            _blocks++;
            return first;
        }

        // True when it was the last block.
        public bool GiveBack()
        {
            if (--_blocks > 0) return false;
            Left = Bytes;
            return true;
        }

        public void Free()
        {
            NativeMemory.AlignedFree(_memory);
            GC.RemoveMemoryPressure(Bytes);
        }
    }
}
