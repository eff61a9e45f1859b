using System.CommandLine;
using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;
using Dyadic.Data;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>What a model in one engine adds to the memory of this process: what bench runs in a process for each row.</summary>
internal sealed class BenchMemoryCommand : CliCommand
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<string> _engine = new("--engine") { Description = "The engine.", DefaultValueFactory = _ => BenchEngines.Dyadic, HelpName = "dyadic|onnxruntime" };
    private readonly Option<string> _inputs = new("--inputs") { Description = "An .npz file with the inputs by name, in the model's order.", Required = true, HelpName = "FILE" };
    private readonly Option<string[]> _sizes = SharedOptions.Sizes();

    public BenchMemoryCommand() => _engine.AcceptOnlyFromAmong(BenchEngines.Dyadic, BenchEngines.OnnxRuntime);

    public override Command Definition => field ??= new("memory", "Open and run a model, and say what that adds to the memory of the process.") { _model, _engine, _inputs, _sizes };

    public override IReadOnlyList<string> Examples => ["dyadic bench memory model.onnx --inputs data.npz --threads 1", "dyadic bench memory model.onnx --engine onnxruntime --inputs data.npz"];

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        string path = arguments.GetValue(_model)!, engine = arguments.GetValue(_engine)!;
        ModelFile.Require(path);
        IReadOnlyDictionary<string, Tensor> arrays = Npz.Read(arguments.GetValue(_inputs)!);
        InputSet inputs = new([.. arrays.Keys], [.. arrays.Values], null, []);
        int threads = context.Mode.Threads;
        using BenchSubject subject = engine == BenchEngines.Dyadic
            ? new DyadicSubject(() => ModelFile.Open(path).Graph, context.Mode, SharedOptions.Parse(arguments.GetValue(_sizes)!), inputs) { Model = path, Engine = engine, Threads = threads, Batch = inputs.Count }
            : new OnnxRuntimeSubject(OnnxRuntimePeer.Load(), path, inputs) { Model = path, Engine = engine, Threads = threads, Batch = inputs.Count };
        MemoryUse use = MemoryUse.Of(subject);
        context.Finish(new { engine, threads, use.PeakBytes, use.ResidentBytes, subject.ArenaBytes, subject.WeightBytes },
            words => words.WriteLine($"{engine}: {Tables.Bytes(use.PeakBytes)} at the peak, {Tables.Bytes(use.ResidentBytes)} after the last run"));
        return ExitCode.Done;
    }
}
