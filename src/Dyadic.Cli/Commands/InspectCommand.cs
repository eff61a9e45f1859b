using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Ir;
using Dyadic.Onnx;
using Dyadic.Runtime;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>What a model is: inputs, outputs, operators, size, cost, and what is unsupported; with --plan, the compiled plan and its memory.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<bool> _plan = new("--plan") { Description = "Compile it and print the plan: steps, kernels, memory offsets, arena." };
    private readonly Option<bool> _text = new("--text") { Description = "Print the graph as text, and nothing else; 'dyadic convert' writes it to a file with its constants." };
    private readonly Option<int?> _inline = SharedOptions.Inline();
    private readonly Option<string[]> _sizes = SharedOptions.Sizes();

    public override Command Definition => field ??= new("inspect", "Show inputs, outputs, operators, parameters, cost, and what is unsupported.") { _model, _plan, _text, _inline, _sizes };

    public override IReadOnlyList<string> Examples => ["dyadic inspect model.onnx", "dyadic inspect model.onnx --text", "dyadic inspect model.onnx --plan", "dyadic inspect encoder.onnx --plan --size tokens=16 --json"];

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        string path = arguments.GetValue(_model)!;
        Dictionary<string, int> sizes = SharedOptions.Parse(arguments.GetValue(_sizes)!);
        GraphTextOptions textOptions = SharedOptions.TextOptions(arguments.GetValue(_inline));
        ModelFile.Require(path);
        OnnxSummary? summary = GraphFile.IsText(path) ? null : OnnxSummary.Read(path);
        ModelFile? model = null;
        OnnxException? refusal = null;
        try
        {
            model = ModelFile.Open(path, sizes);
        }
        catch (OnnxException e)
        {
            refusal = e;
        }
        Graph? graph = model?.Graph;
        ModelDescription description = new(summary ?? GraphSummary.Of(graph!), new FileInfo(path).Length)
        {
            Macs = graph is null ? null : GraphCost.Macs(graph, sizes),
            Refusal = refusal,
            Plan = arguments.GetValue(_plan) && graph is not null ? Compiling.Lower(graph, sizes).Plan : null,
            Hash = model is null ? null : HashCheck.Of(sizes.Count == 0 ? model : ModelFile.Open(path)),
            Text = arguments.GetValue(_text) ? graph?.ToText(textOptions) : null,
        };
        context.Finish(description.Fields(), words => Print(path, description, words));
        if (refusal is null) return ExitCode.Done;
        throw refusal;
    }

    private static void Print(string path, ModelDescription m, IAnsiConsole words)
    {
        if (m.Text is not null)
        {
            words.Profile.Out.Writer.Write(m.Text);
            return;
        }
        string origin = m.Summary.Opset == 0 ? "text of a graph" : $"opset {m.Summary.Opset}, written by {(m.Summary.Producer.Length == 0 ? "?" : m.Summary.Producer)}";
        words.MarkupLineInterpolated($"[bold]{Path.GetFileName(path)}[/]  {origin}");
        Table table = Tables.New("", "name", "type", "shape");
        foreach (OnnxPort p in m.Summary.Inputs) table.AddText("input", p.Name, p.Type, ShapeOf(p));
        foreach (OnnxPort p in m.Summary.Outputs) table.AddText("output", p.Name, p.Type, ShapeOf(p));
        words.Write(table);
        words.MarkupLineInterpolated($"parameters  {Tables.Number(m.Summary.Parameters)}");
        words.MarkupLineInterpolated($"file        {Tables.Bytes(m.Bytes)}");
        words.MarkupLineInterpolated($"MACs        {(m.Macs is { } macs ? $"{Tables.Number(macs)} a sample" : "unknown")}");
        words.MarkupLineInterpolated($"operators   {string.Join(", ", m.Summary.Operators.OrderByDescending(o => o.Value).Select(o => $"{o.Key} {o.Value}"))}");
        if (m.Hash is { } hash) words.MarkupLineInterpolated($"hash        {hash.Actual}{hash.Words}");
        foreach ((string key, string value) in m.Summary.Metadata.Where(p => p.Key != OnnxModel.HashKey).OrderBy(p => p.Key, StringComparer.Ordinal)) words.MarkupLineInterpolated($"metadata    {key} = {value}");
        if (m.Refusal is { } refusal)
        {
            words.WriteLine();
            words.MarkupLineInterpolated($"[red]unsupported[/]");
            foreach (OnnxProblem problem in refusal.Problems) words.MarkupLineInterpolated($"  {problem.ToString()}");
            if (refusal.Problems.Count == 0) words.MarkupLineInterpolated($"  {refusal.Message}");
        }
        if (m.Plan is null) return;
        words.WriteLine();
        PrintPlan(m.Plan, words);
    }

    private static void PrintPlan(Plan plan, IAnsiConsole words)
    {
        Table table = Tables.New("##", "node", "kernel", "reads", "writes", "#offset", "#bytes", "with");
        for (int s = 0; s < plan.Steps.Count; s++)
        {
            PlanStep step = plan.Steps[s];
            PlanArgument[] activations = [.. step.Inputs.Where(a => plan.Values[a.Value].Home != ValueHome.Constant)];
            PlanValue written = plan.Values[step.Outputs[0].Value];
            string offset = written.Home == ValueHome.Arena ? Tables.Number(plan.Offset(step.Outputs[0].Value)) : "output";
            table.AddText($"{s}", step.Name, step.Step.Kernel, string.Join(' ', activations.Select(a => Show(plan, a))), string.Join(' ', step.Outputs.Select(a => Show(plan, a))),
                offset, Tables.Number(step.Outputs.Sum(a => plan.Values[a.Value].Bytes)), step.Step.Details);
        }
        words.Write(table);
        string each = plan.Batched ? " a sample" : "";
        words.MarkupLineInterpolated($"arena {Tables.Bytes(plan.ArenaBytes)}{each} ({Tables.Bytes(plan.SumBytes)} without overlay), constants {Tables.Bytes(plan.ConstantBytes)}, {plan.Steps.Count} steps, {(plan.IsInteger ? "integers only" : "with floating point")}");
    }

    private static string Show(Plan plan, PlanArgument argument) => $"{plan.Values[argument.Value].Type.ToString().ToLowerInvariant()}{argument}";

    private static string ShapeOf(OnnxPort port) => port.Shape is null ? "?" : $"[{string.Join(", ", port.Shape)}]";
}
