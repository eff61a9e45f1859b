using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Lowering;

/// <summary>Which nodes end a group of nodes that run as one, which are needed, and why some stay in floating point.</summary>
internal sealed class GroupChoice
{
    private readonly HashSet<Node> _needed = [];
    private readonly Dictionary<Node, string> _refusals = [];

    /// <summary>The groups by their last node.</summary>
    public Dictionary<Node, StepGroup> Groups { get; } = [];

    /// <summary>Finds the groups from the outputs backwards: in integers where there is a quantisation, else in float32.</summary>
    /// <exception cref="PlanException">An accumulator could overflow, or a scale is out of range.</exception>
    public static GroupChoice Of(BoundGraph bound)
    {
        GroupChoice choice = new();
        QuantizedPatterns patterns = new(bound, choice);
        HashSet<Value> wanted = [.. bound.Graph.Outputs];
        for (int i = bound.Graph.Nodes.Count - 1; i >= 0; i--)
        {
            Node node = bound.Graph.Nodes[i];
            if (!node.Outputs.Any(wanted.Contains) || bound.Fixed.Contains(node)) continue;
            choice._needed.Add(node);
            StepGroup? group = Match(patterns, node);
            if (group is not null) choice.Groups[node] = group;
            wanted.UnionWith(group?.Reads ?? node.Inputs);
        }
        return choice;
    }

    // A refusal inside of a step's constructor names the node.
    private static StepGroup? Match(QuantizedPatterns patterns, Node node)
    {
        try
        {
            return IntegerLowering.Match(patterns, node) ?? FloatLowering.Match(patterns.Bound, node);
        }
        catch (Exception e) when (e is PlanException or PrecisionException or ShapeException)
        {
            throw new PlanException($"plan: node '{node.Name}': {e.Message}", e);
        }
    }

    /// <summary>The nodes that run, in the order of the graph.</summary>
    public IEnumerable<Node> Needed(Graph graph) => graph.Nodes.Where(_needed.Contains);

    /// <summary>Notes why <paramref name="node"/> has no integer form, and returns null.</summary>
    public StepGroup? Refuse(Node node, string reason)
    {
        _refusals.TryAdd(node, reason);
        return null;
    }

    /// <summary>Why <paramref name="node"/> runs in floating point.</summary>
    public string ReasonFor(BoundGraph bound, Node node)
    {
        if (_refusals.TryGetValue(node, out string? reason)) return reason;
        if (node.Op is DequantizeLinear) return bound.Graph.Outputs.Contains(node.Output) ? "the graph's output is real" : "a real consumer reads it";
        if (node.Op is QuantizeLinear) return "its input is real";
        bool quantized = node.Inputs.Any(v => bound.Graph.ProducerOf(v) is { Op: DequantizeLinear });
        return quantized ? $"its result is not quantised, or {node.Op.Name} has no integer form" : "its inputs are not quantised";
    }
}
