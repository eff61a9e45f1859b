using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Compression.Tests;

public class AnalyticBiasCorrectionTests
{
    // E[Ŵ·x + b̂] = E[W·x + b] over the calibration data, x of the float graph, to half a unit of the bias and its own rounding.
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void The_error_of_weights_has_no_mean(int bits)
    {
        (Graph graph, Tensor data) = MethodGraphs.Make("dense");
        QuantizeResult q = graph.Quantize(new() { Bits = bits, Methods = [new AnalyticBiasCorrection()] }, [data.Slice(0, 0, 16), data.Slice(0, 16, 24)]);
        QuantizeResult plain = graph.Quantize(new() { Bits = bits }, [data]);
        Dictionary<string, Tensor> real = MethodGraphs.Values(graph, data);
        (string Product, string Sum, string Bare, Tensor X)[] layers = [("product1", "sum1", "sum1", data), ("product2", "product2_sum", "", real["relu1"]), ("product3", "sum3", "sum3", real["relu2"])];
        foreach ((string product, string sum, string bare, Tensor x) in layers)
        {
            double[] wanted = Means(real[sum.Replace("_sum", "")]), actual = Means(x.MatMul(Constant(q.Graph, product, 1)));
            float[] bias = Constant(q.Graph, sum, 1).ToArray<float>(), units = q.Graph.ProducerOf(q.Graph.Nodes.Single(n => n.Name == sum).Inputs[1])!.Inputs[1].Constant!.ToArray<float>();
            for (int m = 0; m < wanted.Length; m++) Assert.True(Math.Abs(wanted[m] - actual[m] - bias[m]) <= units[m] + 1e-5, $"{product} {m}: {wanted[m]} and {actual[m] + bias[m]}, unit {units[m]}");
            if (bits < 8 && bare.Length > 0) Assert.NotEqual(Constant(plain.Graph, bare, 1).ToArray<float>(), bias);
        }
    }

    // Every position of a convolution without padding of one tap reads what any other reads: its mean is exact as well.
    [Fact]
    public void A_convolution_is_corrected_by_the_means_of_its_channels()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 6, 5, 4]));
        Tensor w = Tensor.Normal(Shape.Of(4, 3, 1, 1), new Rng(1)), data = Tensor.Uniform(Shape.Of(9, 6, 5, 4), new Rng(2), 0, 2);
        b.Output(b.Add("conv", new Conv([1, 1], [0, 0, 0, 0], [1, 1], 2), x, b.Constant("w", w)));
        Graph graph = b.Build();
        QuantizeResult q = graph.Quantize(new() { Bits = 3, Methods = [new AnalyticBiasCorrection()] }, [data]);
        double[] wanted = Means(MethodGraphs.Values(graph, data)["conv"]), actual = Means(data.Conv(Constant(q.Graph, "conv", 1), Constant(q.Graph, "conv", 2), groups: 2));
        float[] units = q.Graph.ProducerOf(q.Graph.Nodes.Single(n => n.Name == "conv").Inputs[2])!.Inputs[1].Constant!.ToArray<float>();
        for (int m = 0; m < wanted.Length; m++) Assert.True(Math.Abs(wanted[m] - actual[m]) <= 0.5 * units[m] + 1e-5, $"{m}: {wanted[m]} and {actual[m]}");
    }

    [Fact]
    public void A_network_of_weights_that_all_round_down_loses_less()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 32]));
        float[] w = [.. Enumerable.Range(0, 32 * 8).Select(i => i / 8 == 0 ? 7f : i / 8 % 6 + 0.45f)];
        b.Output(b.Add("first", new MatMul(), x, b.Constant("w1", Tensor.From(w, Shape.Of(32, 8)))));
        Graph graph = b.Build();
        Tensor data = Tensor.Uniform(Shape.Of(64, 32), new Rng(2));
        float[] expected = MethodGraphs.Run(graph, data);
        double plain = MethodGraphs.Error(expected, MethodGraphs.Run(graph.Quantize(new() { Bits = 4 }, [data]).Graph, data));
        double corrected = MethodGraphs.Error(expected, MethodGraphs.Run(graph.Quantize(new() { Bits = 4, Methods = [new AnalyticBiasCorrection()] }, [data]).Graph, data));
        Assert.True(corrected < 0.1 * plain, $"{corrected:g3} and {plain:g3}");
    }

    private static Tensor Constant(Graph graph, string node, int input)
    {
        Node dequantize = graph.ProducerOf(graph.Nodes.Single(n => n.Name == node).Inputs[input])!;
        return new GraphInterpreter(new Graph("c", [], [dequantize.Output], [dequantize], new Dictionary<string, string>())).Run([])[0];
    }

    private static double[] Means(Tensor y)
    {
        Layers.ChannelMean mean = new(y.Shape[1], isConv: true);
        mean.Add(y);
        return [.. Enumerable.Range(0, y.Shape[1]).Select(c => mean[c])];
    }
}
