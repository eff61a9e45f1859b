using System.Runtime.InteropServices;

namespace Dyadic.Runtime;

/// <summary>Native memory at a multiple of 64 bytes, freed with its owner.</summary>
internal sealed unsafe class NativeBlock
{
    public NativeBlock(long bytes)
    {
        Data = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 64), 64);
        Bytes = Math.Max(bytes, 64);
        GC.AddMemoryPressure(Bytes);
    }

    ~NativeBlock()
    {
        NativeMemory.AlignedFree(Data);
        GC.RemoveMemoryPressure(Bytes);
    }

    public byte* Data { get; }

    public long Bytes { get; }

    public static long Align(long bytes) => checked(bytes + 63) & ~63L;
}
