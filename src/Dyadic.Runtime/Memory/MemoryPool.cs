using System.Numerics;

namespace Dyadic.Runtime.Memory;

/// <summary>
/// Pinned arrays in size classes (eight to each power of two). Blocks that nobody reaches come back through their finalizers; when the
/// pool has grown by more than a budget since the last collection, it asks for one before it grows further, so that a training loop that
/// disposes nothing has a flat working set. The rest of the managed heap is small (tensors are handles), so such a collection is short.
/// </summary>
public static class MemoryPool
{
    internal const int Alignment = 64;
    internal const long LargestBlock = int.MaxValue - 4096;

    private const long GrowthBudget = 64L << 20;
    private const long KeptAtLeast = 256L << 20;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, Stack<byte[]>> Free = [];
    private static long s_live, s_idle, s_peak, s_grown, s_liveAtCollection;

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
            if (!MustCollect(size)) return Grow(size);
        }
        GC.Collect();
        GC.WaitForPendingFinalizers();
        lock (Gate)
        {
            s_liveAtCollection = s_live;
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

    private static byte[] Grow(int size)
    {
        Count(size);
        return GC.AllocateUninitializedArray<byte>(size, pinned: true);
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
        s_peak = Math.Max(s_peak, s_live);
    }

    private static bool MustCollect(int size)
    {
        s_grown += size;
        if (s_grown <= Math.Max(GrowthBudget, s_liveAtCollection / 2)) return false;
        s_grown = 0;
        return true;
    }
}
