using Dyadic.Ir;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Exporting;

/// <summary>One node of a graph on its way into a file: what an export rule reads from and writes to.</summary>
internal sealed class NodeExport(GraphExporter exporter, Node node)
{
    /// <summary>The node.</summary>
    public Node Node => node;

    /// <summary>The version of the operator set that is written.</summary>
    public int Opset => exporter.Opset;

    /// <summary>The element type of input 0.</summary>
    public DType Type => node.Inputs[0].Type.Type;

    /// <summary>The name of input <paramref name="index"/>.</summary>
    public string this[int index] => exporter.NameOf(node.Inputs[index]);

    /// <summary>Refuses the node.</summary>
    public void Refuse(string reason) => exporter.Report(node, reason);

    /// <summary>Refuses the node below an operator set.</summary>
    public NodeExport Since(int opset)
    {
        exporter.Need(opset);
        if (Opset < opset) Refuse($"it needs opset {opset}");
        return this;
    }

    /// <summary>Writes the operator that is this node: its inputs, outputs and name.</summary>
    public void Write(string op, params ReadOnlySpan<AttributeProto> attributes) => Write(op, [.. node.Inputs.Select(exporter.NameOf)], attributes);

    /// <summary>Writes the operator that defines this node's outputs, with the given inputs.</summary>
    public void Write(string op, string[] inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        exporter.Add(exporter.NodeName(node), op, inputs, [.. node.Outputs.Select(exporter.NameOf)], attributes);

    /// <summary>A graph inside this node.</summary>
    /// <param name="name">Of the attribute.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="own">How many of its inputs are its own; the others are values around it.</param>
    /// <param name="firstCaptured">Which input of this node is the first of those.</param>
    public AttributeProto Region(string name, Graph graph, int own, int firstCaptured) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = exporter.ExportRegion(graph, own, [.. node.Inputs.Skip(firstCaptured)]) };

    /// <summary>Writes an operator inside this node and returns the name of its result.</summary>
    public string Inner(string op, string[] inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        string name = exporter.Fresh($"{exporter.NodeName(node)}/{op.ToLowerInvariant()}");
        exporter.Add(exporter.FreshNode(name), op, inputs, [name], attributes);
        return name;
    }

    /// <summary>An initialiser that this node needs, under a name that derives from the node's.</summary>
    public string Constant(string suffix, Tensor data) => exporter.Initialiser(exporter.Fresh($"{exporter.NodeName(node)}/{suffix}"), data);

    /// <summary>A vector of int64 as an initialiser: axes, shapes, pads.</summary>
    public string Constant(string suffix, IEnumerable<int> values) => Constant(suffix, Tensor.Vector<long>([.. values.Select(v => (long)v)]));

    /// <summary>An int64 scalar as an initialiser.</summary>
    public string Integer(string suffix, long value) => Constant(suffix, Tensor.From([value], Shape.Scalar));

    /// <summary>A number of the node's element type as an initialiser.</summary>
    public string Scalar(string suffix, double value) => Constant(suffix, Tensor.Scalar(value, Type));
}
