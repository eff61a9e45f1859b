using System.Runtime.InteropServices;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Google.Protobuf;

namespace Dyadic.Bench.Models;

/// <summary>
/// ONNX's dynamic quantisation, as ONNX Runtime's own tool writes it: each product with constant weights becomes
/// DynamicQuantizeLinear(x) → MatMulInteger → Cast → ·(S_x·S_w), weights int8 with a scale a column.
/// </summary>
internal static class DynamicForm
{
    private const int Levels = 127;

    /// <summary>Writes a float graph in this form; for the peer, since Dyadic's scales are static.</summary>
    public static void Write(Graph graph, string path)
    {
        ModelProto model = ModelWriter.Write(graph, new OnnxExportOptions());
        Rewrite(model.Graph);
        AtomicFile.Write(path, model.WriteTo, overwrite: true);
    }

    private static void Rewrite(GraphProto graph)
    {
        Dictionary<string, TensorProto> constants = graph.Initializer.ToDictionary(t => t.Name);
        HashSet<string> quantized = [];
        NodeProto[] nodes = [.. graph.Node];
        graph.Node.Clear();
        foreach (NodeProto node in nodes)
        {
            if (node.OpType != "MatMul" || !constants.TryGetValue(node.Input[1], out TensorProto? weight) || weight.Dims.Count != 2)
            {
                graph.Node.Add(node);
                continue;
            }
            (string x, string w, string y) = (node.Input[0], weight.Name, node.Output[0]);
            if (quantized.Add(x)) Add("DynamicQuantizeLinear", $"{x}_quantize", [x], [$"{x}_q", $"{x}_scale", $"{x}_zero"]);
            graph.Initializer.Remove(weight);
            graph.Initializer.Add(Codes(weight));
            Add("MatMulInteger", $"{node.Name}_quant", [$"{x}_q", $"{w}_q", $"{x}_zero", $"{w}_zero"], [$"{y}_sum"]);
            Add("Cast", $"{y}_cast", [$"{y}_sum"], [$"{y}_real"], Attributes.Int("to", ElementTypes.CodeOf(DType.Float32)));
            Add("Mul", $"{y}_scales", [$"{x}_scale", $"{w}_scale"], [$"{y}_scale"]);
            Add("Mul", $"{y}_scaled", [$"{y}_real", $"{y}_scale"], [y]);
        }

        void Add(string op, string name, string[] inputs, string[] outputs, params AttributeProto[] attributes)
        {
            NodeProto node = new() { OpType = op, Name = name };
            node.Input.Add(inputs);
            node.Output.Add(outputs);
            node.Attribute.Add(attributes);
            graph.Node.Add(node);
        }
    }

    // w [K, N] → codes [K, N], scales [N] = max|w|/127 of a column, zero points [N] = 0.
    private static TensorProto[] Codes(TensorProto weight)
    {
        ReadOnlySpan<float> w = MemoryMarshal.Cast<byte, float>(weight.RawData.Span);
        int columns = (int)weight.Dims[1];
        float[] scales = new float[columns];
        for (int i = 0; i < w.Length; i++) scales[i % columns] = Math.Max(scales[i % columns], Math.Abs(w[i]) / Levels);
        sbyte[] codes = new sbyte[w.Length];
        for (int i = 0; i < w.Length; i++) codes[i] = (sbyte)Math.Round(w[i] / scales[i % columns], MidpointRounding.ToEven);
        return
        [
            TensorWriter.Write($"{weight.Name}_q", Tensor.From(codes, Shape.Of((int)weight.Dims[0], columns))),
            TensorWriter.Write($"{weight.Name}_scale", Tensor.Vector<float>(scales)),
            TensorWriter.Write($"{weight.Name}_zero", Tensor.Vector<sbyte>(new sbyte[columns])),
        ];
    }
}
