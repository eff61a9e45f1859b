using System.Runtime.Intrinsics;

namespace Dyadic.Kernels;

/// <summary>The widest vector that managed kernels may use, in bits. Every width gives the same integers.</summary>
public enum SimdWidth
{
    /// <summary>Plain loops.</summary>
    Scalar = 0,

    /// <summary>SSE, AVX at 128 bits, AdvSimd.</summary>
    V128 = 128,

    /// <summary>AVX2.</summary>
    V256 = 256,

    /// <summary>AVX-512.</summary>
    V512 = 512,
}

/// <summary>How kernels run: a value that travels with the call, never the environment.</summary>
/// <param name="Width">The widest vector allowed.</param>
/// <param name="Threads">The largest number of threads that one call may use; at least 1.</param>
public readonly record struct ExecutionMode(SimdWidth Width, int Threads)
{
    /// <summary>The widest vectors that this machine accelerates and its best generated kernels, on all its cores.</summary>
    /// <exception cref="ArgumentException">A switch in the environment has a value that means nothing; see <see cref="InstructionSets.Best"/>.</exception>
    public static ExecutionMode Default => new(BestWidth, Environment.ProcessorCount) { Code = InstructionSets.Best };

    /// <summary>The instruction set of generated kernels; <see cref="InstructionSet.None"/> leaves all work to managed code.</summary>
    public InstructionSet Code { get; init; }

    /// <summary>Every kind of kernel that runs here, on one thread, the slowest first: plain loops, managed vectors, each set of generated code.</summary>
    public static IReadOnlyList<ExecutionMode> Rungs { get; } =
    [
        .. new[] { SimdWidth.Scalar, SimdWidth.V128, SimdWidth.V256, SimdWidth.V512 }.Select(w => new ExecutionMode(w, 1)),
        .. InstructionSets.Available.Select(s => new ExecutionMode(s.VectorBytes() == 64 ? SimdWidth.V512 : SimdWidth.V256, 1) { Code = s }),
    ];

    /// <summary>The name of the kernels in listings: scalar, managed256, avx512vnni.</summary>
    public string Rung => Code != InstructionSet.None ? Code.Name() : Width == SimdWidth.Scalar ? "scalar" : $"managed{(int)Width}";

    /// <summary>The widest vector that this machine accelerates.</summary>
    public static SimdWidth BestWidth =>
        Vector512.IsHardwareAccelerated ? SimdWidth.V512 :
        Vector256.IsHardwareAccelerated ? SimdWidth.V256 :
        Vector128.IsHardwareAccelerated ? SimdWidth.V128 : SimdWidth.Scalar;
}
