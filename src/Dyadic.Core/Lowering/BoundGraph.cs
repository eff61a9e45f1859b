using Dyadic.Ir;
using Dyadic.Runtime;

namespace Dyadic.Lowering;

/// <summary>A graph whose symbolic dimensions have sizes: those of one sample when the plan is batched.</summary>
/// <param name="graph">The graph.</param>
/// <param name="types">The type of each value.</param>
/// <param name="batched">True when the leading dimension of every value is that of one sample times the batch.</param>
internal sealed class BoundGraph(Graph graph, Dictionary<Value, TensorType> types, bool batched)
{
    private readonly Lazy<Dictionary<Node, int>> _places = new(() => graph.Nodes.Index().ToDictionary(p => p.Item, p => p.Index));

    public Graph Graph => graph;

    public bool Batched => batched;

    /// <summary>The type of a value, all sizes known.</summary>
    public TensorType TypeOf(Value value) => types.TryGetValue(value, out TensorType? type) ? type : value.Type;

    /// <summary>The dimensions of a value.</summary>
    public int[] DimsOf(Value value) => TypeOf(value).Shape.ToArray();

    /// <summary>What depends on constants alone.</summary>
    public FixedValues Fixed { get; } = new(graph);

    /// <summary>The node that makes <paramref name="value"/> if one other node alone reads it and it is no output, else null.</summary>
    public Node? SoleProducer(Value value) =>
        !graph.Outputs.Contains(value) && graph.ConsumersOf(value).Take(2).Count() == 1 ? graph.ProducerOf(value) : null;

    /// <summary>The number of nodes before this one.</summary>
    public int Place(Node node) => _places.Value[node];

    /// <summary>The types that a node reads.</summary>
    public TensorType[] InputTypes(Node node) => [.. node.Inputs.Select(TypeOf)];

    /// <summary>Chooses between a batched plan and one of fixed shapes, and infers all types.</summary>
    /// <exception cref="PlanException">A symbol has no size, the batch cannot be left open, or a value holds strings.</exception>
    public static BoundGraph Bind(Graph graph, LoweringOptions options)
    {
        if (graph.Inputs.Concat(graph.Nodes.SelectMany(n => n.Inputs.Concat(n.Outputs))).FirstOrDefault(v => v.Type.Type == DType.String) is { } text)
            throw new PlanException($"plan: '{text.Name}' holds strings, which have no place in a plan. Run the graph node by node.");
        Dim? batch = BatchSymbol(graph);
        if (batch is null || options.Batch is not null) return new(graph, Infer(graph, Sizes(graph, batch, options.Batch, options)), batched: false);
        Dictionary<Value, TensorType> one = Infer(graph, Sizes(graph, batch, 1, options));
        if (WhyNotBatched(graph, one, batch.Value, options) is { } reason)
            throw new PlanException($"plan: the batch '{batch}' of graph '{graph.Name}' cannot be left open: {reason}. Set LoweringOptions.Batch.");
        return new(graph, one, batched: true);
    }

    // The symbol that leads every input, if there is one.
    private static Dim? BatchSymbol(Graph graph)
    {
        if (graph.Inputs.Count == 0 || graph.Inputs.Any(v => v.Shape.Rank == 0)) return null;
        Dim first = graph.Inputs[0].Shape[0];
        return !first.IsKnown && graph.Inputs.All(v => v.Shape[0] == first) ? first : null;
    }

    private static Dictionary<Dim, int> Sizes(Graph graph, Dim? batch, int? batchSize, LoweringOptions options)
    {
        Dictionary<Dim, int> sizes = options.Sizes.ToDictionary(p => Dim.Symbol(p.Key), p => p.Value);
        if (batch is not null && batchSize is not null) sizes.TryAdd(batch.Value, batchSize.Value);
        foreach (Value input in graph.Inputs)
        {
            foreach (Dim dim in input.Shape)
                if (!dim.IsKnown && !sizes.ContainsKey(dim))
                    throw new PlanException($"plan: input '{input.Name}' is {input.Type}; '{dim}' has no size. Set LoweringOptions.Sizes[\"{dim}\"].");
        }
        return sizes;
    }

    private static Dictionary<Value, TensorType> Infer(Graph graph, Dictionary<Dim, int> sizes)
    {
        Dictionary<Value, TensorType> types = [];
        foreach (Value input in graph.Inputs)
            types[input] = input.Type with { Shape = Shape.Create([.. input.Shape.Select(d => d.IsKnown ? d : (Dim)sizes[d])]) };
        foreach (Node node in graph.Nodes)
        {
            TensorType[] inferred = node.Op.Infer([.. node.Inputs.Select(v => types.GetValueOrDefault(v, v.Type))]);
            for (int i = 0; i < inferred.Length; i++)
            {
                if (!inferred[i].Shape.IsKnown) throw new PlanException($"plan: node '{node.Name}' makes {inferred[i]} even when all inputs have sizes. Fix its shape attributes.");
                types[node.Outputs[i]] = inferred[i];
            }
        }
        return types;
    }

    // Null when each value with two samples is twice as long as with one, and no op mixes samples.
    private static string? WhyNotBatched(Graph graph, Dictionary<Value, TensorType> one, Dim batch, LoweringOptions options)
    {
        Dictionary<Value, TensorType> two;
        try
        {
            two = Infer(graph, Sizes(graph, batch, 2, options));
        }
        catch (ShapeException e)
        {
            return $"with two samples {e.Message}";
        }
        FixedValues constants = new(graph);
        foreach (Node node in graph.Nodes.Where(n => !constants.Contains(n)))
        {
            foreach (Value v in node.Outputs)
            {
                Shape a = one[v].Shape, b = two[v].Shape;
                bool keeps = a.Rank > 0 && a.Rank == b.Rank && b[0] == 2 * a[0] && a.Span[1..].SequenceEqual(b.Span[1..]);
                if (!keeps) return $"node '{node.Name}' ({node.Op.Name}) makes {a} of one sample and {b} of two";
            }
            if (SampleMixing.Of(node, [.. node.Inputs.Select(v => one.GetValueOrDefault(v, v.Type))]) is { } mixes)
                return $"node '{node.Name}' ({node.Op.Name}) {mixes}";
        }
        return null;
    }
}
