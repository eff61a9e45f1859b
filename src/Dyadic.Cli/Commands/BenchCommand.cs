using System.CommandLine;
using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;

namespace Dyadic.Cli.Commands;

/// <summary>Latency and throughput, all candidates interleaved.</summary>
internal sealed class BenchCommand : CliCommand, ICommandGroup
{
    private const int DefaultRounds = 21;

    private readonly Argument<string[]> _models = new("model") { Description = "ONNX files, or texts of graphs.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _against = new("--against") { Description = "Also run them in onnxruntime, where its library is installed.", HelpName = "onnxruntime" };
    private readonly Option<string?> _peerModel = new("--peer-model") { Description = "The file that --against runs instead of the one model named: the same network in another form.", HelpName = "FILE" };
    private readonly Option<string[]> _batches = new("--batch") { Description = "Samples a run; a list is measured one after the other.", HelpName = "N,…", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["1"] };
    private readonly Option<int> _rounds = new("--rounds") { Description = "Rounds to take medians of.", HelpName = "N", DefaultValueFactory = _ => DefaultRounds };
    private readonly Option<string?> _inputs = new("--inputs") { Description = "Data to run on (default: random).", HelpName = "SPEC" };
    private readonly Option<string?> _root = SharedOptions.DataRoot();
    private readonly Option<string[]> _sizes = SharedOptions.Sizes();

    public BenchCommand() => _against.AcceptOnlyFromAmong(BenchEngines.OnnxRuntime);

    public override Command Definition => field ??= new("bench", "Measure latency, throughput and first call: on one thread, or on each number of a list such as --threads 1,2.")
    {
        _models, _against, _peerModel, _batches, _rounds, _inputs, _root, _sizes,
    };

    public override IReadOnlyList<string> Examples =>
    [
        "dyadic bench model.onnx model-int8.onnx",
        "dyadic bench model-int8.onnx --against onnxruntime --batch 1,8 --threads 1,2 --json",
        "dyadic bench encoder-int8.onnx --against onnxruntime --peer-model encoder-dynamic.onnx",
        "dyadic bench kernels --filter gemm",
        "dyadic bench train --filter resnet20 --threads 2",
    ];

    public IReadOnlyList<CliCommand> Children { get; } = [new BenchKernelsCommand(), new BenchMemoryCommand(), new BenchTrainCommand()];

    public override bool ComparesThreads => true;

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        int[] batches = NumberList.Parse("--batch", string.Join(',', arguments.GetValue(_batches)!));
        int[] threads = context.Threads is { Count: > 0 } given ? [.. given] : [1];
        int rounds = arguments.GetValue(_rounds);
        if (rounds < 1) throw new UsageException($"--rounds is {rounds}, it must be at least 1.");
        string[] paths = arguments.GetValue(_models)!;
        string? peerModel = arguments.GetValue(_peerModel), against = arguments.GetValue(_against);
        if (peerModel is not null && (paths.Length > 1 || against is null)) throw new UsageException("--peer-model goes with one model and --against onnxruntime.");
        if (peerModel is not null) ModelFile.Require(peerModel);
        ModelFile[] models = [.. paths.Select(path => ModelFile.Open(path))];
        if (against is not null && peerModel is null && Array.Find(models, m => m.Onnx is null) is { } text)
            throw new UsageException($"'{text.Path}' is the text of a graph, which {against} does not read. Write it as ONNX first: dyadic convert {text.Name} -o FILE.onnx.");
        Dictionary<string, int> sizes = SharedOptions.Parse(arguments.GetValue(_sizes)!);
        Peer? peer = against is null ? null : Peer.Find(context);
        List<BenchRow> rows = [];
        foreach (int batch in batches)
        {
            (ModelFile, InputSet)[] fed = [.. models.Select(m => (m, Inputs(arguments, context, m, batch, sizes)))];
            foreach (int count in threads) rows.AddRange(Measure(fed, count, sizes, peer?.Library, peerModel, rounds, context));
        }
        context.Finish(
            new { rows, rounds, peer = peer is null ? null : new { name = BenchEngines.OnnxRuntime, found = peer.Library is not null, version = peer.Library?.Version, reason = peer.Reason } },
            words => words.Write(BenchTable.Of(rows)));
        return ExitCode.Done;
    }

    private InputSet Inputs(ParseResult arguments, CommandContext context, ModelFile model, int batch, Dictionary<string, int> sizes)
    {
        if (arguments.GetValue(_inputs) is not { } spec) return RandomInputs.Of(model.Graph, batch, context.Seed ?? 1, sizes);
        InputSet found = new InputReader(context, arguments.GetValue(_root)).Read(spec, model.Graph, batch);
        return found.Count == batch ? found : throw new InvalidDataException($"{spec} holds {found.Count} samples, --batch needs {batch}.");
    }

    private static IReadOnlyList<BenchRow> Measure(
        (ModelFile Model, InputSet Inputs)[] fed, int threads, Dictionary<string, int> sizes, OnnxRuntimePeer? peer, string? peerModel, int rounds, CommandContext context)
    {
        List<BenchSubject> subjects = [];
        try
        {
            foreach ((ModelFile model, InputSet inputs) in fed)
            {
                Dictionary<string, int> all = new(sizes);
                foreach ((string name, int size) in inputs.Sizes(model.Graph)) all.TryAdd(name, size);
                subjects.Add(new DyadicSubject(() => ModelFile.Open(model.Path).Graph, context.Mode with { Threads = threads }, all, inputs)
                {
                    Model = model.Name, Engine = BenchEngines.Dyadic, Threads = threads, Batch = inputs.Count,
                });
                subjects[^1].Start(context.Cancellation);
                if (peer is null) continue;
                subjects[^1].Memory = Memory(model.Path, subjects[^1], inputs, all, context);
                if (Rival(peer, peerModel ?? model.Path, model, inputs, threads, context) is not { } rival) continue;
                subjects.Add(rival);
                rival.Memory = Memory(peerModel ?? model.Path, rival, inputs, all, context);
            }
            return context.WithProgress($"measuring, batch {subjects[0].Batch}, threads {threads}", report => Interleaved.Measure(subjects, rounds, report, context.Cancellation));
        }
        finally
        {
            foreach (BenchSubject subject in subjects) subject.Dispose();
        }
    }

    private static MemoryUse? Memory(string path, BenchSubject subject, InputSet inputs, Dictionary<string, int> sizes, CommandContext context)
    {
        try
        {
            return MemoryUse.InAnotherProcess(path, subject.Engine, inputs, sizes, subject.Threads, context.Cancellation);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or IOException)
        {
            context.Note($"the memory of {subject.File} in {subject.Engine} is not measured: {e.Message}");
            return null;
        }
    }

    private static OnnxRuntimeSubject? Rival(OnnxRuntimePeer peer, string path, ModelFile model, InputSet inputs, int threads, CommandContext context)
    {
        OnnxRuntimeSubject rival = new(peer, path, inputs)
        {
            Model = model.Name, File = Path.GetFileName(path), Engine = BenchEngines.OnnxRuntime, Threads = threads, Batch = inputs.Count,
        };
        try
        {
            rival.Start(context.Cancellation);
            return rival;
        }
        catch (OnnxRuntimeException e)
        {
            context.Note($"{rival.File} is not measured in onnxruntime: {e.Message}");
            rival.Dispose();
            return null;
        }
    }

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
