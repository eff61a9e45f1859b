using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Reports;
using Dyadic.Data;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>Makes one self-contained page of run folders.</summary>
internal sealed class ReportCommand : CliCommand
{
    private const int Shown = 20;

    private readonly Argument<string[]> _runs = new("run") { Description = "Run folders, e.g. runs/demo-20260101-120000.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<FileInfo?> _output = new("--output", "-o") { Description = "The page to write (default: report.html in the first run folder).", HelpName = "FILE" };

    public override Command Definition => field ??= new("report", "Write a self-contained HTML page: accuracy, size, latency, layers, ranges, histograms, what to try; of two runs also what differs.") { _runs, _output };

    public override IReadOnlyList<string> Examples => ["dyadic report runs/quantize-20260101-120000 -o report.html", "dyadic report runs/a runs/b -o comparison.html"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        string[] runs = arguments.GetValue(_runs)!;
        ReportData[] data = [.. runs.Select(ReportFile.Read)];
        bool given = arguments.GetValue(_output) is not null;
        string path = arguments.GetValue(_output)?.FullName ?? Path.Combine(Path.GetFullPath(runs[0]), "report.html");
        if (given) AtomicFile.EnsureWritable(path, context.Force);
        ReportFile.WritePage(path, data, context.Force || !given);
        ReportDiff? diff = data.Length == 2 ? ReportDiff.Of(data[0], data[1]) : null;
        context.Finish(new { path, runs = data.Length, differences = diff }, words =>
        {
            if (diff is not null) Print(diff, words);
            words.MarkupLineInterpolated($"wrote {path}");
        });
        return ExitCode.Done;
    }

    private static void Print(ReportDiff diff, IAnsiConsole words)
    {
        Table table = Tables.New("layer", "op", "runs in", "#SQNR A", "#SQNR B", "#B − A", "#bytes A", "#bytes B");
        foreach (LayerDifference l in diff.Layers.Take(Shown))
        {
            table.AddText(l.Name, l.Op, l.ExecutedA == l.ExecutedB ? l.ExecutedA ?? "" : $"{l.ExecutedA ?? "absent"} → {l.ExecutedB ?? "absent"}",
                l.SqnrA?.ToString("F1") ?? "", l.SqnrB?.ToString("F1") ?? "", l.SqnrGain == 0 ? "" : l.SqnrGain.ToString("F1"), Tables.Number(l.BytesA), Tables.Number(l.BytesB));
        }
        if (diff.Layers.Count > 0) words.Write(table);
        words.MarkupLineInterpolated($"{diff.Layers.Count} layers differ, {diff.Same} are the same; A is {diff.A}, B is {diff.B}");
    }
}
