using Dyadic.Ir;

namespace Dyadic.Passes;

/// <summary>Computes equal ops on equal values once. Constants of equal type and bytes count as equal; a graph output keeps its own node.</summary>
public sealed class EliminateCommonSubexpressions : GraphPass
{
    /// <inheritdoc/>
    public override Graph Run(Graph graph)
    {
        Dictionary<Value, Value> same = [];
        Dictionary<(TensorType, int), List<Value>> constants = [];
        Dictionary<int, List<Node>> seen = [];
        HashSet<Value> outputs = [.. graph.Outputs];
        List<Node> nodes = [];
        foreach (Node node in graph.Nodes)
        {
            foreach (Value v in node.Inputs)
                if (v.IsConstant && !same.ContainsKey(v)) Unify(v, constants, same);
            Node mapped = node.Inputs.Any(same.ContainsKey) ? node.WithInputs([.. node.Inputs.Select(v => same.GetValueOrDefault(v, v))]) : node;
            List<Node> bucket = Bucket(seen, Hash(mapped));
            Node? twin = node.Outputs.Any(outputs.Contains) ? null : bucket.Find(n => n.Op.Equals(mapped.Op) && n.Inputs.SequenceEqual(mapped.Inputs));
            if (twin is null)
            {
                bucket.Add(mapped);
                nodes.Add(mapped);
                continue;
            }
            for (int i = 0; i < twin.Outputs.Count; i++) same[node.Outputs[i]] = twin.Outputs[i];
        }
        return nodes.Count == graph.Nodes.Count ? graph : new(graph.Name, graph.Inputs, graph.Outputs, nodes, graph.Metadata);
    }

    private static void Unify(Value constant, Dictionary<(TensorType, int), List<Value>> constants, Dictionary<Value, Value> same)
    {
        Tensor data = constant.Constant!.ToContiguous();
        ReadOnlySpan<byte> bytes = data.Bytes();
        HashCode hash = default;
        hash.AddBytes(bytes);
        List<Value> bucket = Bucket(constants, (constant.Type, hash.ToHashCode()));
        foreach (Value candidate in bucket)
        {
            if (ReferenceEquals(candidate, constant)) return;
            if (!candidate.Constant!.ToContiguous().Bytes().SequenceEqual(bytes)) continue;
            same[constant] = candidate;
            return;
        }
        bucket.Add(constant);
        GC.KeepAlive(data);
    }

    private static List<T> Bucket<TKey, T>(Dictionary<TKey, List<T>> table, TKey key) where TKey : notnull
    {
        if (!table.TryGetValue(key, out List<T>? bucket)) table[key] = bucket = [];
        return bucket;
    }

    private static int Hash(Node node)
    {
        HashCode hash = default;
        hash.Add(node.Op);
        foreach (Value v in node.Inputs) hash.Add(v);
        return hash.ToHashCode();
    }
}
