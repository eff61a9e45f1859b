using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Compression;
using Dyadic.Compression.Insight;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Onnx;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>Post-training quantisation to standard ONNX with QuantizeLinear and DequantizeLinear.</summary>
internal sealed class QuantizeCommand : CliCommand
{
    private const int BatchSize = 32, MostAdvice = 5;

    private readonly Argument<string?> _model = new("model") { Description = "An ONNX file, or the text of a graph.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _calibration = new("--calibration") { Description = "Typical inputs, from which the ranges of activations are chosen.", HelpName = "SPEC" };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "The ONNX file to write.", HelpName = "FILE" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only tell what would be done with each node; needs neither --calibration nor -o, runs and writes nothing." };
    private readonly Option<bool> _schema = new("--schema") { Description = "Print the JSON schema of --config and do nothing else." };
    private readonly Option<int?> _bits = new("--bits") { Description = "Bits of the weights, 2 to 8 (default 8).", HelpName = "N" };
    private readonly Option<string[]> _method = new("--method")
    {
        Description = $"Methods, joined by '+'. How ranges are chosen: {string.Join(", ", MethodNames.Calibrators)} (default minmax); beside that: {string.Join(", ", MethodNames.Methods)}. Their parameters stand in --config.",
        HelpName = "NAME+…",
        DefaultValueFactory = _ => [],
    };
    private readonly Option<string?> _config = new("--config") { Description = "A QuantizeConfig as JSON, with rules for single layers; other options override it. See --schema.", HelpName = "C.json" };
    private readonly Option<bool> _integerOnly = new("--integer-only") { Description = "Inputs and outputs become codes too, and every node must have an integer form." };
    private readonly Option<int?> _samples = new("--samples") { Description = "Calibrate on the first N samples (default 512).", HelpName = "N" };
    private readonly Option<double?> _maxDrop = new("--max-drop") { Description = "Leave the nodes that lose most in floating point, until the classifier loses at most so many points; exits with 3 where that is not enough.", HelpName = "POINTS" };
    private readonly Option<string?> _evaluate = new("--evaluate") { Description = "The samples for --max-drop: with labels their accuracy counts, without them the answers of the float model (default: those of --calibration).", HelpName = "SPEC" };
    private readonly Option<bool> _sensitivity = new("--sensitivity") { Description = "Also measure each layer: alone in integers, alone in floating point, alone at 4 bits; by --evaluate, else by the noise of the output. Quantises three times for every layer." };
    private readonly Option<string?> _run = new("--run") { Description = "A folder for the record of this run, for 'dyadic report'.", HelpName = "DIR" };
    private readonly Option<string?> _root = SharedOptions.DataRoot();
    private readonly QuantizedTrainingOptions _training = new();

    public QuantizeCommand() => _method.CompletionSources.Add(_ => [.. MethodNames.Calibrators.Concat(MethodNames.Methods).Select(n => new CompletionItem(n))]);

    public override Command Definition => field ??= Define();

    public override IReadOnlyList<string> Examples =>
    [
        "dyadic quantize model.onnx --calibration 'fashion-mnist:train[0:512]' -o model-int8.onnx",
        "dyadic quantize model.onnx --calibration typical.npz -o model-int8.onnx --integer-only --method mse --run runs/q1",
        "dyadic quantize model.onnx --calibration typical.npz -o model-w4.onnx --bits 4 --method mse+equalize+gptq+bias-correction",
        "dyadic quantize model.onnx --calibration typical.npz -o model-int8.onnx --max-drop 0.5 --evaluate labelled.npz",
        "dyadic quantize model.onnx --calibration 'fashion-mnist:train[0:512]' -o model-w3.onnx --bits 3 --train fashion-mnist:train --distill 0.5",
        "dyadic quantize model.onnx --config rules.json --dry-run",
        "dyadic quantize model.onnx --calibration typical.npz -o model-int8.onnx --sensitivity --run runs/q1",
    ];

    public override bool TakesModels => true;

    private Command Define()
    {
        Command command = new("quantize", "Quantise a trained model to integers, and train these where that is asked for; the result is standard ONNX (QDQ).")
        {
            _model, _calibration, _output, _bits, _method, _config, _dryRun, _schema, _integerOnly, _samples, _maxDrop, _evaluate, _sensitivity, _run, _root,
        };
        foreach (Option option in _training.All) command.Options.Add(option);
        return command;
    }

    public override int Run(ParseResult arguments, CommandContext context)
    {
        if (arguments.GetValue(_schema)) return QuantizeSchema.Print(context);
        string path = arguments.GetValue(_model) ?? throw new UsageException("quantize needs a model: dyadic quantize MODEL --calibration SPEC -o FILE.");
        QuantizeConfig config = Config(arguments);
        _training.Check(arguments);
        if (arguments.GetValue(_dryRun)) return DryRun.Print(ModelFile.Open(path).Graph, config, context);
        string calibration = arguments.GetValue(_calibration) ?? throw new UsageException("Option '--calibration' is required: name typical inputs, or --dry-run to see only what would be done.");
        string output = arguments.GetValue(_output) ?? throw new UsageException("Option '--output' is required: name the ONNX file to write.");
        SharedOptions.RequireWritable(output, context);
        QuantizeRun? run = arguments.GetValue(_run) is { } folder ? QuantizeRun.Start(folder, context.Force) : null;
        ModelFile model = ModelFile.Open(path);
        InputSet inputs = new InputReader(context, arguments.GetValue(_root)).Read(calibration, model.Graph, config.CalibrationSamples);
        IDataset? samples = _training.Load(arguments);
        AccuracyTarget? target = Target(arguments, model.Graph, inputs, context);
        ControlledResult made = context.WithProgress("quantising", report => Quantize(model.Graph, config, inputs, target, arguments.GetValue(_maxDrop) ?? 0, report, context));
        (QuantizeResult result, TrainedText? trained) = _training.Train(arguments, samples, made.Result, context);
        context.Cancellation.ThrowIfCancellationRequested();
        AtomicFile.Write(output, stream => OnnxModel.Export(result.Graph, stream, ExportOptions.Quantised(calibration)), context.Force);
        foreach (string warning in result.Warnings) context.Note(warning);
        LayerScores? scores = arguments.GetValue(_sensitivity) ? LayerScores.Of(model.Graph, result.Config, inputs, Judged(arguments, model.Graph, context), () => Batches(model.Graph, inputs, _ => { }, context.Cancellation), context) : null;
        QuantizeSummary summary = new(result, new FileInfo(output).Length, model.Bytes, config.MethodText(), output, inputs.Count, run?.Folder.Path) { Target = target, Made = made, Scores = scores, Trained = trained };
        run?.Finish(model.Path, calibration, summary);
        context.Finish(summary.Fields(), words => Print(summary, words));
        return ExitCode.Done;
    }

    private AccuracyTarget? Target(ParseResult arguments, Graph graph, InputSet calibration, CommandContext context)
    {
        if (arguments.GetValue(_maxDrop) is not { } drop)
            return arguments.GetValue(_evaluate) is null || arguments.GetValue(_sensitivity) ? null : throw new UsageException("--evaluate is for --max-drop. Name how many points may be lost, or ask for --sensitivity.");
        if (drop is not (>= 0 and <= 100)) throw new UsageException($"--max-drop is {drop}, it must be from 0 to 100 points.");
        if (_training.IsAsked(arguments)) throw new UsageException("--max-drop looks at what is not trained yet. Use it or --train.");
        if (arguments.GetValue(_integerOnly)) throw new UsageException("--max-drop leaves nodes in floating point, which --integer-only forbids. Use one of them.");
        AccuracyTarget target = new(Judged(arguments, graph, context) ?? calibration, context.Mode, context.Cancellation);
        target.Measure(graph);
        return target;
    }

    private InputSet? Judged(ParseResult arguments, Graph graph, CommandContext context) =>
        arguments.GetValue(_evaluate) is { } spec ? new InputReader(context, arguments.GetValue(_root)).Read(spec, graph, null) : null;

    private static ControlledResult Quantize(Graph graph, QuantizeConfig config, InputSet inputs, AccuracyTarget? target, double drop, Action<double> report, CommandContext context)
    {
        if (target is null) return new(graph.Quantize(config, Batches(graph, inputs, report, context.Cancellation)), 0, [], IsMet: true);
        double least = target.Float - drop;
        ControlledResult made = graph.QuantizeWithin(config, () => Batches(graph, inputs, report, context.Cancellation), target.Score, least,
            (units, score) => context.Note(string.Create(CultureInfo.InvariantCulture, $"{units} units in floating point: {target.Metric} {score:F2} %, at least {least:F2} % is needed")));
        return made.IsMet ? made : throw target.Missed(made, least);
    }

    private QuantizeConfig Config(ParseResult arguments)
    {
        string methods = string.Join('+', arguments.GetValue(_method)!);
        if (arguments.GetValue(_bits) is { } b and (< 2 or > 8)) throw new UsageException($"--bits is {b}, it must be from 2 to 8.");
        if (arguments.GetValue(_samples) is { } n and < 1) throw new UsageException($"--samples is {n}, it must be at least 1.");
        QuantizeConfig config = arguments.GetValue(_config) is { } file ? QuantizeConfig.Parse(ReadText(file)) : new();
        if (arguments.GetValue(_bits) is { } bits) config = config with { Bits = bits };
        if (methods.Length > 0) config = WithMethods(config, methods);
        if (arguments.GetValue(_integerOnly)) config = config with { IntegerOnly = true };
        if (arguments.GetValue(_samples) is { } samples) config = config with { CalibrationSamples = samples };
        return config;
    }

    private static QuantizeConfig WithMethods(QuantizeConfig config, string names)
    {
        try
        {
            return config.WithMethods(names);
        }
        catch (CompressionException e)
        {
            throw new UsageException($"--method {names}: {e.Message}");
        }
    }

    private static string ReadText(string file) =>
        File.Exists(file) ? File.ReadAllText(file) : throw new FileNotFoundException($"'{file}' does not exist. Name a JSON file for --config.");

    private static IEnumerable<IReadOnlyDictionary<string, Tensor>> Batches(Graph graph, InputSet inputs, Action<double> report, CancellationToken cancellation)
    {
        int step = graph.Inputs.Count > 0 && graph.Inputs[0].Shape is { Rank: > 0 } shape && shape[0].IsKnown ? Math.Max(1, shape[0].Size) : BatchSize;
        for (int first = 0; first < inputs.Count; first += step)
        {
            cancellation.ThrowIfCancellationRequested();
            Tensor[] rows = inputs.Rows(first, Math.Min(step, inputs.Count - first));
            yield return inputs.Names.Zip(rows).ToDictionary(p => p.First, p => p.Second);
            report((double)Math.Min(first + step, inputs.Count) / inputs.Count);
        }
    }

    private static void Print(LayerScores scores, IAnsiConsole words)
    {
        Table table = Tables.New("layer", "#only this in integers", "#all but this", "#all, this at 4 bits");
        foreach (LayerSensitivity l in scores.Report.Layers) table.AddText(l.Node, l.Alone.ToString("F2"), l.Others.ToString("F2"), l.FourBits?.ToString("F2") ?? "");
        words.Write(table);
        words.MarkupLineInterpolated($"{scores.Metric}: {scores.Report.Float:F2} in float32, {scores.Report.Whole:F2} with everything in integers");
    }

    private static void Print(QuantizeSummary s, IAnsiConsole words)
    {
        Table table = Tables.New("layer", "op", "runs in", "#range", "#scale", "#zero", "#SQNR dB", "#weight SQNR", "#bytes", "why not integer");
        foreach (LayerReport l in s.Result.Layers)
        {
            table.AddText(l.Node, l.Op, l.Executed, l.Output is { } o ? $"{Tables.Short(o.Min)} … {Tables.Short(o.Max)}" : "", l.Output is { } p ? Tables.Short(p.Scale) : "",
                l.Output is { } z ? $"{z.ZeroPoint}" : "", l.Output?.SqnrDb is { } db ? db.ToString("F1") : "", l.Weight is { } w ? w.SqnrDb.ToString("F1") : "",
                Tables.Number(l.BytesInteger), l.Reason ?? "");
        }
        words.Write(table);
        words.MarkupLineInterpolated($"{s.Output}: {Tables.Bytes(s.Bytes)}, {(double)s.Bytes / s.BytesFloat:F2} of the original; {s.Method} on {s.Samples} samples");
        if (s.Scores is { } scores) Print(scores, words);
        foreach (Advice a in s.Advice.Take(MostAdvice)) words.MarkupLineInterpolated($"{a.Node}: {a.Problem}; try {a.Command}");
        if (s.Trained is { } t) words.MarkupLineInterpolated($"trained on {t.Data} for {t.Epochs} epochs, {t.Steps} steps, loss {t.Loss:F4}");
        if (s.Target is { } target) words.MarkupLineInterpolated($"{target.Metric} {s.Made!.Score:F2} %, of the float model {target.Float:F2} %; {s.Made.Reverted.Count} nodes in floating point: {string.Join(", ", s.Made.Reverted)}");
        if (s.Run is { } run) words.MarkupLineInterpolated($"run {run}; make a page of it with: dyadic report {run}");
    }
}
