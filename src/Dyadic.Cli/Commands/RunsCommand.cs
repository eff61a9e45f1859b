using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Cli.RunStore;
using Dyadic.Runs;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>The runs that commands left in folders.</summary>
internal sealed class RunsCommand : CliCommand, ICommandGroup
{
    public override Command Definition => field ??= new("runs", "List, show and compare runs of training and other commands.");

    public override IReadOnlyList<string> Examples => ["dyadic runs list", "dyadic runs show train-resnet8-20260101-120000", "dyadic runs compare RUN-A RUN-B"];

    public IReadOnlyList<CliCommand> Children { get; } = [new RunsListCommand(), new RunsShowCommand(), new RunsCompareCommand()];

    public override int Run(ParseResult arguments, CommandContext context) => throw new UsageException("Name one of: list, show, compare.");

    /// <summary>--root.</summary>
    public static Option<string> Root() => new("--root") { Description = "The folder of runs.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };
}

/// <summary>All runs of a folder.</summary>
internal sealed class RunsListCommand : CliCommand
{
    private readonly Option<string> _root = RunsCommand.Root();

    public override Command Definition => field ??= new("list", "List runs, the latest first.") { _root };

    public override IReadOnlyList<string> Examples => ["dyadic runs list", "dyadic runs list --root experiments --json"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        using RunIndex index = RunIndex.Open(arguments.GetValue(_root)!);
        IReadOnlyList<IndexedRun> runs = index.All();
        context.Finish(new { runs }, words =>
        {
            if (runs.Count == 0)
            {
                words.MarkupLineInterpolated($"no runs in {arguments.GetValue(_root)}");
                return;
            }
            Table table = Tables.New("run", "command", "started", "#seconds", "status", "#accuracy", "problem");
            foreach (IndexedRun r in runs) table.AddText(r.Id, r.Name, r.Started, r.Seconds.ToString("F0"), r.Status, r.Accuracy?.ToString("P2") ?? "", r.Problem ?? "");
            words.Write(table);
        });
        return ExitCode.Done;
    }
}

/// <summary>One run.</summary>
internal sealed class RunsShowCommand : CliCommand
{
    private readonly Argument<string> _run = new("run") { Description = "The run's name, or its folder." };
    private readonly Option<string> _root = RunsCommand.Root();

    public override Command Definition => field ??= new("show", "Show arguments, environment, metrics and files of a run.") { _run, _root };

    public override IReadOnlyList<string> Examples => ["dyadic runs show train-resnet8-20260101-120000"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        RunRecord record = RunReader.Record(RunReader.Folder(arguments.GetValue(_root)!, arguments.GetValue(_run)!));
        context.Finish(new { run = record }, words => Print(record, words));
        return ExitCode.Done;
    }

    private static void Print(RunRecord record, IAnsiConsole words)
    {
        words.MarkupLineInterpolated($"[bold]{record.Id}[/]  {record.Name}, {record.Status}, {record.Seconds:F0} s, started {record.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        Table table = Tables.New("", "name", "value");
        foreach ((string key, string value) in record.Arguments) table.AddText("argument", key, value);
        foreach ((string key, string value) in record.Environment) table.AddText("environment", key, value);
        foreach ((string key, string value) in record.Artifacts) table.AddText("file", key, value);
        foreach (Metric last in LastMetrics.Of(record)) table.AddText("metric", last.Name, $"{Tables.Short(last.Value)} at {last.Step}");
        words.Write(table);
    }
}

/// <summary>Two or more runs side by side.</summary>
internal sealed class RunsCompareCommand : CliCommand
{
    private readonly Argument<string[]> _runs = new("run") { Description = "Names or folders of two or more runs.", Arity = new(2, 16) };
    private readonly Option<string> _root = RunsCommand.Root();

    public override Command Definition => field ??= new("compare", "Show where runs differ: arguments, environment, last metrics.") { _runs, _root };

    public override IReadOnlyList<string> Examples => ["dyadic runs compare train-resnet8-20260101-120000 train-resnet8-20260102-090000"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        RunRecord[] records = [.. arguments.GetValue(_runs)!.Select(r => RunReader.Record(RunReader.Folder(arguments.GetValue(_root)!, r)))];
        RunDifference[] differences =
        [
            .. Differences("argument", records, r => r.Arguments),
            .. Differences("environment", records, r => r.Environment),
            .. Differences("metric", records, r => LastMetrics.Of(r).ToDictionary(m => m.Name, m => Tables.Short(m.Value)), all: true),
        ];
        context.Finish(new { runs = records.Select(r => r.Id), differences }, words =>
        {
            Table table = Tables.New(["", "name", .. records.Select(r => r.Id)]);
            foreach (RunDifference d in differences) table.AddText([d.Kind, d.Name, .. d.Values.Select(v => v ?? "–")]);
            words.Write(table);
        });
        return ExitCode.Done;
    }

    private static IEnumerable<RunDifference> Differences(string kind, RunRecord[] records, Func<RunRecord, IReadOnlyDictionary<string, string>> part, bool all = false)
    {
        IReadOnlyDictionary<string, string>[] parts = [.. records.Select(part)];
        foreach (string name in parts.SelectMany(p => p.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            string?[] values = [.. parts.Select(p => p.GetValueOrDefault(name))];
            if (all || values.Distinct().Count() > 1) yield return new(kind, name, values);
        }
    }

    private sealed record RunDifference(string Kind, string Name, string?[] Values);
}

/// <summary>The last value of each metric.</summary>
internal static class LastMetrics
{
    public static IEnumerable<Metric> Of(RunRecord record) => record.Metrics.GroupBy(m => m.Name, StringComparer.Ordinal).Select(g => g.Last());
}
