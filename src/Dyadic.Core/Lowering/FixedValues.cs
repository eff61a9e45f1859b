using Dyadic.Arithmetics;
using Dyadic.Ir;

namespace Dyadic.Lowering;

/// <summary>The values of a graph that depend on no input, such as dequantised weights: a plan holds them as constants when a step in floating point reads them.</summary>
internal sealed class FixedValues
{
    private readonly Graph _graph;
    private readonly HashSet<Value> _values = [];
    private readonly Dictionary<Value, Tensor> _computed = [];

    public FixedValues(Graph graph)
    {
        _graph = graph;
        foreach (Node node in graph.Nodes)
            if (node.Inputs.Count > 0 && node.Inputs.All(Contains)) _values.UnionWith(node.Outputs);
    }

    /// <summary>True for constants and what is computed of them alone.</summary>
    public bool Contains(Value value) => value.IsConstant || _values.Contains(value);

    /// <summary>True for nodes whose results are fixed.</summary>
    public bool Contains(Node node) => node.Outputs.All(_values.Contains);

    /// <summary>The elements of a fixed value as doubles.</summary>
    public double[] DoublesOf(Value value) => QuantizedPatterns.Doubles(DataOf(value));

    /// <summary>The data of a fixed value.</summary>
    public Tensor DataOf(Value value)
    {
        if (value.Constant is { } data) return data;
        if (_computed.TryGetValue(value, out Tensor? known)) return known;
        Node node = _graph.ProducerOf(value)!;
        using (GradMode.Set(false))
        {
            Tensor[] results = Door.Run(node.Op, [.. node.Inputs.Select(DataOf)]);
            for (int i = 0; i < results.Length; i++) _computed[node.Outputs[i]] = results[i].ToContiguous();
        }
        return _computed[value];
    }
}
