using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Google.Protobuf;

namespace Dyadic.Onnx.Tests;

/// <summary>Files written by hand, field by field.</summary>
internal static class Protos
{
    public static readonly Dim N = Dim.Symbol("N");

    /// <summary>A model of the given nodes over float32 inputs, initialisers and one output "y".</summary>
    public static ModelProto Model(int opset, (string Name, Dim[] Dims)[] inputs, (string Name, Tensor Data)[] constants, params NodeProto[] nodes) =>
        Model(opset, [.. inputs.Select(i => Info(i.Name, i.Dims))], constants, ["y"], nodes);

    /// <summary>A model of the given nodes, in the domains that they name.</summary>
    public static ModelProto Model(int opset, ValueInfoProto[] inputs, (string Name, Tensor Data)[] constants, string[] outputs, params NodeProto[] nodes)
    {
        ModelProto model = new() { IrVersion = 8, Graph = new() { Name = "g" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        foreach (string domain in nodes.Select(n => n.Domain).Where(d => d.Length > 0).Distinct()) model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = 1 });
        model.Graph.Input.Add(inputs);
        foreach ((string name, Tensor data) in constants) model.Graph.Initializer.Add(TensorWriter.Write(name, data));
        model.Graph.Node.Add(nodes);
        foreach (string output in outputs) model.Graph.Output.Add(new ValueInfoProto { Name = output });
        return model;
    }

    /// <summary>The declaration of a value.</summary>
    public static ValueInfoProto Info(string name, Dim[] dims, DType type = DType.Float32)
    {
        TensorShapeProto shape = new();
        shape.Dim.Add(dims.Select(d => d.IsKnown ? new TensorShapeProto.Types.Dimension { DimValue = d.Size } : new() { DimParam = d.ToString() }));
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = ElementTypes.CodeOf(type), Shape = shape } } };
    }

    /// <summary>A node of one output.</summary>
    public static NodeProto Node(string op, string[] inputs, string output, params AttributeProto[] attributes) => Node(op, inputs, [output], attributes);

    /// <summary>A node; the domain stands before the operator, if there is one.</summary>
    public static NodeProto Node(string op, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        int dot = op.LastIndexOf('.');
        NodeProto node = new() { Name = op.ToLowerInvariant(), OpType = op[(dot + 1)..], Domain = dot < 0 ? "" : op[..dot] };
        node.Input.Add(inputs);
        node.Output.Add(outputs);
        node.Attribute.Add(attributes);
        return node;
    }

    /// <summary>A graph inside a node.</summary>
    public static AttributeProto Region(string name, ValueInfoProto[] inputs, string[] outputs, params NodeProto[] nodes)
    {
        GraphProto graph = new() { Name = name };
        graph.Input.Add(inputs);
        graph.Node.Add(nodes);
        foreach (string output in outputs) graph.Output.Add(new ValueInfoProto { Name = output });
        return new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };
    }

    /// <summary>The graph of a model.</summary>
    public static Graph Import(ModelProto model) => OnnxModel.Import(model.ToByteArray()).Graph;
}
