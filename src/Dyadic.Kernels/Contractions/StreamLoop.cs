using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Contractions;

/// <summary>The loop of a <see cref="StreamKey"/> over a block of memory of its own, ready to be timed.</summary>
public sealed unsafe class StreamLoop
{
    private readonly GeneratedKernel _kernel;
    private readonly NativeMemoryBlock _data;
    private readonly int _turns, _turnBytes;

    private StreamLoop(GeneratedKernel kernel, int turns, int turnBytes)
    {
        (_kernel, _turns, _turnBytes) = (kernel, turns, turnBytes);
        _data = new((nint)turns * turnBytes);
        new Span<byte>(_data.Pointer, turns * turnBytes).Clear();      // pages that were never written are all one
    }

    /// <summary>The loop of a set over about as many bytes, or null where it was refused.</summary>
    public static StreamLoop? Of(InstructionSet set, long bytes)
    {
        if (set == InstructionSet.None) return null;
        StreamKey key = new(set.OnVectors());
        int turns = (int)Math.Clamp(bytes / key.BytesPerTurn, 1, int.MaxValue / key.BytesPerTurn);
        return KernelCache.Get(key) is { } kernel ? new(kernel, turns, key.BytesPerTurn) : null;
    }

    /// <summary>Bytes that a run reads.</summary>
    public long Bytes => (long)_turns * _turnBytes;

    /// <summary>Reads the block once, a part on each of <paramref name="threads"/> threads.</summary>
    public void Run(int threads)
    {
        Body body = new(this, threads);
        WorkerPool.For(threads, new(SimdWidth.Scalar, threads), ref body);
        GC.KeepAlive(this);
    }

    private readonly struct Body(StreamLoop loop, int parts) : IParallelBody
    {
        public void Run(int start, int end)
        {
            byte* bits = stackalloc byte[64];
            long first = (long)loop._turns * start / parts, last = (long)loop._turns * end / parts;
            StreamArguments arguments = new() { Count = (nint)(last - first), Data = loop._data.Pointer + first * loop._turnBytes, Bits = bits };
            loop._kernel.Entry(&arguments);
        }
    }
}
