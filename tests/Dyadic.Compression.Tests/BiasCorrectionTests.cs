using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Compression.Tests;

public class BiasCorrectionTests
{
    public static TheoryData<string> Graphs => MethodGraphs.Names;

    [Theory, MemberData(nameof(Graphs))]
    public void Every_layer_has_the_mean_of_the_float_layer_to_half_a_unit_of_its_bias(string name)
    {
        (Graph graph, Tensor data) = MethodGraphs.Make(name);
        QuantizeResult q = graph.Quantize(new() { Bits = 3, Methods = [new BiasCorrection()] }, [data.Slice(0, 0, 16), data.Slice(0, 16, 24), data.Slice(0, 0, 0)]);
        string[] layers = name == "dense" ? ["sum1", "product2_sum", "sum3"] : ["conv1", "depthwise", "grouped", "sum"];
        Dictionary<string, Tensor> real = MethodGraphs.Values(graph, data), codes = MethodGraphs.Values(q.Graph, data);
        foreach (string layer in layers)
        {
            Tensor expected = real[layer.Replace("_sum", "")], actual = codes[layer];
            double[] wanted = Means(expected), means = Means(actual);
            float[] units = q.Graph.ProducerOf(q.Graph.Nodes.Single(n => n.Name == layer).Inputs[^1])!.Inputs[1].Constant!.ToArray<float>();
            for (int m = 0; m < means.Length; m++)
                Assert.True(Math.Abs(wanted[m] - means[m]) <= 0.5 * units[m] + 1e-6 * expected.ToArray<float>().Max(Math.Abs), $"{layer} {m}: {wanted[m]} and {means[m]}, unit {units[m]}");
        }
    }

    // Weights a little above a code each: rounding lowers every output, and the correction brings the mean back.
    [Fact]
    public void A_network_of_weights_that_all_round_down_loses_less()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 32]));
        float[] w = [.. Enumerable.Range(0, 32 * 8).Select(i => i / 8 == 0 ? 7f : i / 8 % 6 + 0.45f)];
        Value y = b.Add("relu", new Relu(), b.Add("first", new MatMul(), x, b.Constant("w1", Tensor.From(w, Shape.Of(32, 8)))));
        b.Output(b.Add("second", new MatMul(), y, b.Constant("w2", Tensor.From(w[..16], Shape.Of(8, 2)))));
        Graph graph = b.Build();
        Tensor data = Tensor.Uniform(Shape.Of(64, 32), new Rng(2));
        float[] expected = MethodGraphs.Run(graph, data);
        double plain = MethodGraphs.Error(expected, MethodGraphs.Run(graph.Quantize(new() { Bits = 4 }, [data]).Graph, data));
        double corrected = MethodGraphs.Error(expected, MethodGraphs.Run(graph.Quantize(new() { Bits = 4, Methods = [new BiasCorrection()] }, [data]).Graph, data));
        Assert.True(corrected < 0.05 * plain, $"{corrected:g3} and {plain:g3}");
    }

    [Theory, MemberData(nameof(Graphs))]
    public void What_is_corrected_runs_in_integers_alone(string name)
    {
        (Graph graph, Tensor data) = MethodGraphs.Make(name);
        foreach (string methods in (string[])["bias-correction", "equalize+gptq+bias-correction"])
        {
            QuantizeResult q = graph.Quantize(new QuantizeConfig { Bits = 4, IntegerOnly = true }.WithMethods(methods), [data]);
            Plan plan = q.Graph.Compile();
            Assert.True(plan.IsInteger);
            Assert.All(q.Layers.Where(l => l.Weight is not null), l => Assert.Matches("^u?int(8|16)$", l.Executed));
            int outputs = 24 * 5;
            byte[] codes = data.QuantizeLinear(MethodGraphs.Codes(q.Graph, "input", "x")).ToArray<byte>();
            sbyte[] fast = new sbyte[outputs], slow = new sbyte[outputs];
            new Session(plan).Run<byte, sbyte>(codes, fast);
            ReferenceInterpreter.Run<byte, sbyte>(plan, codes, slow);
            Assert.Equal(slow, fast);
        }
    }

    // Of each channel: axis 1, the last one of a product.
    private static double[] Means(Tensor y)
    {
        float[] values = y.ToArray<float>();
        int samples = y.Shape[0], channels = y.Shape[1], inner = y.Length / (samples * channels);
        double[] means = new double[channels];
        for (int i = 0; i < values.Length; i++) means[i / inner % channels] += values[i] / (double)(values.Length / channels);
        return means;
    }
}
