using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Dyadic.Kernels.Jit;

/// <summary>Whether the system lets this process use tiles: their 8 KB are saved with a thread only where they were asked for.</summary>
internal static partial class TilePermission
{
    private const int StateLeaf = 0xD, TileData = 18, TileState = 3 << 17;      // state components 17 and 18: configuration and data

    /// <summary>True once the system has agreed; asks it at first use.</summary>
    public static bool Granted { get; } = IsPresent && (OperatingSystem.IsLinux() ? Linux.Ask() : OperatingSystem.IsWindows() && Windows.IsEnabled);

    // The processor can save tiles.
    private static bool IsPresent => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= StateLeaf && (X86Base.CpuId(StateLeaf, 0).Eax & TileState) == TileState;

    private static partial class Linux
    {
        private const nint ArchPrctl = 158, RequestPermission = 0x1023;

        public static bool Ask() => Call(ArchPrctl, RequestPermission, TileData) == 0;

        [LibraryImport("libc", EntryPoint = "syscall")]
        private static partial nint Call(nint number, nint code, nint argument);
    }

    // Threads get the room when they first use a tile.
    private static partial class Windows
    {
        public static bool IsEnabled => (Features() & TileState) == TileState;

        [LibraryImport("kernel32", EntryPoint = "GetEnabledXStateFeatures")]
        private static partial ulong Features();
    }
}
