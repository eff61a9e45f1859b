using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Lowering;

/// <summary>Which nodes end an integer group, which are needed, and why others stay in floating point.</summary>
internal sealed class IntegerChoice
{
    private readonly HashSet<Node> _needed = [];
    private readonly Dictionary<Node, string> _refusals = [];

    /// <summary>The groups by their last node.</summary>
    public Dictionary<Node, IntegerGroup> Groups { get; } = [];

    /// <summary>The nodes that run, in the order of the graph.</summary>
    public IEnumerable<Node> Needed(Graph graph) => graph.Nodes.Where(_needed.Contains);

    /// <summary>Marks a node as one that runs.</summary>
    public void Need(Node node) => _needed.Add(node);

    /// <summary>Notes why <paramref name="node"/> has no integer form, and returns null.</summary>
    public IntegerGroup? Refuse(Node node, string reason)
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
