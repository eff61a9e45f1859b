using System.Runtime.Intrinsics.X86;

namespace Dyadic.Kernels.Contractions;

/// <summary>Asks for memory before it is needed, where nothing else would in time. A request: it reads nothing, and beyond the end of a block it does nothing.</summary>
internal static unsafe class CacheLines
{
    /// <summary>Bytes of a line.</summary>
    public const int Bytes = 64;

    /// <summary>Lines for now: into the first cache.</summary>
    public static void Ask(void* from, nint bytes)
    {
        if (!Sse.IsSupported) return;
        for (nint i = 0; i < bytes; i += Bytes) Sse.Prefetch0((byte*)from + i);
    }

    /// <summary>Lines for later: into the second cache.</summary>
    public static void AskForLater(void* from, nint bytes)
    {
        if (!Sse.IsSupported) return;
        for (nint i = 0; i < bytes; i += Bytes) Sse.Prefetch1((byte*)from + i);
    }
}
