using System.Globalization;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Compression.Tests;

/// <summary>Small networks with every kind of layer that methods look at, and their data.</summary>
internal static class MethodGraphs
{
    public static TheoryData<string> Names => ["dense", "image", "signal"];

    /// <summary>dense: three products, one without a bias. image: a convolution, a depthwise one, a grouped one, a flattened product. signal: the same along one axis.</summary>
    public static (Graph Graph, Tensor Data) Make(string name, ulong seed = 1)
    {
        Rng rng = new(seed);
        GraphBuilder b = new(name);
        int[] sample = name switch { "dense" => [12], "image" => [4, 7, 6], _ => [4, 11] };
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), .. sample.Select(d => (Dim)d)]));
        Tensor Uneven(params int[] shape)
        {
            float[] w = Tensor.Normal(Shape.Of(shape), rng.Split($"w/{string.Join('.', shape)}"), 0, 0.5f).ToArray<float>();
            int inner = w.Length / shape[0];
            for (int i = 0; i < w.Length; i++) w[i] *= MathF.Pow(2, i / inner * 7 % 5 - 2);       // channels of very different ranges
            return Tensor.From(w, Shape.Of(shape));
        }
        Value Constant(string n, params int[] shape) => b.Constant(n, Uneven(shape));
        Value Conv(string n, Value v, int outputs, int inputs, int groups, bool bias = true)
        {
            int[] kernel = name == "image" ? [3, 3] : [3];
            Dims ones = Dims.Create(Array.ConvertAll(kernel, _ => 1)), pads = Dims.Create([.. kernel.Concat(kernel).Select(_ => 1)]);
            Conv op = new(ones, pads, ones, groups);
            Value w = Constant(n + "_w", [outputs, inputs / groups, .. kernel]);
            return bias ? b.Add(n, op, v, w, Constant(n + "_b", outputs)) : b.Add(n, op, v, w);
        }
        Value y;
        if (name == "dense")
        {
            y = b.Add("relu1", new Relu(), b.Add("sum1", new Add(), b.Add("product1", new MatMul(), x, Constant("w1", 12, 10)), Constant("b1", 10)));
            y = b.Add("relu2", new LeakyRelu(0.1f), b.Add("product2", new MatMul(), y, Constant("w2", 10, 9)));
            y = b.Add("sum3", new Add(), b.Add("product3", new MatMul(), y, Constant("w3", 9, 5)), Constant("b3", 5));
        }
        else
        {
            y = b.Add("relu1", new Relu(), Conv("conv1", x, 8, 4, 1));
            y = b.Add("relu2", new Relu(), Conv("depthwise", y, 8, 8, 8));
            y = b.Add("relu3", new Relu(), Conv("grouped", y, 6, 8, 2, bias: false));
            y = b.Add("flat", new Flatten(), y);
            int features = name == "image" ? 6 * 42 : 66;
            y = b.Add("sum", new Add(), b.Add("product", new MatMul(), y, Constant("w", features, 5)), Constant("b", 5));
        }
        b.Output(y);
        return (b.Build(), Tensor.Uniform(Shape.Of([24, .. sample]), rng.Split("x"), -0.5f, 1));
    }

    /// <summary>What each node gives, by its name.</summary>
    public static Dictionary<string, Tensor> Values(Graph graph, Tensor data)
    {
        Dictionary<string, Tensor> values = [];
        new GraphInterpreter(graph).Run([data], (v, t) =>
        {
            if (graph.ProducerOf(v) is { } node) values[node.Name] = t.Clone();
        });
        return values;
    }

    /// <summary>The codes at a boundary of an integer-only graph, as its metadata have them.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="side">input or output.</param>
    /// <param name="name">Of the value.</param>
    public static QuantParams Codes(Graph graph, string side, string name) => new(8, side == "output",
        float.Parse(graph.Metadata[$"dyadic.{side}.{name}.scale"], CultureInfo.InvariantCulture), int.Parse(graph.Metadata[$"dyadic.{side}.{name}.zero_point"], CultureInfo.InvariantCulture));

    public static float[] Run(Graph graph, Tensor data) => new GraphInterpreter(graph).Run([data])[0].ToArray<float>();

    /// <summary>Σ(a − b)²/Σa².</summary>
    public static double Error(float[] a, float[] b) => a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum() / a.Sum(x => (double)x * x);
}
