using System.Runtime.InteropServices;

namespace Dyadic.Kernels.Jit;

/// <summary>One kernel's machine code in memory of its own, between two pages that nobody may touch: written while writable, then executable, never both.</summary>
public sealed unsafe partial class CodePage : SafeHandle
{
    private readonly nint _bytes;

    private CodePage(nint address, nint bytes) : base(0, ownsHandle: true)
    {
        _bytes = bytes;
        SetHandle(address);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The first instruction.</summary>
    public nint Entry => handle + Environment.SystemPageSize;

    /// <summary>The code in executable memory, or null where the system refuses it.</summary>
    public static CodePage? Of(ReadOnlySpan<byte> code)
    {
        nint page = Environment.SystemPageSize, body = (code.Length + page - 1) / page * page, bytes = body + 2 * page;
        nint address = OperatingSystem.IsWindows() ? Windows.VirtualAlloc(0, bytes, Windows.Reserve, Windows.NoAccess) : Unix.Reserve(bytes);
        if (address is 0 or -1) return null;
        CodePage region = new(address, bytes);
        byte* entry = (byte*)region.Entry;
        if (Writable(entry, body))
        {
            code.CopyTo(new Span<byte>(entry, code.Length));
            new Span<byte>(entry + code.Length, (int)(body - code.Length)).Fill(0xCC);      // traps
            if (Executable(entry, body)) return region;
        }
        region.Dispose();
        return null;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => OperatingSystem.IsWindows() ? Windows.VirtualFree(handle, 0, Windows.Release) : Unix.Unmap(handle, _bytes) == 0;

    private static bool Writable(byte* at, nint bytes) => OperatingSystem.IsWindows()
        ? Windows.VirtualAlloc((nint)at, bytes, Windows.Commit, Windows.ReadWrite) != 0
        : Unix.Protect((nint)at, bytes, Unix.Read | Unix.Write) == 0;

    private static bool Executable(byte* at, nint bytes) => OperatingSystem.IsWindows()
        ? Windows.VirtualProtect((nint)at, bytes, Windows.ExecuteRead, out _) && Windows.FlushInstructionCache(-1, (nint)at, bytes)
        : Unix.Protect((nint)at, bytes, Unix.Read | Unix.Execute) == 0;

    private static partial class Unix
    {
        public const int Read = 1, Write = 2, Execute = 4;
        private const int Private = 2;

        private static int Anonymous => OperatingSystem.IsMacOS() ? 0x1000 : 0x20;

        public static nint Reserve(nint bytes) => Map(0, bytes, 0, Private | Anonymous, -1, 0);

        [LibraryImport("libc", EntryPoint = "mprotect")]
        public static partial int Protect(nint address, nint bytes, int rights);

        [LibraryImport("libc", EntryPoint = "munmap")]
        public static partial int Unmap(nint address, nint bytes);

        [LibraryImport("libc", EntryPoint = "mmap")]
        private static partial nint Map(nint address, nint bytes, int rights, int flags, int file, nint offset);
    }

    private static partial class Windows
    {
        public const uint Commit = 0x1000, Reserve = 0x2000, Release = 0x8000, NoAccess = 1, ReadWrite = 4, ExecuteRead = 0x20;

        [LibraryImport("kernel32")]
        public static partial nint VirtualAlloc(nint address, nint bytes, uint type, uint rights);

        [LibraryImport("kernel32")]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static partial bool VirtualProtect(nint address, nint bytes, uint rights, out uint old);

        [LibraryImport("kernel32")]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static partial bool VirtualFree(nint address, nint bytes, uint type);

        [LibraryImport("kernel32")]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static partial bool FlushInstructionCache(nint process, nint address, nint bytes);
    }
}
