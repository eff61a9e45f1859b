using Dyadic.Ir;

namespace Dyadic.Passes;

/// <summary>What a rewrite wants changed.</summary>
/// <param name="Removed">Nodes that go; the last of them is the place of the added ones.</param>
/// <param name="Added">Nodes that come, in order. They may define the very values that the removed ones defined.</param>
/// <param name="Aliases">Values that are replaced by others wherever they are read.</param>
public sealed record GraphPatch(IReadOnlyList<Node> Removed, IReadOnlyList<Node> Added, IReadOnlyDictionary<Value, Value> Aliases)
{
    private static readonly Dictionary<Value, Value> None = [];

    /// <summary><paramref name="removed"/> goes, <paramref name="added"/> come and define its outputs.</summary>
    public static GraphPatch Replace(Node removed, params IReadOnlyList<Node> added) => new([removed], added, None);

    /// <summary><paramref name="node"/> goes; its only output becomes <paramref name="value"/>.</summary>
    public static GraphPatch Alias(Node node, Value value) => new([node], [], new Dictionary<Value, Value> { [node.Output] = value });
}

/// <summary>What a rewrite may look at.</summary>
/// <param name="graph">The graph as it is.</param>
public sealed class RewriteContext(Graph graph)
{
    private readonly Lazy<HashSet<string>> _names = new(() =>
        [.. graph.Inputs.Concat(graph.Constants).Concat(graph.Nodes.SelectMany(n => n.Outputs)).Select(v => v.Name), .. graph.Nodes.Select(n => n.Name)]);

    private readonly HashSet<Value> _outputs = [.. graph.Outputs];

    /// <summary>The graph as it is.</summary>
    public Graph Graph => graph;

    /// <summary>A name that no value and no node has.</summary>
    public string Fresh(string wanted)
    {
        string candidate = wanted;
        for (int i = 1; !_names.Value.Add(candidate); i++) candidate = $"{wanted}_{i}";
        return candidate;
    }

    /// <summary>A constant under a fresh name.</summary>
    public Value Constant(string wanted, Tensor data) => Value.Of(Fresh(wanted), data);

    /// <summary>True for an output of the graph.</summary>
    public bool IsOutput(Value value) => _outputs.Contains(value);

    /// <summary>The node that defines <paramref name="value"/> if its op is a <typeparamref name="T"/>, else null.</summary>
    public Node? Producer<T>(Value value) where T : Op => graph.ProducerOf(value) is { Op: T } node ? node : null;

    /// <summary>True when one node alone reads <paramref name="value"/>, and it is no output.</summary>
    public bool HasOneReader(Value value) => !IsOutput(value) && graph.ConsumersOf(value).Take(2).Count() == 1;
}

/// <summary>A pattern and what takes its place.</summary>
public interface IRewrite
{
    /// <summary>The patch where the pattern ends at <paramref name="node"/>, else null.</summary>
    GraphPatch? Match(RewriteContext context, Node node);
}
