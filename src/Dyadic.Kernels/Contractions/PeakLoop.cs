using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Contractions;

/// <summary>The loop of a <see cref="PeakKey"/>, ready to be timed.</summary>
public sealed unsafe class PeakLoop
{
    private const int Turns = 10_000;      // long against waking a thread, short for the collector, which waits
    private readonly GeneratedKernel _kernel;
    private readonly PeakKey _key;

    private PeakLoop(GeneratedKernel kernel, PeakKey key) => (_kernel, _key, Products) = (kernel, key, Turns * key.ProductsPerTurn);

    /// <summary>The loop of a set, or null where it was refused or the set has no such product.</summary>
    public static PeakLoop? Of(InstructionSet set, OperandKind kind)
    {
        if (set == InstructionSet.None || (kind == OperandKind.U8S8 && !set.HasDot()) || (kind == OperandKind.BF16 && set != InstructionSet.Amx)) return null;
        PeakKey key = new(kind is OperandKind.U8S8 or OperandKind.BF16 ? set : set.OnVectors(), kind);
        return KernelCache.Get(key) is { } kernel ? new(kernel, key) : null;
    }

    /// <summary>Products of one <see cref="Run"/> on one thread.</summary>
    public long Products { get; }

    /// <summary>Runs the loop once on each of <paramref name="threads"/> threads, all factors 0.</summary>
    public void Run(int threads)
    {
        Body body = new(this);
        WorkerPool.For(threads, new(SimdWidth.Scalar, threads), ref body);
        GC.KeepAlive(this);
    }

    private readonly struct Body(PeakLoop loop) : IParallelBody
    {
        public void Run(int start, int end)
        {
            byte* operands = stackalloc byte[loop._key.Bytes];
            NativeMemory.Clear(operands, (nuint)loop._key.Bytes);
            loop._key.SetShape(operands);
            PeakArguments arguments = new() { Count = Turns, Operands = operands };
            for (int i = start; i < end; i++) loop._kernel.Entry(&arguments);
        }
    }
}
