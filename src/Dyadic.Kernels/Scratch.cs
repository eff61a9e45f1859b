using System.Runtime.InteropServices;

namespace Dyadic.Kernels;

/// <summary>Native 64-byte-aligned working memory of the current thread, rented and returned in stack order.</summary>
/// <remarks>Blocks stay with the thread for the next call and are freed when the thread has ended. Contents are undefined.</remarks>
public static unsafe class Scratch
{
    [ThreadStatic] private static ScratchStack? _stack;

    /// <summary>Rents room for <paramref name="length"/> values; dispose it before anything rented earlier.</summary>
    public static ScratchBuffer<T> Rent<T>(nint length) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ScratchStack stack = _stack ??= new();
        int block = stack.Block;
        nint used = stack.Used;
        return new((T*)stack.Push(checked(length * sizeof(T))), length, stack, block, used);
    }
}

/// <summary>A rented span of native memory; a ref struct, so that it cannot outlive its scope.</summary>
public readonly unsafe ref struct ScratchBuffer<T> where T : unmanaged
{
    private readonly ScratchStack _stack;
    private readonly int _block;
    private readonly nint _used, _length;

    internal ScratchBuffer(T* pointer, nint length, ScratchStack stack, int block, nint used)
    {
        Pointer = pointer;
        (_length, _stack, _block, _used) = (length, stack, block, used);
    }

    /// <summary>The first value, at a multiple of 64 bytes.</summary>
    public T* Pointer { get; }

    /// <summary>The rented values.</summary>
    public Span<T> Span => new(Pointer, checked((int)_length));

    /// <summary>Returns the memory, and all that was rented after it.</summary>
    public void Dispose() => _stack?.Pop(_block, _used);
}

/// <summary>A stack over a growing list of native blocks; each new block at least doubles, so few are ever made.</summary>
internal sealed unsafe class ScratchStack
{
    private const nint FirstBlock = 1 << 20;
    private readonly nint[] _blocks = new nint[48], _sizes = new nint[48];

    public int Block { get; private set; }

    public nint Used { get; private set; }

    ~ScratchStack()
    {
        foreach (nint block in _blocks) NativeMemory.AlignedFree((void*)block);
    }

    public void* Push(nint bytes)
    {
        bytes = (bytes + 63) & ~63;
        if (Used + bytes > _sizes[Block]) NextBlock(bytes);
        byte* at = (byte*)_blocks[Block] + Used;
        Used += bytes;
        return at;
    }

    public void Pop(int block, nint used) => (Block, Used) = (block, used);

    // Blocks above the current one are empty: a too small one is replaced by one that fits.
    private void NextBlock(nint bytes)
    {
        int next = Used == 0 ? Block : Block + 1;
        if (_sizes[next] < bytes)
        {
            NativeMemory.AlignedFree((void*)_blocks[next]);
            (_blocks[next], _sizes[next]) = (0, 0);
            nint size = Math.Max(bytes, next == 0 ? FirstBlock : 2 * _sizes[next - 1]);
            _blocks[next] = (nint)NativeMemory.AlignedAlloc((nuint)size, 64);
            _sizes[next] = size;
        }
        (Block, Used) = (next, 0);
    }
}
