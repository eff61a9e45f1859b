using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Ir;
using Dyadic.Onnx;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>From ONNX to the text of a graph, which a person reads and changes, and back.</summary>
internal sealed class ConvertCommand : CliCommand
{
    private const string OnnxExtension = ".onnx";

    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<string> _output = new("--output", "-o") { Description = $"The file to write: ONNX if it ends in {OnnxExtension}, else text, with the constants that it does not show beside it in a safetensors file.", HelpName = "FILE", Required = true };
    private readonly Option<int?> _opset = new("--opset") { Description = $"The operator set of an ONNX file, {OnnxExportOptions.MinOpset} to {OnnxExportOptions.MaxOpset} (default {OnnxExportOptions.UsualOpset}, or as new as the graph needs).", HelpName = "N" };
    private readonly Option<int?> _inline = SharedOptions.Inline();

    public override Command Definition => field ??= new("convert", "Write a model as the text of its graph, or a text as ONNX.") { _model, _output, _opset, _inline };

    public override IReadOnlyList<string> Examples => ["dyadic convert model.onnx -o model.graph", "dyadic convert model.graph -o changed.onnx --opset 17"];

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        string output = arguments.GetValue(_output)!;
        bool isOnnx = output.EndsWith(OnnxExtension, StringComparison.OrdinalIgnoreCase);
        if (isOnnx && arguments.GetValue(_inline) is not null) throw new UsageException("--inline is about text, and an ONNX file is to be written.");
        if (!isOnnx && arguments.GetValue(_opset) is not null) throw new UsageException($"--opset is about ONNX files, which end in {OnnxExtension}.");
        GraphTextOptions text = SharedOptions.TextOptions(arguments.GetValue(_inline));
        OnnxExportOptions onnx = UsageErrors.Checked(() => new OnnxExportOptions { ProducerVersion = Product.Version, Opset = arguments.GetValue(_opset) });
        SharedOptions.RequireWritable(output, context);
        Graph graph = ModelFile.Open(arguments.GetValue(_model)!).Graph;
        IReadOnlyList<string> files = isOnnx ? [output] : GraphFile.Write(graph, output, text, context.Force);
        if (isOnnx) OnnxModel.Export(graph, output, onnx, context.Force);
        long[] bytes = [.. files.Select(f => new FileInfo(f).Length)];
        context.Finish(
            new { files, bytes, hash = graph.TextHash(), nodes = graph.Nodes.Count },
            words =>
            {
                foreach ((string file, long size) in files.Zip(bytes)) words.MarkupLineInterpolated($"{file}  {Tables.Bytes(size)}");
            });
        return ExitCode.Done;
    }
}
