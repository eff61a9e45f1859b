using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Runtime;

namespace Dyadic.Compression.Tests;

/// <summary>Methods together on whole networks, traced ones and their ONNX files.</summary>
public class MethodNetworkTests
{
    private const string Balanced = "equalize+weight-mse+gptq+bias-correction", Smooth = "smooth+gptq+bias-correction", Weights = "awq+weight-mse+adaround+bias-correction";

    [Theory]
    [InlineData("resnet20", Balanced)]
    [InlineData("vit", Smooth)]
    [InlineData("mlp", Smooth)]
    [InlineData("mlp", Weights)]
    public void Weights_of_four_bits_lose_less_and_a_file_is_quantised_as_the_traced_network_is(string name, string methods)
    {
        Rng rng = new(3);
        TransformerOptions encoder = new(16, 2, 32) { Layers = 2, Activation = Activation.Gelu, PreNorm = true };
        (Module net, Shape sample) = name switch
        {
            "resnet20" => (ResNet.ForSmallImages(20, 3, 10, rng, width: 8), Shape.Of(3, 16, 16)),
            "vit" => (new VitForClassification(new() { ImageSize = 8, Patch = 4, Encoder = encoder }, 3, rng), Shape.Of(3, 8, 8)),
            _ => ((Module)new Sequential(new Flatten(), new Linear(48, 32, rng), new LayerNorm(32), new Linear(32, 32, rng), new Relu(), new Linear(32, 10, rng)), Shape.Of(3, 4, 4)),
        };
        Graph traced = net.Trace(sample, name), file = OnnxModel.Import(OnnxModel.ToBytes(traced)).Graph;
        Tensor data = Tensor.Uniform(Shape.Of([24, .. sample.ToArray()]), rng.Split("x"));
        QuantizeConfig config = new() { Bits = 4, ReportSamples = 4 };
        float[] expected = MethodGraphs.Run(traced, data);
        QuantizeResult plain = traced.Quantize(config, [data]), made = traced.Quantize(config.WithMethods(methods), [data]), again = file.Quantize(config.WithMethods(methods), [data]);
        float[] results = MethodGraphs.Run(made.Graph, data);
        double before = MethodGraphs.Error(expected, MethodGraphs.Run(plain.Graph, data)), after = MethodGraphs.Error(expected, results);
        Assert.True(after < 0.8 * before, $"{after:g3} and {before:g3}");
        Assert.InRange(MethodGraphs.Error(results, MethodGraphs.Run(again.Graph, data)), 0, 0.01);      // an importer may write a layer with other ops
        float[] compiled = new float[results.Length];
        LoweringResult lowered = made.Graph.Lower();
        new Session(lowered.Plan).Run<float, float>(data.ToArray<float>(), compiled);
        Assert.InRange(MethodGraphs.Error(results, compiled), 0, 0.01);
        Assert.All(made.Layers.Where(l => l.Weight is not null), l => Assert.Matches("^u?int(8|16)$", l.Executed));
    }

    [Fact]
    public void Nodes_that_stay_in_floating_point_keep_their_weights()
    {
        (Graph graph, Tensor data) = MethodGraphs.Make("image");
        float[] weights = Of(graph);
        foreach (string methods in (string[])["weight-mse+gptq+bias-correction", "adaround"])
        {
            QuantizeResult q = graph.Quantize(new QuantizeConfig { Bits = 4, Exclude = ["depthwise", "relu2"] }.WithMethods(methods), [data]);
            Assert.Equal("float32", q.Layers.Single(l => l.Node == "depthwise").Executed);
            Assert.Equal(weights, Of(q.Graph));
        }

        static float[] Of(Graph g) => g.Nodes.Single(n => n.Name == "depthwise").Inputs[1].Constant!.ToArray<float>();
    }
}
