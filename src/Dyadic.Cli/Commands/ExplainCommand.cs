using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Ir;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>For each node the type it runs in, its kernel, its time, its bytes, and why it is not integer.</summary>
internal sealed class ExplainCommand : CliCommand
{
    private const int DefaultRounds = 21;

    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<string?> _inputs = new("--inputs") { Description = "Data to run on (default: random).", HelpName = "SPEC" };
    private readonly Option<int> _batch = new("--batch") { Description = "Samples a run.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _rounds = new("--rounds") { Description = "Runs to take the median of.", HelpName = "N", DefaultValueFactory = _ => DefaultRounds };
    private readonly Option<string?> _root = SharedOptions.DataRoot();
    private readonly Option<string[]> _sizes = SharedOptions.Sizes();

    public override Command Definition => field ??= new("explain", "Show for each node its executed type, kernel, time, bytes, and why it is not integer.") { _model, _inputs, _batch, _rounds, _root, _sizes };

    public override IReadOnlyList<string> Examples => ["dyadic explain model-int8.onnx", "dyadic explain model.onnx --batch 8 --threads 1 --json"];

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        int batch = arguments.GetValue(_batch), rounds = arguments.GetValue(_rounds);
        if (batch < 1 || rounds < 1) throw new UsageException($"--batch is {batch} and --rounds {rounds}; both must be at least 1.");
        Dictionary<string, int> sizes = SharedOptions.Parse(arguments.GetValue(_sizes)!);
        ModelFile model = ModelFile.Open(arguments.GetValue(_model)!);
        Graph graph = model.Graph;
        InputSet inputs = arguments.GetValue(_inputs) is { } spec
            ? new InputReader(context, arguments.GetValue(_root)).Read(spec, graph, batch)
            : RandomInputs.Of(graph, batch, context.Seed ?? 1, sizes);
        foreach ((string name, int size) in inputs.Sizes(graph)) sizes.TryAdd(name, size);
        CompiledEngine engine = new(graph, context.Mode, sizes);
        IReadOnlyList<ExplainedNode> nodes = context.WithProgress("measuring", report => NodeTimes.Measure(engine, inputs, rounds, report, context.Cancellation));
        int integer = nodes.Count(n => n.Reason is null);
        long total = nodes.Sum(n => n.Ns);
        context.Finish(new { nodes, integerNodes = integer, totalNs = total, batch = inputs.Count, threads = context.Mode.Threads }, words => Print(nodes, total, inputs.Count, words));
        return ExitCode.Done;
    }

    private static void Print(IReadOnlyList<ExplainedNode> nodes, long total, int batch, IAnsiConsole words)
    {
        ILookup<string?, ExplainedNode> parts = nodes.Where(n => n.FusedInto is not null).ToLookup(n => n.FusedInto);
        Table table = Tables.New("node", "ops in one step", "type", "kernel", "#µs", "#%", "#bytes", "why not integer");
        foreach (ExplainedNode n in nodes.Where(n => n.FusedInto is null))
        {
            ExplainedNode[] main = [.. parts[n.Node].Append(n).Where(p => p.Op is not ("QuantizeLinear" or "DequantizeLinear"))];
            table.AddText((main.FirstOrDefault() ?? n).Node, main.Length == 0 ? n.Op : string.Join(" + ", main.Select(p => p.Op)), n.Executed, n.Kernel,
                $"{n.Ns / 1000.0:F1}", total == 0 ? "" : $"{100.0 * n.Ns / total:F1}", Tables.Number(n.Bytes), n.Reason ?? "");
        }
        words.Write(table);
        words.MarkupLineInterpolated($"{nodes.Count(n => n.Reason is null)} of {nodes.Count} nodes in integers; {total / 1000.0:F1} µs for {batch} {(batch == 1 ? "sample" : "samples")}, steps summed over threads");
    }
}
