using Dyadic.Ir;

namespace Dyadic.Passes;

/// <summary>Computes equal ops on equal values once. Constants of equal type and elements count as equal; a graph output keeps its own node.</summary>
public sealed class EliminateCommonSubexpressions : GraphPass
{
    /// <inheritdoc/>
    public override Graph Run(Graph graph)
    {
        Dictionary<Value, Value> same = [];
        Dictionary<(TensorType, int), List<Constant>> constants = [];
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

    private static void Unify(Value value, Dictionary<(TensorType, int), List<Constant>> constants, Dictionary<Value, Value> same)
    {
        Constant constant = new(value);
        List<Constant> bucket = Bucket(constants, (value.Type, constant.Sample));
        foreach (Constant candidate in bucket)
        {
            if (ReferenceEquals(candidate.Value, value)) return;
            if (candidate.Hash != constant.Hash || !candidate.Bytes.SequenceEqual(constant.Bytes) || !candidate.Strings.SequenceEqual(constant.Strings)) continue;
            same[value] = candidate.Value;
            return;
        }
        bucket.Add(constant);
    }

    /// <summary>The bytes of a constant. Nearly all differ in a few of them; the rest is hashed only where these agree.</summary>
    private sealed class Constant(Value value)
    {
        private const int SampleBytes = 64, Samples = 4;
        private readonly Tensor _data = value.Constant!.ToContiguous();
        private int? _hash;

        public Value Value => value;

        public ReadOnlySpan<byte> Bytes => _data.Bytes();

        // What the bytes of strings stand for.
        public ReadOnlySpan<string> Strings => _data.StringTable is { } table ? table.Span : [];

        public int Hash => _hash ??= HashOf(Bytes, Bytes.Length, Bytes.Length);

        public int Sample => HashOf(Bytes, SampleBytes, Math.Max(Bytes.Length / Samples, SampleBytes));

        // Of some bytes, and of as many again a step further.
        private static int HashOf(ReadOnlySpan<byte> bytes, int some, int step)
        {
            HashCode hash = default;
            for (; bytes.Length > 0; bytes = bytes[Math.Min(step, bytes.Length)..]) hash.AddBytes(bytes[..Math.Min(some, bytes.Length)]);
            return hash.ToHashCode();
        }
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
