using Dyadic.Ir;

namespace Dyadic.Passes;

/// <summary>Removes nodes from which no output of the graph can be reached.</summary>
public sealed class EliminateDeadNodes : GraphPass
{
    /// <inheritdoc/>
    public override Graph Run(Graph graph)
    {
        HashSet<Value> live = [.. graph.Outputs];
        List<Node> kept = [];
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            Node node = graph.Nodes[i];
            if (!node.Outputs.Any(live.Contains)) continue;
            live.UnionWith(node.Inputs);
            kept.Add(node);
        }
        if (kept.Count == graph.Nodes.Count) return graph;
        kept.Reverse();
        return new(graph.Name, graph.Inputs, graph.Outputs, kept, graph.Metadata);
    }
}
