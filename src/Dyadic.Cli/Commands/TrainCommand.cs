using System.CommandLine;
using System.Globalization;
using Dyadic.Arithmetics;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Passes;
using Dyadic.Runs;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>Trains a built-in network and writes it as ONNX; a killed run is continued with --resume.</summary>
internal sealed class TrainCommand : CliCommand
{
    private const double AdamRate = 1e-3, AdamDecay = 0.05;
    private static readonly TrainingOptions Defaults = new();
    private static readonly string[] RecordedNames = ["network", "data", "test"];

    private readonly Argument<string?> _name = new("network") { Description = $"One of: {string.Join(", ", NetworkCatalog.All.Select(n => n.Name))}.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _data = new("--data") { Description = "Labelled training data, e.g. fashion-mnist, fashion-mnist:train[0:5000], cifar10:DIR, FILE.npz.", HelpName = "SPEC", DefaultValueFactory = _ => "fashion-mnist" };
    private readonly Option<string?> _test = new("--test") { Description = "Data for the final accuracy (default: the test part where the data set has one, else the training data).", HelpName = "SPEC" };
    private readonly Option<FileInfo?> _output = new("--output", "-o") { Description = "The ONNX file to write.", HelpName = "FILE" };
    private readonly Option<int> _epochs = new("--epochs") { Description = "Passes over the data.", DefaultValueFactory = _ => Defaults.Epochs };
    private readonly Option<int> _batch = new("--batch-size") { Description = "Samples a step.", DefaultValueFactory = _ => Defaults.BatchSize };
    private readonly Option<string?> _optimizer = new("--optimizer") { Description = $"{string.Join(" or ", TrainingOptions.Optimizers)} (default: {TrainingOptions.AdamW} for transformers, else {Defaults.Optimizer}).", HelpName = "NAME" };
    private readonly Option<double?> _rate = new("--learning-rate") { Description = $"Highest learning rate; one warm-up epoch, then a cosine to 0 (default {Text(Defaults.LearningRate)}, with {TrainingOptions.AdamW} {Text(AdamRate)})." };
    private readonly Option<double?> _decay = new("--weight-decay") { Description = $"Decay of weights (default {Text(Defaults.WeightDecay)}, with {TrainingOptions.AdamW} {Text(AdamDecay)})." };
    private readonly Option<double> _smoothing = new("--label-smoothing") { Description = "Share of the target spread over all classes.", DefaultValueFactory = _ => Defaults.LabelSmoothing };
    private readonly Option<bool> _plain = new("--no-augment") { Description = "No random crops and flips." };
    private readonly Option<string> _arithmetic = new("--arithmetic") { Description = $"The numbers to train in: {string.Join("; ", ArithmeticNames.Forms)}.", HelpName = "NAME", DefaultValueFactory = _ => Defaults.Arithmetic };
    private readonly Option<DirectoryInfo?> _run = new("--run") { Description = "The run folder (default: a new one under runs/).", HelpName = "DIR" };
    private readonly Option<DirectoryInfo?> _resume = new("--resume") { Description = "Continue the run of this folder with its own arguments; the result is the same as without the stop.", HelpName = "DIR" };
    private readonly Option<int> _every = new("--checkpoint-every") { Description = "Steps between checkpoints.", DefaultValueFactory = _ => Defaults.CheckpointEvery };

    public override Command Definition => field ??= new("train", "Train a built-in network and write it as ONNX.")
    {
        _name, _data, _test, _output, _epochs, _batch, _optimizer, _rate, _decay, _smoothing, _plain, _arithmetic, _run, _resume, _every,
    };

    public override IReadOnlyList<string> Examples =>
    [
        "dyadic train resnet8 --data fashion-mnist --epochs 20 --seed 1 -o resnet8.onnx",
        "dyadic train resnet20 --data cifar10:cifar-10-batches-bin --epochs 30 -o resnet20.onnx",
        "dyadic train vit-tiny --data fashion-mnist --epochs 5 -o vit.onnx",
        "dyadic train --resume runs/train-resnet8-20260101-120000 -o resnet8.onnx",
    ];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        RunRecord? former = arguments.GetValue(_resume) is { } resume ? Resumed(arguments, resume, context) : null;
        IReadOnlyDictionary<string, string> given = former?.Arguments ?? Given(arguments, context);
        TrainingOptions options = UsageErrors.Checked(() => TrainingOptions.Parse(given) with { CheckpointEvery = arguments.GetValue(_every) });
        string? output = arguments.GetValue(_output)?.FullName;
        if (output is not null) AtomicFile.EnsureWritable(output, context.Force);

        // Everything that can be missing is looked for before the work, and before a folder is made.
        IDataset data = Load(given["data"]), test = Load(given["test"]);
        Module model = NetworkCatalog.Find(given["network"]).Create(data.SampleShape, data.Classes, new Rng(options.Seed).Split("weights"));
        (RunFolder folder, RunRecord record) = former is null ? Start(given, arguments) : (RunFolder.At(arguments.GetValue(_resume)!.FullName), former);
        Trainer trainer = new(model, data, options, folder);
        if (trainer.Step > 0) context.Note($"continuing at step {trainer.Step} of {trainer.TotalSteps}");

        string file = output ?? folder.File("model.onnx");
        double accuracy = double.NaN;
        record = Guarded(trainer, folder, record, context, () =>
        {
            Train(trainer, folder, record, context);
            accuracy = Classification.Accuracy(model, test, cancellation: context.Cancellation);
            Graph graph = model.Trace(data.SampleShape, given["network"]).Apply(new FoldConstants(), new EliminateDeadNodes());
            OnnxModel.Export(graph, file, ExportOptions.Trained(record), output is null || context.Force);
        });
        record = record with
        {
            Metrics = [.. record.Metrics, new("accuracy", trainer.Step, accuracy)],
            Artifacts = new Dictionary<string, string>
            {
                ["model"] = Path.GetRelativePath(folder.Path, file), ["checkpoint"] = Path.GetRelativePath(folder.Path, folder.Checkpoint),
            },
        };
        folder.Write(record);
        Finish(record, folder, file, accuracy, model, context);
        return ExitCode.Done;
    }

    // The arguments that decide the result, as the record keeps them.
    private Dictionary<string, string> Given(ParseResult arguments, CommandContext context)
    {
        string name = arguments.GetValue(_name) ?? throw new UsageException("Name a network: dyadic train resnet8 …, or continue a run with --resume DIR.");
        string data = arguments.GetValue(_data)!;
        string test = arguments.GetValue(_test) ?? UsageErrors.Checked(() => DataSpec.Parse(data)).TestPart?.ToString() ?? data;
        if (arguments.GetValue(_run) is { } run && !context.Force && (File.Exists(Path.Combine(run.FullName, "run.json")) || File.Exists(Path.Combine(run.FullName, "checkpoint.safetensors"))))
            throw new UsageException($"'{run}' holds a run already. Continue it with --resume, or start over with --force.");
        BuiltInNetwork network = UsageErrors.Checked(() => NetworkCatalog.Find(name));
        UsageErrors.Checked(() => (DataSpec.Parse(data), DataSpec.Parse(test)));
        return new(Options(arguments, network, context).Describe()) { ["network"] = name, ["data"] = data, ["test"] = test };
    }

    private (RunFolder, RunRecord) Start(IReadOnlyDictionary<string, string> given, ParseResult arguments)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        RunFolder folder = arguments.GetValue(_run) is { } run ? RunFolder.At(run.FullName) : RunFolder.Create("runs", $"train-{given["network"]}", now);
        File.Delete(folder.Checkpoint);
        using IDisposable arithmetic = Arithmetic.Use(Arithmetic.Parse(given["arithmetic"]));      // the environment names it
        RunRecord record = new() { Id = Path.GetFileName(folder.Path), Name = "train", Started = now, Environment = RunEnvironment.Describe(), Arguments = given };
        folder.Write(record);
        return (folder, record);
    }

    private RunRecord Resumed(ParseResult arguments, DirectoryInfo directory, CommandContext context)
    {
        if (!directory.Exists) throw new UsageException($"There is no run folder '{directory}'.");
        Option[] fixedByRun = [_data, _test, _epochs, _batch, _optimizer, _rate, _decay, _smoothing, _plain, _arithmetic, _run];
        if (Array.Find(fixedByRun, o => arguments.GetResult(o) is { Implicit: false }) is { } option)
            throw new UsageException($"{option.Name} cannot be given with --resume: the run continues with its own arguments.");
        RunRecord record = RunFolder.At(directory.FullName).Read();
        if (record.Name != "train") throw new UsageException($"'{directory}' is a run of '{record.Name}', not of train.");
        string[] missing = [.. RecordedNames.Where(k => !record.Arguments.ContainsKey(k))];
        if (missing.Length > 0) throw new InvalidDataException($"The record of '{directory}' lacks {string.Join(", ", missing)}. Start a new run.");
        if (NetworkCatalog.All.All(n => n.Name != record.Arguments["network"]))
            throw new InvalidDataException($"The run trains '{record.Arguments["network"]}', which this version does not have.");
        if (arguments.GetValue(_name) is { } name && record.Arguments["network"] != name)
            throw new UsageException($"The run trains {record.Arguments["network"]}, not {name}.");
        if (context.Seed is { } seed && record.Arguments.GetValueOrDefault("seed") != seed.ToString(CultureInfo.InvariantCulture))
            throw new UsageException($"The run has the seed {record.Arguments.GetValueOrDefault("seed")}, not {seed}.");
        return record;
    }

    private TrainingOptions Options(ParseResult arguments, BuiltInNetwork network, CommandContext context)
    {
        string optimizer = arguments.GetValue(_optimizer) ?? (network.IsTransformer ? TrainingOptions.AdamW : Defaults.Optimizer);
        bool adam = optimizer == TrainingOptions.AdamW;
        return UsageErrors.Checked(() => new TrainingOptions
        {
            Epochs = arguments.GetValue(_epochs),
            BatchSize = arguments.GetValue(_batch),
            Optimizer = optimizer,
            LearningRate = arguments.GetValue(_rate) ?? (adam ? AdamRate : Defaults.LearningRate),
            WeightDecay = arguments.GetValue(_decay) ?? (adam ? AdamDecay : Defaults.WeightDecay),
            Arithmetic = arguments.GetValue(_arithmetic)!,
            LabelSmoothing = arguments.GetValue(_smoothing),
            Augment = !arguments.GetValue(_plain),
            Seed = context.Seed ?? Defaults.Seed,
        });
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static IDataset Load(string spec)
    {
        IDataset data = DataSpec.Parse(spec).Load();
        return data.Classes > 0 ? data : throw new InvalidDataException($"'{spec}' has no labels. Training needs an array named labels.");
    }

    // However the work ends, the record says so.
    private static RunRecord Guarded(Trainer trainer, RunFolder folder, RunRecord record, CommandContext context, Action work)
    {
        RunRecord Now(string status) => record with { Status = status, Seconds = trainer.Seconds, Metrics = [.. trainer.Metrics] };
        try
        {
            work();
            return Now("completed");
        }
        catch (OperationCanceledException)
        {
            folder.Write(Now("interrupted"));
            context.Note($"stopped at step {trainer.Step}; continue with: dyadic train --resume {folder.Path}");
            throw;
        }
        catch
        {
            folder.Write(Now("failed"));
            throw;
        }
    }

    private static void Train(Trainer trainer, RunFolder folder, RunRecord record, CommandContext context)
    {
        int epoch = -1;
        context.WithProgress($"training {record.Arguments["network"]}", report =>
        {
            trainer.Run(
                p =>
                {
                    report((double)p.Step / p.TotalSteps);
                    if (p.Epoch == epoch) return;
                    epoch = p.Epoch;
                    folder.Write(record with { Status = "running", Seconds = trainer.Seconds, Metrics = [.. trainer.Metrics] });
                    if (trainer.Metrics.Count > 0 && !context.ShowsProgress) context.Note(Line(trainer.Metrics));
                },
                context.Cancellation);
            return 0;
        });
    }

    private static string Line(IReadOnlyList<Metric> metrics)
    {
        Metric loss = metrics.Last(m => m.Name == "loss"), accuracy = metrics.Last(m => m.Name == "trainAccuracy");
        return string.Create(CultureInfo.InvariantCulture, $"epoch {loss.Step}: loss {loss.Value:F4}, training accuracy {accuracy.Value:P2}");
    }

    private static void Finish(RunRecord record, RunFolder folder, string file, double accuracy, Module model, CommandContext context)
    {
        double[] loss = [.. record.Metrics.Where(m => m.Name == "loss").Select(m => m.Value)];
        context.Finish(
            new { accuracy, loss, seconds = record.Seconds, network = record.Arguments["network"], parameters = model.ParameterCount(), model = file, run = folder.Path },
            words =>
            {
                words.MarkupLineInterpolated($"accuracy on {record.Arguments["test"]}: [bold]{accuracy:P2}[/], loss {loss[^1]:F4}, {record.Seconds:F0} s of training");
                words.MarkupLineInterpolated($"model {file}, run {folder.Path}");
            });
    }
}
