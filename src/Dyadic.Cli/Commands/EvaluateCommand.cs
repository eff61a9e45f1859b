using System.CommandLine;
using System.Globalization;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Ir;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>Accuracy of a classifier on labelled data.</summary>
internal sealed class EvaluateCommand : CliCommand
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<string> _data = new("--data") { Description = "Labelled data: a data set, or FILE.npz with labels.", HelpName = "SPEC", Required = true };
    private readonly Option<string> _metric = new("--metric") { Description = "top1: the largest score is at the label; top5: it is among the five largest.", DefaultValueFactory = _ => "top1", HelpName = "top1|top5" };
    private readonly Option<int?> _limit = new("--limit") { Description = "Use the first N samples only.", HelpName = "N" };
    private readonly Option<double?> _gate = new("--min") { Description = "Exit with 3 when the value is below this share, for example 0.925.", HelpName = "SHARE" };
    private readonly Option<string> _engine = SharedOptions.Engine();
    private readonly Option<string?> _root = SharedOptions.DataRoot();

    public EvaluateCommand() => _metric.AcceptOnlyFromAmong("top1", "top5");

    public override Command Definition => field ??= new("evaluate", "Measure accuracy on labelled data.") { _model, _data, _metric, _limit, _gate, _engine, _root };

    public override IReadOnlyList<string> Examples =>
        ["dyadic evaluate model.onnx --data fashion-mnist:test", "dyadic evaluate model.onnx --data test.npz --limit 1000 --min 0.92 --json"];

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        if (arguments.GetValue(_limit) is < 1) throw new UsageException($"--limit is {arguments.GetValue(_limit)}, it must be at least 1.");
        string metric = arguments.GetValue(_metric)!, data = arguments.GetValue(_data)!, name = arguments.GetValue(_engine)!;
        Graph graph = ModelFile.Open(arguments.GetValue(_model)!).Graph;
        InputSet inputs = new InputReader(context, arguments.GetValue(_root)).Read(data, graph, arguments.GetValue(_limit));
        if (inputs.Labels is not { } labels) throw new InvalidDataException($"{data} has no labels. Add an array named labels, one class number a sample.");
        Engine engine = Engine.Of(graph, name, context.Mode, inputs.Sizes(graph));
        BatchedResult result = context.WithProgress("evaluating", report => BatchedRun.Run(engine, graph, inputs, report, context.Cancellation));
        int correct = Predictions.Correct(result.Outputs[0], labels, metric == "top5" ? 5 : 1)
            ?? throw new InvalidDataException($"Output '{graph.Outputs[0].Name}' is {result.Outputs[0].TensorType}; accuracy needs scores [N, classes] or class numbers [N].");
        double value = (double)correct / inputs.Count;
        context.Finish(new { metric, value, n = inputs.Count, ms = result.Milliseconds, correct, engine = name }, words =>
            words.MarkupLineInterpolated($"{metric} [bold]{value.ToString("P2", CultureInfo.InvariantCulture)}[/]  ({correct} of {inputs.Count}), {result.Milliseconds.ToString("F0", CultureInfo.InvariantCulture)} ms in the model"));
        if (arguments.GetValue(_gate) is { } gate && value < gate)
            throw new GateException(string.Create(CultureInfo.InvariantCulture, $"{metric} is {value:F4}, the gate is {gate:F4}."));
        return ExitCode.Done;
    }
}
