using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>Graphs and inputs that several tests share.</summary>
internal static class Samples
{
    /// <summary>Ops that only gradients and training use: ONNX has no operator for them, so they are refused by name.</summary>
    public static readonly string[] TrainingOnly =
    [
        "AveragePoolTranspose", "BatchNormalizationGradient", "BatchNormalizationTraining", "ClipGradient", "ConvWeightGradient", "Dropout", "FakeQuantize", "GeluGradient",
        "GatherElementsGradient", "GatherGradient", "LayerNormalizationGradient", "LeakyReluGradient", "LstmSequence", "LstmSequenceGradient", "MaxPoolIndices", "PlaneGather", "PlaneScatter",
        "SliceScatter", "SoftmaxGradient", "Spread",
    ];

    /// <summary>A convolutional network with a symbolic batch: [N, 3, 8, 8] → [N, 5].</summary>
    public static Graph Network()
    {
        Rng rng = new(11);
        GraphBuilder b = new("network");
        Value x = b.Input("image", new(DType.Float32, [Dim.Symbol("N"), 3, 8, 8]));
        Value y = b.Add("conv1", new Conv([1, 1], [1, 1, 1, 1], [1, 1]), x, Weights("conv1.weight", 4, 3, 3, 3), Weights("conv1.bias", 4));
        y = b.Add("bn1", new BatchNormalization(), y, Weights("bn1.scale", 4), Weights("bn1.bias", 4), Weights("bn1.mean", 4), Ones("bn1.variance", 4));
        y = b.Add("relu1", new Relu(), y);
        Value skip = b.Add("conv2", new Conv([1, 1], [1, 1, 1, 1], [1, 1], 4), y, Weights("conv2.weight", 4, 1, 3, 3));
        y = b.Add("add", new Add(), y, skip);
        y = b.Add("pool", new MaxPool([2, 2], [2, 2], [0, 0, 0, 0], [1, 1]), y);
        y = b.Add("mean", new ReduceMean([3], true), y);
        y = b.Add("flat", new Reshape([0, -1]), y);
        y = b.Add("fc", new MatMul(), y, Weights("fc.weight", 16, 5));
        y = b.Add("bias", new Add(), y, Weights("fc.bias", 5));
        b.Output(b.Add("probabilities", new Softmax(), b.Add("gelu", new Gelu(), y)));
        return b.Build();

        Value Weights(string name, params int[] dims) => b.Constant(name, Dyadic.Tensor.Normal(Shape.Of(dims), rng.Split(name), 0, 0.5f));
        Value Ones(string name, int n) => b.Constant(name, Dyadic.Tensor.Ones(Shape.Of(n)));
    }

    /// <summary>Two products with n×n matrices of normal values: initialisers of 4n² bytes.</summary>
    public static Graph TwoMatrices(int n)
    {
        Rng rng = new(12);
        GraphBuilder b = new("matrices");
        Value y = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), n]));
        foreach (string name in (string[])["first", "second"]) y = b.Add(name, new MatMul(), y, b.Constant($"{name}.weight", Dyadic.Tensor.Normal(Shape.Of(n, n), rng.Split(name))));
        b.Output(y);
        return b.Build();
    }

    /// <summary>The inputs of a row, floating-point ones as float32.</summary>
    public static Tensor[] Inputs(OpCase c) => [.. c.Inputs(new Rng(5)).Select(t => t.Type == DType.Float64 ? t.Cast(DType.Float32) : t).Select(t => t.Contiguous())];

    /// <summary>The op of a row applied to inputs of the graph.</summary>
    public static Graph GraphOf(OpCase c, Tensor[] inputs)
    {
        GraphBuilder b = new("row");
        Value[] values = [.. inputs.Select((t, i) => b.Input($"x{i}", t.TensorType))];
        foreach (Value y in b.AddNode("op", c.Op, values, null).Outputs) b.Output(y);
        return b.Build();
    }

    /// <summary>Every row that an operator set can hold, exported, with its inputs.</summary>
    public static IEnumerable<(string Name, Graph Graph, Tensor[] Inputs, byte[] Bytes)> Exported(int opset)
    {
        int index = 0;
        foreach (OpCase c in OpCases.All)
        {
            string name = $"{c.Op.Name}_{index++}";
            if (TrainingOnly.Contains(c.Op.Name)) continue;
            Tensor[] inputs = Inputs(c);
            Graph graph = GraphOf(c, inputs);
            byte[]? bytes = null;
            try
            {
                bytes = OnnxModel.ToBytes(graph, new() { Opset = opset });
            }
            catch (OnnxException e) when (e.Message.Contains("needs opset"))
            {
            }
            if (bytes is not null) yield return (name, graph, inputs, bytes);
        }
    }

    /// <summary>The largest |a − b| relative to max(1, |a|, |b|); infinite where types or shapes differ.</summary>
    public static double Distance(Tensor a, Tensor b) => a.Type != b.Type || a.Shape != b.Shape ? double.PositiveInfinity : Tolerance.Distance(Doubles(a), Doubles(b));

    /// <summary>The elements as float64.</summary>
    public static double[] Doubles(Tensor t) => (t.Type == DType.Float64 ? t : t.Cast(DType.Float64)).ToArray<double>();

    /// <summary>A tensor on its way to ONNX Runtime.</summary>
    public static PeerTensor ToPeer(string name, Tensor t) => new(name, t.Type, [.. t.Shape.ToArray().Select(d => (long)d)], TensorBytes.Write(t));

    /// <summary>A tensor back from ONNX Runtime.</summary>
    public static Tensor OfPeer(PeerTensor t) => TensorBytes.Read(t.Data, t.Type, Shape.Of([.. t.Dims.Select(d => (int)d)]));
}
