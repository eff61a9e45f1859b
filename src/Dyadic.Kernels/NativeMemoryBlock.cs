using System.Runtime.InteropServices;

namespace Dyadic.Kernels;

/// <summary>Native memory at a multiple of 64 bytes, freed by the collector. Its content is arbitrary.</summary>
/// <remarks>Blocks lie one behind the other in chunks of large pages: the weights of a network are many blocks, most of them smaller than such a page.</remarks>
internal sealed unsafe class NativeMemoryBlock
{
    private const nint Alignment = 64, ChunkBytes = 8 * LargePages.Bytes;
    private static readonly Lock Gate = new();
    private static Chunk? s_last;
    private readonly Chunk _chunk;

    public NativeMemoryBlock(nint bytes)
    {
        Bytes = bytes;
        lock (Gate)
        {
            _chunk = s_last is not null && bytes <= s_last.Left ? s_last : new(Math.Max(bytes, ChunkBytes));
            Pointer = _chunk.Take(bytes);
            if (s_last is null || _chunk.Left > s_last.Left) s_last = _chunk;
        }
    }

    /// <summary>The first byte; valid while this object is reachable.</summary>
    public byte* Pointer { get; }

    public long Bytes { get; }

    /// <summary>Freed with the last block in it.</summary>
    private sealed class Chunk
    {
        private readonly nint _bytes;
        private nint _used;

        public Chunk(nint bytes)
        {
            _bytes = (bytes + Alignment - 1) & -Alignment;
            Memory = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, LargePages.Bytes);
            LargePages.Request(Memory, _bytes);
            GC.AddMemoryPressure(_bytes);
        }

        ~Chunk()
        {
            NativeMemory.AlignedFree(Memory);
            GC.RemoveMemoryPressure(_bytes);
        }

        public byte* Memory { get; }

        public nint Left => _bytes - _used;

        public byte* Take(nint bytes)
        {
            byte* first = Memory + _used;
            _used += (bytes + Alignment - 1) & -Alignment;
            return first;
        }
    }
}
