using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dyadic.Kernels;

namespace Dyadic.Runtime.Memory;

/// <summary>
/// Pinned arrays in size classes (eight to each power of two). Blocks that nobody reaches come back through their finalizers. Before the
/// pool grows it asks for a collection, if as much was rented since the last one as is needed at once (<see cref="Budget"/>): then garbage
/// is what fills the memory. So a training loop that disposes nothing holds about twice what one step needs, for however many steps, and
/// collects about once a step. The rest of the managed heap is small (tensors are handles), so such a collection takes a millisecond.
/// </summary>
public static class MemoryPool
{
    internal const int Alignment = 64;
    internal const long LargestBlock = int.MaxValue - 4096;

    private const long LeastBudget = 64L << 20;
    private const long KeptAtLeast = 256L << 20;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, Stack<byte[]>> Free = [];
    private static long s_live, s_idle, s_peak, s_needed, s_rented;   // s_rented: since the last collection

    /// <summary>Bytes in rented blocks.</summary>
    public static long LiveBytes => Interlocked.Read(ref s_live);

    /// <summary>Bytes kept for later rents.</summary>
    public static long IdleBytes => Interlocked.Read(ref s_idle);

    /// <summary>Leaves idle memory to the collector.</summary>
    public static void Trim()
    {
        lock (Gate)
        {
            Free.Clear();
            s_idle = 0;
            s_peak = s_live;
        }
    }

    internal static byte[] Rent(long bytes)
    {
        int size = SizeClass(bytes);
        lock (Gate)
        {
            if (TryTake(size) is { } array) return array;
            if (s_rented < Budget) return Grow(size);
            s_rented = 0;
        }
        GC.Collect();
        GC.WaitForPendingFinalizers();
        lock (Gate)
        {
            // Both follow a falling need slowly: one collection may come at the moment of a step when little is needed.
            s_needed = Math.Max(s_live, s_needed - (s_needed / 8));
            s_peak = Math.Max(s_live, s_peak - (s_peak / 8));
            return TryTake(size) ?? Grow(size);
        }
    }

    internal static void Return(byte[] array, bool reusable)
    {
        lock (Gate)
        {
            s_live -= array.Length;
            if (!reusable || s_idle + array.Length > Math.Max(KeptAtLeast, s_peak)) return;
            if (!Free.TryGetValue(array.Length, out Stack<byte[]>? stack)) Free[array.Length] = stack = new();
            stack.Push(array);
            s_idle += array.Length;
        }
    }

    // Room to align the start, then eight classes to each power of two: at most 12.5 % of a block is unused.
    internal static int SizeClass(long bytes)
    {
        long size = bytes + Alignment;
        long unit = Math.Max(Alignment, (long)(BitOperations.RoundUpToPowerOf2((ulong)size) >> 4));
        return (int)Math.Min((size + unit - 1) / unit * unit, Array.MaxLength);
    }

    // Counting what was rented, not only what the pool grew by: otherwise each collection would leave it larger, without end.
    private static long Budget => Math.Max(LeastBudget, s_needed);

    private static unsafe byte[] Grow(int size)
    {
        Count(size);
        byte[] array = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        LargePages.Request(Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)), size);
        return array;
    }

    private static byte[]? TryTake(int size)
    {
        if (!Free.TryGetValue(size, out Stack<byte[]>? stack) || !stack.TryPop(out byte[]? array)) return null;
        s_idle -= size;
        Count(size);
        return array;
    }

    private static void Count(long size)
    {
        s_live += size;
        s_rented += size;
        s_peak = Math.Max(s_peak, s_live);
    }
}
