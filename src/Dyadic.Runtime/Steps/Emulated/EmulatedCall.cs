using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>One step's run in an emulating arithmetic: what its loops have in common.</summary>
/// <param name="Emulation">The arithmetic.</param>
/// <param name="Container">Float32 or Float64.</param>
/// <param name="Op">The number of the op.</param>
/// <param name="Mode">Threads and vectors.</param>
internal readonly record struct EmulatedCall(Emulation Emulation, DType Container, uint Op, ExecutionMode Mode)
{
    /// <summary>Runs all units of a loop.</summary>
    public void Run<TLoop>(in TLoop loop) where TLoop : struct, IEmulatedLoop => Emulation.Run(in loop, Container, Op, Mode);
}
