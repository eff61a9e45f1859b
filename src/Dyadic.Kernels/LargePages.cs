using System.Runtime.InteropServices;

namespace Dyadic.Kernels;

/// <summary>Asks Linux to back memory with pages of 2 MiB, so that its first use costs one fault for each of them and not for each 4 KiB.</summary>
/// <remarks>A request: where it is not granted, and on other systems, memory is as it was.</remarks>
public static unsafe partial class LargePages
{
    /// <summary>The size of such a page, and the alignment that large blocks should have.</summary>
    public const int Bytes = 1 << 21;

    private const int Advice = 14;      // MADV_HUGEPAGE

    /// <summary>Asks for the whole pages in [<paramref name="start"/>, <paramref name="start"/> + <paramref name="bytes"/>), which is not in use yet.</summary>
    public static void Request(void* start, nint bytes)
    {
        if (!OperatingSystem.IsLinux()) return;
        nint first = (nint)start + Bytes - 1 & -Bytes, end = (nint)start + bytes & -Bytes;
        if (first < end) _ = Advise(first, end - first, Advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nint bytes, int advice);
}
