namespace Dyadic.Kernels.Jit;

/// <summary>What the environment says about generated code, read once.</summary>
/// <remarks>
/// DYADIC_JIT=0 turns it off; DYADIC_ISA names an instruction set; DYADIC_JIT_DUMP names a folder for listings;
/// DYADIC_PERF_MAP=1 writes /tmp/perf-PID.map, by which Linux profilers name kernels.
/// </remarks>
public static class JitSwitches
{
    /// <summary>False turns generated code off.</summary>
    public static bool Enabled { get; } = Environment.GetEnvironmentVariable("DYADIC_JIT") != "0";

    /// <summary>The instruction set asked for, or null.</summary>
    public static string? InstructionSet { get; } = Environment.GetEnvironmentVariable("DYADIC_ISA") is { Length: > 0 } name ? name : null;

    /// <summary>Where each kernel's listing is written, or null.</summary>
    public static string? DumpFolder { get; } = Environment.GetEnvironmentVariable("DYADIC_JIT_DUMP") is { Length: > 0 } folder ? folder : null;

    /// <summary>True writes a perf map.</summary>
    public static bool PerfMap { get; } = OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("DYADIC_PERF_MAP") == "1";
}
