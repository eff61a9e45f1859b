using System.Diagnostics;
using System.Globalization;

namespace Dyadic.Cli.Benchmarks;

/// <summary>Bytes of memory that this process has: VmHWM and VmRSS of /proc/self/status on Linux, else what the system calls the working set.</summary>
internal static class ProcessMemory
{
    /// <summary>The most bytes that were resident at one time so far.</summary>
    public static long Peak() => FromStatus("VmHWM:") ?? Ask(p => p.PeakWorkingSet64);

    /// <summary>The bytes resident now.</summary>
    public static long Resident() => FromStatus("VmRSS:") ?? Ask(p => p.WorkingSet64);

    private static long? FromStatus(string field)
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status) || File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal)) is not { } line) return null;
        return 1024 * long.Parse(line.AsSpan(field.Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture);
    }

    private static long Ask(Func<Process, long> figure)
    {
        using Process self = Process.GetCurrentProcess();
        return figure(self);
    }
}
