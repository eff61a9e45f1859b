using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Dyadic.Kernels;

namespace Dyadic.Cli.Health;

/// <summary>What the processor offers and .NET uses.</summary>
internal static class ProcessorFeatures
{
    /// <summary>The vector instruction sets that .NET reports, and tiles, by their usual names.</summary>
    public static IReadOnlyList<string> Found() =>
    [
        .. new (string Name, bool Found)[]
        {
            ("sse2", Sse2.IsSupported), ("sse4.2", Sse42.IsSupported), ("avx", Avx.IsSupported), ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported),
            ("avx-vnni", AvxVnni.IsSupported), ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported), ("avx512dq", Avx512DQ.IsSupported),
            ("avx512vbmi", Avx512Vbmi.IsSupported), ("avx10.1", Avx10v1.IsSupported), ("amx-int8", InstructionSets.ProcessorHasTiles),
            ("adv-simd", AdvSimd.IsSupported), ("dot-product", Dp.IsSupported),
        }.Where(f => f.Found).Select(f => f.Name),
    ];

    /// <summary>Vector widths in bits, and whether the machine has instructions of that width that .NET uses.</summary>
    public static IReadOnlyList<VectorWidth> Widths() =>
    [
        new(128, Vector128.IsHardwareAccelerated), new(256, Vector256.IsHardwareAccelerated), new(512, Vector512.IsHardwareAccelerated),
    ];

    /// <summary>The processor's own name where the system tells it, else the architecture.</summary>
    public static string ProcessorName()
    {
        const string CpuInfo = "/proc/cpuinfo";
        string? line = File.Exists(CpuInfo) ? File.ReadLines(CpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}

/// <summary>One vector width.</summary>
internal sealed record VectorWidth(int Bits, bool Accelerated);
