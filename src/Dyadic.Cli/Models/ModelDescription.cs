using System.Text.Json.Nodes;
using Dyadic.Onnx;
using Dyadic.Runtime;

namespace Dyadic.Cli.Models;

/// <summary>What inspect tells.</summary>
/// <param name="Summary">What the file says.</param>
/// <param name="Bytes">The size of the file.</param>
internal sealed record ModelDescription(OnnxSummary Summary, long Bytes)
{
    /// <summary>Multiply-accumulates for one sample, or null where unknown.</summary>
    public long? Macs { get; init; }

    /// <summary>Why it cannot be imported, or null.</summary>
    public OnnxException? Refusal { get; init; }

    /// <summary>The plan, where it was asked for.</summary>
    public Plan? Plan { get; init; }

    /// <summary>The hash of the graph, where it could be imported.</summary>
    public HashCheck? Hash { get; init; }

    /// <summary>The text, where it was asked for.</summary>
    public string? Text { get; init; }

    /// <summary>The fields of --json.</summary>
    public object Fields() => new
    {
        inputs = Summary.Inputs,
        outputs = Summary.Outputs,
        opset = Summary.Opset,
        ops = Summary.Operators,
        parameters = Summary.Parameters,
        bytes = Bytes,
        macs = Macs,
        unsupported = Unsupported(),
        irVersion = Summary.IrVersion,
        producer = Summary.Producer,
        metadata = Summary.Metadata,
        hash = Hash?.Actual,
        hashFits = Hash?.Fits,
        text = Text,
        plan = Plan is null ? null : PlanFields(Plan),
    };

    private IReadOnlyList<OnnxProblem> Unsupported() => Refusal switch
    {
        null => [],
        { Problems.Count: > 0 } => Refusal.Problems,
        _ => [new(Refusal.File, "file", Summary.Opset, Refusal.Message)],
    };

    private static object PlanFields(Plan plan) => new
    {
        batched = plan.Batched,
        integer = plan.IsInteger,
        arenaBytes = plan.ArenaBytes,
        arenaBytesWithoutOverlay = plan.SumBytes,
        constantBytes = plan.ConstantBytes,
        steps = plan.Steps.Select((s, i) => new
        {
            index = i,
            node = s.Name,
            kernel = s.Step.Kernel,
            inputs = s.Inputs.Select(a => Show(plan, a)),
            outputs = s.Outputs.Select(a => Show(plan, a)),
            offset = s.Outputs.Length == 0 ? -1 : plan.Offset(s.Outputs[0].Value),
            bytes = s.Outputs.Sum(a => plan.Values[a.Value].Bytes),
        }),
    };

    private static JsonObject Show(Plan plan, PlanArgument argument) => new()
    {
        ["name"] = plan.Values[argument.Value].Name,
        ["type"] = plan.Values[argument.Value].Type.ToString().ToLowerInvariant(),
        ["shape"] = new JsonArray([.. argument.Dims.Select(d => (JsonNode)d)]),
    };
}
