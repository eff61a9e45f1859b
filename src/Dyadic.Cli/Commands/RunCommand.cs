using System.CommandLine;
using System.Globalization;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Data;
using Dyadic.Ir;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>Runs a model on arrays and writes its outputs.</summary>
internal sealed class RunCommand : CliCommand
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<string> _inputs = new("--inputs") { Description = "FILE.npz with an array for each input, or a data set.", HelpName = "SPEC", Required = true };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "The .npz file for the outputs; without it only their shapes are shown.", HelpName = "FILE" };
    private readonly Option<string> _engine = SharedOptions.Engine();
    private readonly Option<string?> _root = SharedOptions.DataRoot();

    public override Command Definition => field ??= new("run", "Run a float or quantised model on arrays.") { _model, _inputs, _output, _engine, _root };

    public override IReadOnlyList<string> Examples =>
        ["dyadic run model.onnx --inputs in.npz -o out.npz", "dyadic run model.onnx --inputs 'fashion-mnist:test[0:16]' -o out.npz --engine reference"];

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        string? output = arguments.GetValue(_output);
        if (output is not null) SharedOptions.RequireWritable(output, context);
        Graph graph = ModelFile.Open(arguments.GetValue(_model)!).Graph;
        InputSet inputs = new InputReader(context, arguments.GetValue(_root)).Read(arguments.GetValue(_inputs)!, graph);
        string name = arguments.GetValue(_engine)!;
        Engine engine = Engine.Of(graph, name, context.Mode, inputs.Sizes(graph));
        BatchedResult result = context.WithProgress("running", report => BatchedRun.Run(engine, graph, inputs, report, context.Cancellation));
        Dictionary<string, Tensor> named = [];
        for (int o = 0; o < result.Outputs.Length; o++) named[graph.Outputs[o].Name] = result.Outputs[o];
        if (output is not null) Npz.Write(output, named, context.Force);
        var outputs = named.Select(o => new
        {
            name = o.Key,
            type = o.Value.Type.ToString().ToLowerInvariant(),
            shape = o.Value.Shape.ToArray(),
            codes = CodeParams.Of(graph, o.Key)?.ToString(),
        }).ToArray();
        context.Finish(new { outputs, ms = result.Milliseconds, samples = inputs.Count, engine = name, file = output }, words =>
        {
            Table table = Tables.New("output", "type", "shape", "codes");
            foreach (var o in outputs) table.AddText(o.name, o.type, $"[{string.Join(", ", o.shape)}]", o.codes ?? "");
            words.Write(table);
            words.MarkupLineInterpolated($"{inputs.Count} samples in {result.Milliseconds.ToString("F2", CultureInfo.InvariantCulture)} ms ({name}){(output is null ? "" : $", written to {output}")}");
        });
        return ExitCode.Done;
    }
}
