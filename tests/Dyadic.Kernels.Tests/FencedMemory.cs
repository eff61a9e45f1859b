using System.Runtime.InteropServices;

namespace Dyadic.Kernels.Tests;

/// <summary>Bytes that end (or start) at a page which may not be touched: a kernel that reads or writes one byte too far ends the test run.</summary>
internal sealed unsafe partial class FencedMemory : IDisposable
{
    private readonly nint _region, _bytes;

    /// <param name="length">Bytes.</param>
    /// <param name="atEnd">Fence behind the last byte, else in front of the first.</param>
    public FencedMemory(int length, bool atEnd)
    {
        nint page = Environment.SystemPageSize, body = (length + page - 1) / page * page + page;
        (_bytes, Length) = (body + 2 * page, length);
        _region = OperatingSystem.IsLinux() ? Map(0, _bytes, 3, 0x22, -1, 0) : (nint)NativeMemory.AllocZeroed((nuint)_bytes);
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(0, Protect(_region, page, 0));
            Assert.Equal(0, Protect(_region + page + body, page, 0));
        }
        Pointer = (byte*)(atEnd ? _region + page + body - length : _region + page);
    }

    public int Length { get; }

    public byte* Pointer { get; }

    public Span<byte> Span => new(Pointer, Length);

    public static FencedMemory Of<T>(ReadOnlySpan<T> values, bool atEnd) where T : unmanaged
    {
        FencedMemory memory = new(values.Length * sizeof(T), atEnd);
        MemoryMarshal.AsBytes(values).CopyTo(memory.Span);
        return memory;
    }

    public void Dispose()
    {
        if (OperatingSystem.IsLinux()) _ = Unmap(_region, _bytes);
        else NativeMemory.Free((void*)_region);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint bytes, int rights, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nint bytes, int rights);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint bytes);
}
