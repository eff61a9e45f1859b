using System.CommandLine;
using System.Globalization;
using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>Latency and throughput, all candidates interleaved.</summary>
internal sealed class BenchCommand : CliCommand
{
    private const int DefaultRounds = 21;

    private readonly Argument<string[]> _models = new("model") { Description = "ONNX files.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _against = new("--against") { Description = "Also run them in onnxruntime, where its library is installed.", HelpName = "onnxruntime" };
    private readonly Option<int[]> _batches = new("--batch") { Description = "Samples a run; several are measured one after the other.", HelpName = "N…", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1] };
    private readonly Option<int> _rounds = new("--rounds") { Description = "Rounds to take medians of.", HelpName = "N", DefaultValueFactory = _ => DefaultRounds };
    private readonly Option<string?> _inputs = new("--inputs") { Description = "Data to run on (default: random).", HelpName = "SPEC" };
    private readonly Option<string?> _root = SharedOptions.DataRoot();
    private readonly Option<string[]> _sizes = SharedOptions.Sizes();

    public BenchCommand() => _against.AcceptOnlyFromAmong(BenchEngines.OnnxRuntime);

    public override Command Definition => field ??= new("bench", "Measure latency and throughput (one thread unless --threads is given).") { _models, _against, _batches, _rounds, _inputs, _root, _sizes };

    public override IReadOnlyList<string> Examples => ["dyadic bench model.onnx model-int8.onnx", "dyadic bench model-int8.onnx --against onnxruntime --batch 1 8 --threads 2 --json"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        int[] batches = arguments.GetValue(_batches)!;
        int rounds = arguments.GetValue(_rounds), threads = context.Threads ?? 1;
        if (rounds < 1 || batches.Length == 0 || batches.Min() < 1) throw new UsageException($"--rounds is {rounds} and --batch {string.Join(' ', batches)}; they must be at least 1.");
        ModelFile[] models = [.. arguments.GetValue(_models)!.Select(path => ModelFile.Open(path))];
        Dictionary<string, int> sizes = SharedOptions.Parse(arguments.GetValue(_sizes)!);
        Peer? peer = arguments.GetValue(_against) is null ? null : Peer.Find(context);
        List<BenchRow> rows = [];
        foreach (int batch in batches)
        {
            List<BenchSubject> subjects = [];
            try
            {
                foreach (ModelFile model in models) subjects.AddRange(Subjects(model, Inputs(arguments, context, model, batch, sizes), threads, sizes, peer?.Library, context));
                rows.AddRange(context.WithProgress($"measuring, batch {batch}", report => Interleaved.Measure(subjects, rounds, report, context.Cancellation)));
            }
            finally
            {
                foreach (BenchSubject subject in subjects) subject.Dispose();
            }
        }
        context.Finish(new { rows, rounds, peer = peer is null ? null : new { name = BenchEngines.OnnxRuntime, found = peer.Library is not null, version = peer.Library?.Version, reason = peer.Reason } }, words => Print(rows, words));
        return ExitCode.Done;
    }

    private InputSet Inputs(ParseResult arguments, CommandContext context, ModelFile model, int batch, Dictionary<string, int> sizes)
    {
        if (arguments.GetValue(_inputs) is not { } spec) return RandomInputs.Of(model.Graph, batch, context.Seed ?? 1, sizes);
        InputSet found = new InputReader(context, arguments.GetValue(_root)).Read(spec, model.Graph, batch);
        return found.Count == batch ? found : throw new InvalidDataException($"{spec} holds {found.Count} samples, --batch needs {batch}.");
    }

    private static IEnumerable<BenchSubject> Subjects(ModelFile model, InputSet inputs, int threads, Dictionary<string, int> sizes, OnnxRuntimePeer? peer, CommandContext context)
    {
        Dictionary<string, int> all = new(sizes);
        foreach ((string name, int size) in inputs.Sizes(model.Graph)) all.TryAdd(name, size);
        CompiledEngine engine = new(model.Graph, context.Mode with { Threads = threads }, all);
        yield return new DyadicSubject(engine, inputs) { Model = model.Name, Engine = BenchEngines.Dyadic, Threads = threads, Batch = inputs.Count };
        if (peer is null) yield break;
        OnnxRuntimeSubject? rival = null;
        try
        {
            rival = new(peer, model.Path, threads, inputs) { Model = model.Name, Engine = BenchEngines.OnnxRuntime, Threads = threads, Batch = inputs.Count };
        }
        catch (OnnxRuntimeException e)
        {
            context.Note($"{model.Name} is not measured in onnxruntime: {e.Message}");
        }
        if (rival is not null) yield return rival;
    }

    private static void Print(List<BenchRow> rows, IAnsiConsole words)
    {
        Table table = Tables.New("model", "engine", "#threads", "#batch", "#median ms", "#fastest ms", "#samples/s", "#times as fast", "as");
        foreach (BenchRow r in rows)
        {
            table.AddText(r.Model, r.Engine, $"{r.Threads}", $"{r.Batch}", Milliseconds(r.MedianMs), Milliseconds(r.MinMs), Tables.Number((long)r.SamplesPerSecond),
                r.Ratio.ToString("F2", CultureInfo.InvariantCulture), r.Baseline);
        }
        words.Write(table);
    }

    private static string Milliseconds(double ms) => ms.ToString(ms < 10 ? "F3" : "F1", CultureInfo.InvariantCulture);

    /// <summary>The library of ONNX Runtime, or why there is none.</summary>
    private sealed record Peer(OnnxRuntimePeer? Library, string? Reason)
    {
        public static Peer Find(CommandContext context)
        {
            if (OnnxRuntimePeer.TryLoad(null, out OnnxRuntimePeer? library, out string reason)) return new(library, null);
            context.Note($"onnxruntime is not measured: {reason}");
            return new(null, reason);
        }
    }
}
