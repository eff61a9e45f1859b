using System.Runtime.InteropServices;

namespace Dyadic.Kernels.Jit;

/// <summary>Linux gives a process the tile registers of AMX on demand (arch_prctl); other systems give them to all.</summary>
internal static partial class TilePermission
{
    private const long ArchPrctl = 158, RequestPermission = 0x1023, TileData = 18;
    private static readonly Lazy<bool> Asked = new(Ask);

    /// <summary>True once this process may use tiles.</summary>
    public static bool Granted => Asked.Value;

    private static bool Ask()
    {
        if (!OperatingSystem.IsLinux()) return OperatingSystem.IsWindows();
        return Syscall(ArchPrctl, RequestPermission, TileData) == 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long Syscall(long number, long a, long b);
}
