using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Ir;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>How far the outputs of two models are apart, and with --per-layer where the distance comes from.</summary>
internal sealed class CompareCommand : CliCommand
{
    private readonly Argument<string> _first = SharedOptions.Model("first", "The ONNX file that is taken as right.");
    private readonly Argument<string> _second = SharedOptions.Model("second", "The ONNX file that is compared with it.");
    private readonly Option<string> _inputs = new("--inputs") { Description = "Data for both.", HelpName = "SPEC", Required = true };
    private readonly Option<bool> _perLayer = new("--per-layer") { Description = "Also compare the values of the same name inside the models, node by node." };
    private readonly Option<string> _engine = SharedOptions.Engine();
    private readonly Option<string?> _root = SharedOptions.DataRoot();

    public override Command Definition => field ??= new("compare", "Measure how far two models' outputs are apart.") { _first, _second, _inputs, _perLayer, _engine, _root };

    public override IReadOnlyList<string> Examples =>
        ["dyadic compare model.onnx model-int8.onnx --inputs 'fashion-mnist:test[0:1000]'", "dyadic compare model.onnx model-int8.onnx --inputs in.npz --per-layer --json"];

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        Graph a = ModelFile.Open(arguments.GetValue(_first)!).Graph, b = ModelFile.Open(arguments.GetValue(_second)!).Graph;
        if (a.Outputs.Count != b.Outputs.Count)
            throw new InvalidDataException($"The models have {a.Outputs.Count} and {b.Outputs.Count} outputs ({Names(a)}; {Names(b)}). Compare models of the same outputs.");
        InputReader reader = new(context, arguments.GetValue(_root));
        string spec = arguments.GetValue(_inputs)!, engine = arguments.GetValue(_engine)!;
        InputSet ofA = reader.Read(spec, a), ofB = reader.Read(spec, b);
        (Tensor[] x, Tensor[] y) = context.WithProgress("comparing", report =>
        {
            Tensor[] first = Outputs(a, ofA, engine, context, report, 0), second = Outputs(b, ofB, engine, context, report, 0.5);
            return (first, second);
        });
        Distance[] outputs = [.. a.Outputs.Select((v, o) => Distance.Between(v.Name, x[o], y[o]))];
        double? agreement = Agreement(x[0], y[0]);
        IReadOnlyList<LayerDistance> layers = arguments.GetValue(_perLayer) ? LayerComparison.Of(a, ofA, b, ofB, context.Cancellation) : [];
        Distance worst = outputs.MinBy(d => d.SqnrDb)!;
        context.Finish(
            new { maxAbs = outputs.Max(d => d.MaxAbs), sqnrDb = worst.SqnrDb, cosine = outputs.Min(d => d.Cosine), top1Agreement = agreement, layers, n = ofA.Count },
            words => Print(a, outputs, agreement, layers, ofA.Count, words));
        return ExitCode.Done;
    }

    private static Tensor[] Outputs(Graph graph, InputSet inputs, string engine, CommandContext context, Action<double> report, double done)
    {
        Engine runner = Engine.Of(graph, engine, context.Mode, inputs.Sizes(graph));
        BatchedResult result = BatchedRun.Run(runner, graph, inputs, share => report(done + share / 2), context.Cancellation);
        return [.. result.Outputs.Select((t, o) => CodeParams.Real(graph, o, t))];
    }

    private static double? Agreement(Tensor a, Tensor b)
    {
        if (Predictions.Top1(a) is not { } x || Predictions.Top1(b) is not { } y || x.Length != y.Length) return null;
        return (double)x.Zip(y).Count(p => p.First == p.Second) / x.Length;
    }

    private static void Print(Graph a, Distance[] outputs, double? agreement, IReadOnlyList<LayerDistance> layers, int samples, IAnsiConsole words)
    {
        if (layers.Count > 0)
        {
            Table inner = Tables.New("value", "op", "#max |a-b|", "#SQNR dB", "#cosine");
            foreach (LayerDistance l in layers) inner.AddText(l.Name, l.Op, Tables.Short(l.MaxAbs), Tables.Short(l.SqnrDb), l.Cosine.ToString("F6"));
            words.Write(inner);
        }
        Table table = Tables.New("output", "#max |a-b|", "#SQNR dB", "#cosine");
        for (int o = 0; o < outputs.Length; o++) table.AddText(a.Outputs[o].Name, Tables.Short(outputs[o].MaxAbs), Tables.Short(outputs[o].SqnrDb), outputs[o].Cosine.ToString("F6"));
        words.Write(table);
        if (agreement is { } share) words.MarkupLineInterpolated($"the same class on {share.ToString("P2")} of {samples} samples");
    }

    private static string Names(Graph graph) => string.Join(", ", graph.Outputs.Select(v => v.Name));
}
