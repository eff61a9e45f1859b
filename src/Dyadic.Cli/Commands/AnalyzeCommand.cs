using System.CommandLine;
using System.Diagnostics;
using Dyadic.Arithmetics;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Cli.Reports;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Numerics.Emulation;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>The numerical stability of a model: significant bits of every node under Monte Carlo arithmetic, and the smallest format that keeps the answer.</summary>
internal sealed class AnalyzeCommand : CliCommand
{
    private const int DefaultInputs = 8, ShownNodes = 20;

    private static readonly string[] s_modes = ["ob", "ib", "full"];

    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<string?> _inputs = new("--inputs") { Description = $"Data to run on; the first {DefaultInputs} samples unless --limit says otherwise (default: random samples).", HelpName = "SPEC" };
    private readonly Option<int> _limit = new("--limit") { Description = "Samples of the data that every run computes.", HelpName = "N", DefaultValueFactory = _ => DefaultInputs };
    private readonly Option<string> _arithmetic = new("--arithmetic") { Description = "mca[:T[:rr|:pb|:full]]: T bits of precision; results, operands or both perturbed. Or any other arithmetic, such as int8 or e5m2; without chance one run is made.", HelpName = "NAME", DefaultValueFactory = _ => "mca:24:rr" };
    private readonly Option<int> _samples = new("--samples") { Description = "Runs in the arithmetic, at least 2.", HelpName = "N", DefaultValueFactory = _ => 30 };
    private readonly Option<double> _probability = new("--probability") { Description = "The share of further runs that agree in the stated bits.", HelpName = "P", DefaultValueFactory = _ => 0.95 };
    private readonly Option<double> _confidence = new("--confidence") { Description = "The confidence of that statement.", HelpName = "P", DefaultValueFactory = _ => 0.95 };
    private readonly Option<string?> _sweep = new("--sweep") { Description = "Also look for the smallest format, rounding results (ob), operands (ib) or both (full); ob when no mode is given.", HelpName = "MODE", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<double> _keep = new("--keep") { Description = "What --sweep has to keep: the share of samples whose class stays that of float32; of a model that does not classify, 1 less the relative error.", HelpName = "SHARE", DefaultValueFactory = _ => 1 };
    private readonly Option<FileInfo?> _report = new("--report") { Description = "A self-contained page to write.", HelpName = "FILE.html" };
    private readonly Option<string?> _root = SharedOptions.DataRoot();
    private readonly Option<string[]> _sizes = SharedOptions.Sizes();

    public override Command Definition => field ??= new("analyze", "Tell how many digits of a model's values can be trusted, and how small its number format may be.")
    {
        _model, _inputs, _limit, _arithmetic, _samples, _probability, _confidence, _sweep, _keep, _report, _root, _sizes,
    };

    public override IReadOnlyList<string> Examples =>
    [
        "dyadic analyze model.onnx --inputs 'fashion-mnist:test[0:8]' --report stability.html",
        "dyadic analyze model.onnx --arithmetic mca:24:rr --samples 30 --json",
        "dyadic analyze model.onnx --inputs in.npz --sweep ib --keep 0.99 --limit 64",
    ];

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        Func<ulong, Arithmetic> arithmetic = Arithmetics(arguments.GetValue(_arithmetic)!);
        string? mode = arguments.GetResult(_sweep) is null ? null : arguments.GetValue(_sweep) ?? s_modes[0];
        if (mode is not null && !s_modes.Contains(mode)) throw new UsageException($"--sweep {mode}: use {string.Join(", ", s_modes)}.");
        StabilityOptions options = new()
        {
            Samples = InRange("--samples", arguments.GetValue(_samples), 2, 100_000), Seed = context.Seed ?? 1,
            Probability = Share("--probability", arguments.GetValue(_probability)), Confidence = Share("--confidence", arguments.GetValue(_confidence)),
        };
        double keep = arguments.GetValue(_keep);
        if (keep is not (> 0 and <= 1)) throw new UsageException($"--keep is {keep}: use a share above 0 and up to 1.");
        if (arguments.GetValue(_report) is { } page) AtomicFile.EnsureWritable(page.FullName, context.Force);

        ModelFile model = ModelFile.Open(arguments.GetValue(_model)!);
        Graph graph = model.Graph;
        InputSet data = Data(arguments, graph, context);
        Tensor[] inputs = data.Rows(0, data.Count);
        long start = Stopwatch.GetTimestamp();
        StabilityReport report = context.WithProgress(
            "perturbing", progress => StabilityAnalysis.Run(graph, inputs, arithmetic, options, progress, context.Cancellation));
        OutputScore score = new(graph, report.Reference);
        FormatSweep? sweep = mode is null ? null : context.WithProgress("searching formats", progress => Sweep(graph, inputs, mode, score, keep, progress, context.Cancellation));
        StabilitySummary summary = new(
            model.Name, arithmetic(0).Name, report.Runs.Count, data.Count, options.Probability, options.Confidence, report.ByLoss, report.Outputs,
            score.Classifies ? report.Runs.Average(score.Of) : null, sweep, Stopwatch.GetElapsedTime(start).TotalSeconds)
        { InOrder = report.Values };
        string? file = arguments.GetValue(_report)?.FullName;
        if (file is not null) StabilityPage.Write(file, summary, context.Force);
        context.Finish(
            new
            {
                summary.Model, summary.Arithmetic, summary.Samples, summary.Inputs, summary.Probability, summary.Confidence, summary.Nodes, summary.Outputs,
                summary.Top1Agreement, summary.Sweep, report = file, summary.Seconds,
            },
            words => Print(summary, file, words));
        return ExitCode.Done;
    }

    private static Func<ulong, Arithmetic> Arithmetics(string name)
    {
        try
        {
            if (Arithmetic.Parse(name) != Arithmetic.Float32) return seed => Arithmetic.Parse(name, seed);
            throw new UsageException($"--arithmetic {name} is what others are compared with. Use mca:T:rr, or a format such as int8 or e5m2.");
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private InputSet Data(ParseResult arguments, Graph graph, CommandContext context)
    {
        int limit = InRange("--limit", arguments.GetValue(_limit), 1, int.MaxValue);
        if (graph.Inputs.Count > 0 && graph.Inputs[0].Shape is { Rank: > 0 } shape && shape[0].IsKnown) limit = Math.Max(1, shape[0].Size);
        if (arguments.GetValue(_inputs) is { } spec) return new InputReader(context, arguments.GetValue(_root)).Read(spec, graph, limit);
        context.Note("no --inputs: random samples; a model's stability depends on its data");
        return RandomInputs.Of(graph, limit, context.Seed ?? 1, SharedOptions.Parse(arguments.GetValue(_sizes)!));
    }

    private static FormatSweep Sweep(Graph graph, Tensor[] inputs, string mode, OutputScore score, double keep, Action<double> progress, CancellationToken cancellation)
    {
        EmulationMode where = mode switch { "ob" => EmulationMode.Outbound, "ib" => EmulationMode.Inbound, _ => EmulationMode.Full };
        FormatSearchResult found = FormatSearch.Run(graph, inputs, where, score.Of, keep, progress, cancellation);
        return new(mode, score.Criterion, keep, found.Tried, found.Frontier, found.Smallest);
    }

    private static int InRange(string option, int value, int least, int most) =>
        value >= least && value <= most ? value : throw new UsageException($"{option} is {value}: use {least} or more.");

    private static double Share(string option, double value) => value is > 0 and < 1 ? value : throw new UsageException($"{option} is {value}: use a number between 0 and 1, such as 0.95.");

    private static void Print(StabilitySummary s, string? file, IAnsiConsole words)
    {
        Table nodes = Tables.New("node", "op", "#bits", "#digits", "#low 10 %", "#least", "#shared", "#lost");
        foreach (ValueStability v in s.Nodes.Take(ShownNodes))
            nodes.AddText(v.Name, v.Op, $"{v.Bits:F1}", $"{v.Digits:F2}", $"{v.LowBits:F1}", $"{v.LeastBits:F1}", $"{v.General:F1}", $"{v.Lost:F1}");
        words.Write(nodes);
        if (s.Nodes.Count > ShownNodes) words.MarkupLineInterpolated($"{s.Nodes.Count - ShownNodes} more nodes lose less; --json and --report list all");
        Table outputs = Tables.New("output", "#bits", "#digits", "#low 10 %", "#least", "#shared", "#contributing");
        foreach (ValueStability v in s.Outputs) outputs.AddText(v.Name, $"{v.Bits:F1}", $"{v.Digits:F2}", $"{v.LowBits:F1}", $"{v.LeastBits:F1}", $"{v.General:F1}", $"{v.Contributing:F1}");
        words.Write(outputs);
        words.MarkupLineInterpolated($"{s.Arithmetic}, {s.Samples} run{(s.Samples > 1 ? "s" : "")} of {s.Inputs} samples in {s.Seconds:F1} s: {s.Statement}");
        if (s.Top1Agreement is { } share) words.MarkupLineInterpolated($"the class of float32 in {share:P2} of all predictions");
        if (s.Sweep is { } sweep) Print(sweep, words);
        if (file is not null) words.MarkupLineInterpolated($"wrote {file}");
    }

    private static void Print(FormatSweep sweep, IAnsiConsole words)
    {
        Table table = Tables.New("#exponent bits", "#mantissa bits", "#all bits", "#kept");
        foreach (TriedFormat f in sweep.Frontier) table.AddText($"{f.ExponentBits}", $"{f.MantissaBits}", $"{f.Bits}", $"{f.Score:P2}");
        words.Write(table);
        if (sweep.Smallest is { } smallest) words.MarkupLineInterpolated($"smallest format (:{sweep.Mode}): e{smallest.ExponentBits}m{smallest.MantissaBits}, {smallest.Bits} bits, keeps {smallest.Score:P2}; {sweep.Tried.Count} formats were run");
        else words.MarkupLineInterpolated($"no format keeps {sweep.Keep:P0}: {sweep.Criterion} is {sweep.Tried[^1].Score:P2} with 8 exponent and 23 mantissa bits");
    }
}
