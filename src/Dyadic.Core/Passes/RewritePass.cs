using Dyadic.Ir;
using Dyadic.Runtime;

namespace Dyadic.Passes;

/// <summary>Applies rewrites until none matches.</summary>
/// <remarks>In one sweep over the nodes every match is taken that shares no node with an earlier one; the others are found again in the next sweep.</remarks>
/// <param name="rewrites">Tried in this order at each node.</param>
public class RewritePass(params IRewrite[] rewrites) : GraphPass
{
    private const int MostSweeps = 1000;

    /// <inheritdoc/>
    public sealed override Graph Run(Graph graph)
    {
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            Graph next = Sweep(graph);
            if (ReferenceEquals(next, graph)) return graph;
            graph = next;
        }
        throw new InvalidOperationException($"Pass {Name} on graph '{graph.Name}' does not come to an end within {MostSweeps} sweeps.");
    }

    private Graph Sweep(Graph graph)
    {
        RewriteContext context = new(graph);
        HashSet<Node> touched = [];
        List<GraphPatch> patches = [];
        foreach (Node node in graph.Nodes)
        {
            RunMeter.Current?.Check();
            foreach (IRewrite rewrite in rewrites)
            {
                if (touched.Contains(node)) break;
                if (rewrite.Match(context, node) is not { } patch || !Admit(context, patch, touched)) continue;
                patches.Add(patch);
                break;
            }
        }
        return patches.Count == 0 ? graph : GraphPatches.Apply(graph, patches);
    }

    // Takes the nodes that the patch removes, and those whose outputs it renames, unless another patch has them.
    private static bool Admit(RewriteContext context, GraphPatch patch, HashSet<Node> touched)
    {
        List<Node> nodes = [.. patch.Removed];
        foreach ((Value from, Value to) in patch.Aliases)
        {
            Node? producer = context.Graph.ProducerOf(to);
            if (producer is not null) nodes.Add(producer);
            if (context.IsOutput(from) && (producer is null || context.IsOutput(to))) return false;   // two names for one value
        }
        if (nodes.Exists(touched.Contains)) return false;
        touched.UnionWith(nodes);
        return true;
    }
}

/// <summary>Makes a graph of another and patches that do not overlap.</summary>
internal static class GraphPatches
{
    public static Graph Apply(Graph graph, IReadOnlyList<GraphPatch> patches)
    {
        HashSet<Node> removed = [.. patches.SelectMany(p => p.Removed)];
        Dictionary<Node, IReadOnlyList<Node>> added = patches.ToDictionary(p => p.Removed[^1], p => p.Added);
        Dictionary<Value, Value> map = Mapping(graph, patches);
        Value Resolve(Value value)
        {
            while (map.TryGetValue(value, out Value? next)) value = next;
            return value;
        }
        Node Mapped(Node node) => node.Inputs.Concat(node.Outputs).Any(map.ContainsKey)
            ? new(node.Name, node.Op, [.. node.Inputs.Select(Resolve)], [.. node.Outputs.Select(Resolve)])
            : node;
        List<Node> nodes = [];
        foreach (Node node in graph.Nodes)
        {
            if (added.TryGetValue(node, out IReadOnlyList<Node>? news)) nodes.AddRange(news.Select(Mapped));
            if (!removed.Contains(node)) nodes.Add(Mapped(node));
        }
        return new(graph.Name, graph.Inputs, [.. graph.Outputs.Select(Resolve)], nodes, graph.Metadata);
    }

    // y becomes x; where y is an output of the graph, whose name must stay, x becomes y.
    private static Dictionary<Value, Value> Mapping(Graph graph, IReadOnlyList<GraphPatch> patches)
    {
        HashSet<Value> outputs = [.. graph.Outputs];
        Dictionary<Value, Value> map = [];
        foreach ((Value from, Value to) in patches.SelectMany(p => p.Aliases))
        {
            if (outputs.Contains(from)) map[to] = from;
            else map[from] = to;
        }
        return map;
    }
}
