namespace Dyadic.Kernels.Jit;

/// <summary>What the environment says about generated code, read once.</summary>
/// <remarks>
/// DYADIC_JIT=0 turns it off; DYADIC_ISA names an instruction set; DYADIC_JIT_DUMP names a folder for listings;
/// DYADIC_PERF_MAP=1 writes /tmp/perf-PID.map, by which Linux profilers name kernels. Unset and empty are the same; see <see cref="Problem"/>.
/// </remarks>
public static class JitSwitches
{
    private const string Jit = "DYADIC_JIT", Isa = "DYADIC_ISA", PerfMapFlag = "DYADIC_PERF_MAP";

    /// <summary>False turns generated code off.</summary>
    public static bool Enabled { get; } = Environment.GetEnvironmentVariable(Jit) != "0";

    /// <summary>The instruction set asked for, or null.</summary>
    public static string? InstructionSet { get; } = Environment.GetEnvironmentVariable(Isa) is { Length: > 0 } name ? name : null;

    /// <summary>Where each kernel's listing is written, or null.</summary>
    public static string? DumpFolder { get; } = Environment.GetEnvironmentVariable("DYADIC_JIT_DUMP") is { Length: > 0 } folder ? folder : null;

    /// <summary>True writes a perf map.</summary>
    public static bool PerfMap { get; } = OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(PerfMapFlag) == "1";

    /// <summary>Which variable has a value that means nothing, and what it may be; null where all are understood.</summary>
    public static string? Problem { get; } = ProblemOf(Environment.GetEnvironmentVariable);

    /// <summary><see cref="Problem"/> of any environment.</summary>
    /// <param name="variable">The value of a name, or null.</param>
    internal static string? ProblemOf(Func<string, string?> variable)
    {
        IEnumerable<(string Name, IReadOnlyList<string> Allowed)> switches = [(Isa, InstructionSets.Names), (Jit, ["0", "1"]), (PerfMapFlag, ["0", "1"])];
        foreach ((string name, IReadOnlyList<string> allowed) in switches)
            if (variable(name) is { Length: > 0 } value && !allowed.Contains(value)) return $"{name} is '{value}' in the environment. Set it to {string.Join(", ", allowed.SkipLast(1))} or {allowed[^1]}, or leave it unset.";
        return null;
    }
}
