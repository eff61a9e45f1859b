using System.CommandLine;
using System.Globalization;
using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Framework;
using Dyadic.Kernels;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>The rows of <see cref="KernelTable"/> beside the machine's peak and the managed kernels.</summary>
internal sealed class BenchKernelsCommand : CliCommand
{
    private const double MostExcess = 1.1;
    private const int DefaultRounds = 21;
    private readonly Option<string?> _filter = new("--filter") { Description = "Rows whose names hold this text (default: all but those named small/…).", HelpName = "TEXT" };
    private readonly Option<int> _rounds = new("--rounds") { Description = "Rounds to take medians of.", HelpName = "N", DefaultValueFactory = _ => DefaultRounds };
    private readonly Option<bool> _assert = new("--assert") { Description = "Measure every kind of kernels; fail when the one taken by default is more than 10 % slower than the best." };

    public override Command Definition => field ??= new("kernels", "Measure single kernels against the machine's peak and the managed kernels.") { _filter, _rounds, _assert };

    public override IReadOnlyList<string> Examples => ["dyadic bench kernels --filter gemm_u8s8", "dyadic bench kernels --filter depthwise --threads 1,2 --json", "dyadic bench kernels --assert"];

    public override bool ComparesThreads => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        int rounds = arguments.GetValue(_rounds);
        if (rounds < 1) throw new UsageException($"--rounds is {rounds}, it must be at least 1.");
        string? filter = arguments.GetValue(_filter);
        KernelRow[] rows = [.. KernelTable.Rows.Where(r => filter is null ? !r.Small : r.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        if (rows.Length == 0) throw new UsageException($"no kernel's name holds '{filter}'. Try gemm, conv, depthwise, pool, layout, or leave --filter out.");
        bool asserts = arguments.GetValue(_assert);
        int[] threads = context.Threads is { Count: > 0 } given ? [.. given] : [1];
        KernelTime[] times = context.WithProgress("measuring kernels", report => Measure(rows, threads, rounds, asserts, report, context).ToArray());
        KernelTime[] slow = asserts ? [.. times.Where(t => t.Excess > MostExcess)] : [];
        context.Finish(new { rows = times, rounds, set = context.Mode.Code.Name(), slow = slow.Select(t => $"{t.Name} ×{t.Threads}") }, words => words.Write(TableOf(times, asserts)));
        if (slow.Length == 0) return ExitCode.Done;
        throw new GateException($"{slow.Length} kernels taken by default are more than 10 % slower than the best: {string.Join("; ", slow.Select(Sentence))}.");
    }

    private static IEnumerable<KernelTime> Measure(KernelRow[] rows, int[] threads, int rounds, bool asserts, Action<double> report, CommandContext context)
    {
        int done = 0;
        foreach (KernelRow row in rows)
            foreach (int count in threads)
            {
                KernelTiming timing = new(row, context.Mode, count, asserts, context.Seed ?? 1);
                if (timing.Differences() is { Count: > 0 } wrong)
                    throw new GateException($"{row.Name}: the bytes of {string.Join(", ", wrong)} differ from those of managed kernels, so nothing was measured. See dyadic doctor.");
                KernelTime time = timing.Measure(rounds, context.Cancellation);
                if (asserts && time.Excess > MostExcess) time = timing.Measure(2 * rounds, context.Cancellation);      // noise seldom strikes twice
                report((double)++done / (rows.Length * threads.Length));
                yield return time;
            }
    }

    private static string Sentence(KernelTime t) =>
        string.Create(CultureInfo.InvariantCulture, $"{t.Name} on {t.Threads} threads takes {t.MedianUs:F1} µs with {t.Rung}, {t.Rungs[t.Best]:F1} µs with {t.Best}");

    private static Table TableOf(KernelTime[] times, bool asserts)
    {
        Table table = Tables.New(["kernel", "#threads", "#µs", "#GOP/s", "#GB/s", "#of peak", "#of bandwidth", "#to managed", "with", .. asserts ? ["best"] : Array.Empty<string>()]);
        foreach (KernelTime t in times)
        {
            string[] cells = [t.Name, $"{t.Threads}", Text(t.MedianUs, "F1"), Text(t.GopPerSecond, "F1"), Text(t.GbPerSecond, "F2"), Text(100 * t.PeakRatio, "F0", " %"), Text(100 * t.BandwidthRatio, "F0", " %"), Text(t.ManagedRatio, "F2"), t.Rung];
            table.AddText([.. cells, .. asserts ? [t.Excess > 1 ? $"{t.Best} {Text(t.Excess, "F2")}" : "the same"] : Array.Empty<string>()]);
        }
        return table;
    }

    private static string Text(double? value, string format, string unit = "") => value is { } v ? v.ToString(format, CultureInfo.InvariantCulture) + unit : "-";
}
