using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;

namespace Dyadic.Cli.Models;

/// <summary>What a graph says about itself where there is no ONNX file that does: ops stand for operators, and there is no operator set.</summary>
internal static class GraphSummary
{
    /// <summary>The summary of a graph.</summary>
    public static OnnxSummary Of(Graph graph) => new()
    {
        Opset = 0,
        IrVersion = 0,
        Producer = "",
        Inputs = [.. graph.Inputs.Select(PortOf)],
        Outputs = [.. graph.Outputs.Select(PortOf)],
        Operators = graph.Nodes.GroupBy(n => n.Op.Name).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count()),
        Parameters = graph.Constants.Where(c => c.Type.Type != DType.Int64).Sum(c => (long)c.Shape.Length),
        Metadata = graph.Metadata,
    };

    private static OnnxPort PortOf(Value value) => new(value.Name, value.Type.Type.ToString().ToLowerInvariant(), [.. value.Shape.Select(d => d.ToString())]);
}
