using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Reports;
using Dyadic.Data;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>Makes one self-contained page of run folders.</summary>
internal sealed class ReportCommand : CliCommand
{
    private readonly Argument<string[]> _runs = new("run") { Description = "Run folders, e.g. runs/demo-20260101-120000.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<FileInfo?> _output = new("--output", "-o") { Description = "The page to write (default: report.html in the first run folder).", HelpName = "FILE" };

    public override Command Definition => field ??= new("report", "Write a self-contained HTML page: accuracy, size, latency, layers, histograms, confusion, samples.") { _runs, _output };

    public override IReadOnlyList<string> Examples => ["dyadic report runs/quantize-20260101-120000 -o report.html", "dyadic report runs/a runs/b -o comparison.html"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        string[] runs = arguments.GetValue(_runs)!;
        ReportData[] data = [.. runs.Select(ReportFile.Read)];
        bool given = arguments.GetValue(_output) is not null;
        string path = arguments.GetValue(_output)?.FullName ?? Path.Combine(Path.GetFullPath(runs[0]), "report.html");
        if (given) AtomicFile.EnsureWritable(path, context.Force);
        ReportFile.WritePage(path, data, context.Force || !given);
        context.Finish(new { path, runs = data.Length }, words => words.MarkupLineInterpolated($"wrote {path}"));
        return ExitCode.Done;
    }
}
