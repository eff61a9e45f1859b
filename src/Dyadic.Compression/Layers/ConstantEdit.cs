using Dyadic.Ir;
using Dyadic.Passes;

namespace Dyadic.Compression.Layers;

/// <summary>A graph with other constants; the values between its nodes stay the same objects.</summary>
internal static class ConstantEdit
{
    /// <summary>Each constant of <paramref name="changes"/> has other data wherever it is read.</summary>
    public static Graph With(Graph graph, IReadOnlyDictionary<Value, Tensor> changes)
    {
        Dictionary<Value, Value> news = changes.ToDictionary(c => c.Key, c => Value.Of(c.Key.Name, c.Value));
        return Rebuilt(graph, (node, i) => news.GetValueOrDefault(node.Inputs[i], node.Inputs[i]));
    }

    /// <summary>Inputs of single nodes become other constants; what else reads the former ones keeps them.</summary>
    public static Graph With(Graph graph, IReadOnlyDictionary<(Node Node, int Input), Tensor> changes)
    {
        RewriteContext context = new(graph);
        Dictionary<(Node, int), Value> news = [];
        foreach (((Node node, int input), Tensor data) in changes)
        {
            Value former = node.Inputs[input];
            bool alone = !context.IsOutput(former) && graph.Nodes.Sum(n => n.Inputs.Count(v => v == former)) == 1;
            news[(node, input)] = alone ? Value.Of(former.Name, data) : context.Constant(former.Name, data);
        }
        return Rebuilt(graph, (node, i) => news.GetValueOrDefault((node, i), node.Inputs[i]));
    }

    private static Graph Rebuilt(Graph graph, Func<Node, int, Value> input)
    {
        Node[] nodes = [.. graph.Nodes.Select(n =>
        {
            Value[] inputs = [.. Enumerable.Range(0, n.Inputs.Count).Select(i => input(n, i))];
            return inputs.SequenceEqual(n.Inputs) ? n : n.WithInputs(inputs);
        })];
        return new(graph.Name, graph.Inputs, graph.Outputs, nodes, graph.Metadata);
    }
}
