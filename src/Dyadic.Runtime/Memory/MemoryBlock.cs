using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Memory;

/// <summary>
/// A 64-byte aligned block of pinned memory from <see cref="MemoryPool"/>. It goes back to the pool when disposed, and otherwise when the
/// collector finds it unreachable, so nobody has to dispose it. The memory is a managed array: a span that outlives its block still
/// points to live memory, and a block whose span was handed out by <see cref="Escape"/> is never reused.
/// </summary>
public sealed unsafe class MemoryBlock : IDisposable
{
    private byte[]? _array;
    private readonly byte* _start;
    private readonly RunMeter? _meter;
    private bool _escaped;

    private MemoryBlock(byte[] array, long bytes, RunMeter? meter)
    {
        (_array, _meter) = (array, meter);
        byte* first = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));   // pinned: the address stays
        _start = first + ((MemoryPool.Alignment - (int)((nint)first & (MemoryPool.Alignment - 1))) & (MemoryPool.Alignment - 1));
        Bytes = bytes;
    }

    /// <summary>Returns the memory to the pool.</summary>
    ~MemoryBlock() => Release();

    /// <summary>The usable size in bytes.</summary>
    public long Bytes { get; }

    /// <summary>True after <see cref="Dispose"/>.</summary>
    public bool IsDisposed => _array is null;

    /// <summary>Rents a block of at least <paramref name="bytes"/> bytes; its content is arbitrary unless <paramref name="clear"/>.</summary>
    /// <exception cref="ShapeException"><paramref name="bytes"/> exceeds about 2 GiB.</exception>
    /// <exception cref="BudgetException">The run under way on this thread may hold no more.</exception>
    public static MemoryBlock Rent(long bytes, bool clear = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Ensure.Shape(bytes <= MemoryPool.LargestBlock, $"A tensor of {bytes} bytes; at most {MemoryPool.LargestBlock} are supported. Split it.");
        RunMeter? meter = RunMeter.Current;
        meter?.Rent(bytes);
        MemoryBlock block = new(MemoryPool.Rent(bytes), bytes, meter);
        if (clear) NativeMemory.Clear(block._start, (nuint)bytes);
        return block;
    }

    /// <summary>
    /// <paramref name="length"/> elements from byte <paramref name="offset"/> on. The caller keeps the block reachable while it uses the
    /// span (<see cref="GC.KeepAlive"/>), or calls <see cref="Escape"/> first.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The block was disposed.</exception>
    public Span<T> Span<T>(long offset, int length) where T : unmanaged
    {
        ThrowIfDisposed();
        Ensure.Argument(
            offset >= 0 && length >= 0 && offset + ((long)length * sizeof(T)) <= Bytes,
            $"{length} elements from byte {offset} exceed a block of {Bytes} bytes.");
        return MemoryMarshal.CreateSpan(ref Unsafe.AsRef<T>(_start + offset), length);
    }

    /// <summary><paramref name="length"/> elements from byte <paramref name="offset"/> on; whoever holds the result keeps the block reachable.</summary>
    /// <exception cref="ObjectDisposedException">The block was disposed; later, when the memory is read.</exception>
    public Memory<T> Memory<T>(long offset, int length) where T : unmanaged
    {
        _ = Span<T>(offset, length);
        return new Part<T>(this, offset, length).Memory;
    }

    /// <summary>From now on the memory belongs to whoever holds a span of it: it is left to the collector and never pooled again.</summary>
    public void Escape() => _escaped = true;

    /// <summary>A view of the block from byte <paramref name="offset"/> on. The caller keeps the block reachable while it uses the view.</summary>
    public TensorView View(DType type, int[] dims, long offset = 0)
    {
        ThrowIfDisposed();
        return new(type, dims, _start + offset);
    }

    /// <summary>Gives the memory back now. Using the block afterwards throws.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void ThrowIfDisposed()
    {
        if (_array is null) ThrowDisposed();
    }

    [DoesNotReturn]
    private static void ThrowDisposed() => throw new ObjectDisposedException(nameof(MemoryBlock), "The memory of this tensor was given back by Dispose.");

    private void Release()
    {
        byte[]? array = Interlocked.Exchange(ref _array, null);
        if (array is null) return;
        _meter?.Return(Bytes);
        MemoryPool.Return(array, reusable: !_escaped);
    }

    private sealed class Part<T>(MemoryBlock block, long offset, int length) : MemoryManager<T> where T : unmanaged
    {
        public override Span<T> GetSpan() => block.Span<T>(offset, length);

        // The block is pinned as long as it is reachable.
        public override MemoryHandle Pin(int elementIndex = 0) => new((T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(GetSpan())) + elementIndex, pinnable: this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
