using System.Runtime.InteropServices;

namespace Dyadic.Cli.Health;

/// <summary>Whether the system lets a process turn a written page of memory into an executable one, which generated kernels need.</summary>
internal static class CodePages
{
    private const int Read = 1, Write = 2, Execute = 4;                 // PROT_*
    private const int Private = 2, AnonymousLinux = 0x20, AnonymousMac = 0x1000;
    private const uint Commit = 0x3000, Release = 0x8000, ReadWrite = 4, ExecuteRead = 0x20;
    private const nint Bytes = 4096;

    /// <summary>True when a page could be flipped from writable to executable; nothing is executed.</summary>
    public static bool Allowed()
    {
        if (Environment.GetEnvironmentVariable("DYADIC_JIT") == "0") return false;
        try
        {
            return OperatingSystem.IsWindows() ? OnWindows() : OnUnix();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static bool OnUnix()
    {
        nint page = MapMemory(0, (nuint)Bytes, Read | Write, Private | (OperatingSystem.IsLinux() ? AnonymousLinux : AnonymousMac), -1, 0);
        if (page is -1 or 0) return false;
        bool flipped = ProtectMemory(page, (nuint)Bytes, Read | Execute) == 0;
        _ = UnmapMemory(page, (nuint)Bytes);
        return flipped;
    }

    private static bool OnWindows()
    {
        nint page = VirtualAlloc(0, (nuint)Bytes, Commit, ReadWrite);
        if (page == 0) return false;
        bool flipped = VirtualProtect(page, (nuint)Bytes, ExecuteRead, out _);
        _ = VirtualFree(page, 0, Release);
        return flipped;
    }

#pragma warning disable SYSLIB1054, CA5392 // source-generated imports need unsafe code, which this project does without; the libraries are the system's own
    [DllImport("libc", EntryPoint = "mmap")]
    private static extern nint MapMemory(nint address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect")]
    private static extern int ProtectMemory(nint address, nuint length, int protection);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int UnmapMemory(nint address, nuint length);

    [DllImport("kernel32")]
    private static extern nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [DllImport("kernel32")]
    private static extern bool VirtualProtect(nint address, nuint size, uint protection, out uint former);

    [DllImport("kernel32")]
    private static extern bool VirtualFree(nint address, nuint size, uint type);
#pragma warning restore SYSLIB1054, CA5392
}
