using System.Runtime.InteropServices;
using Dyadic.Kernels;

namespace Dyadic.Runtime;

/// <summary>Native memory at a multiple of 64 bytes, freed with its owner.</summary>
internal sealed unsafe class NativeBlock
{
    public NativeBlock(long bytes)
    {
        Bytes = Math.Max(bytes, 64);
        Data = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, (nuint)(Bytes < LargePages.Bytes ? 64 : LargePages.Bytes));
        LargePages.Request(Data, (nint)Bytes);
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
