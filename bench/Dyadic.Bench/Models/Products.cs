using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;

namespace Dyadic.Bench.Models;

/// <summary>One matrix product with constant weights, so that engines can be compared by their kernels alone.</summary>
internal static class Products
{
    /// <summary>x [N, rows, inner] → y [N, rows, columns].</summary>
    public static Graph Of(ulong seed, int rows, int inner, int columns)
    {
        Net net = new($"product-{rows}x{inner}x{columns}", seed);
        return net.Finish(net.Product("product", "weight", net.Input(rows, inner), columns), "y");
    }

    /// <summary>The QDQ form of a graph without the node that quantises its input and the one that dequantises its output: uint8 in, uint8 out.</summary>
    public static ModelProto InCodes(Graph quantized)
    {
        ModelProto model = ModelWriter.Write(quantized, new OnnxExportOptions());
        GraphProto graph = model.Graph;
        NodeProto first = graph.Node.Single(n => n.Input[0] == graph.Input[0].Name), last = graph.Node.Single(n => n.Output[0] == graph.Output[0].Name);
        if (first.OpType != "QuantizeLinear" || last.OpType != "DequantizeLinear")
            throw new InvalidOperationException($"models: the edges of {quantized.Name} are {first.OpType} and {last.OpType}, not QuantizeLinear and DequantizeLinear.");
        Expose(graph.Input[0], first.Output[0]);
        Expose(graph.Output[0], last.Input[0]);
        graph.Node.Remove(first);
        graph.Node.Remove(last);
        return model;
    }

    private static void Expose(ValueInfoProto edge, string name)
    {
        edge.Name = name;
        edge.Type.TensorType.ElemType = (int)ElementTypes.CodeOf(DType.UInt8);
    }
}
