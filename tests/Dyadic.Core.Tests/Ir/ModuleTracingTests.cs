using Dyadic.Ir;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dropout = Dyadic.Nn.Dropout;

namespace Dyadic.Core.Tests.Ir;

public sealed class ModuleTracingTests
{
    public static TheoryData<string> Networks => ["resnet20", "mlp", "tokens"];

    [Theory, MemberData(nameof(Networks))]
    public void The_traced_graph_is_the_module_in_inference_for_any_batch(string kind)
    {
        Rng rng = new(3);
        (Module module, Shape sample) = kind switch
        {
            "resnet20" => (ResNet.ForSmallImages(20, 1, 10, rng, width: 4), Shape.Of(1, 12, 12)),
            "mlp" => (NetworkCatalog.Find("mlp").Create(Shape.Of(1, 6, 6), 10, rng), Shape.Of(1, 6, 6)),
            _ => (Tokens(rng), Shape.Of(5, 8)),
        };
        Tensor Batch(int n) => Tensor.Normal(Shape.Of([n, .. sample.ToArray()]), rng.Split(n));
        module.Forward(Batch(4));                                   // running statistics that differ from their start
        Graph graph = module.Trace(sample);
        Assert.All(module.Descendants(), d => Assert.True(d.Module.IsTraining));
        Assert.Equal(Dim.Symbol("N"), graph.Inputs[0].Shape[0]);
        Assert.Equal(Dim.Symbol("N"), graph.Outputs[0].Shape[0]);
        module.Eval();
        foreach (int n in (int[])[1, 3, 7])
        {
            Tensor x = Batch(n);
            float[] expected = module.Forward(x).ToArray<float>();
            Assert.Equal(expected, graph.Run(new Dictionary<string, Tensor> { ["input"] = x })["logits"].ToArray<float>());
        }
    }

    [Fact]
    public void Constants_carry_the_names_of_the_parameters()
    {
        Graph graph = new Sequential(new Linear(2, 3, new Rng(1))).Trace(Shape.Of(2));
        Assert.Superset(new HashSet<string> { "0.bias" }, graph.Constants.Select(c => c.Name).ToHashSet());
    }

    [Fact]
    public void A_frozen_part_stays_frozen()
    {
        BatchNorm2D frozen = new(1);
        Sequential net = new(new Conv2D(1, 1, 1, new Rng(1)), frozen);
        frozen.Eval();
        net.Trace(Shape.Of(1, 2, 2));
        Assert.True(net.IsTraining);
        Assert.False(frozen.IsTraining);
    }

    [Fact]
    public void A_batch_size_as_a_literal_is_refused()
    {
        Shape sample = Shape.Of(4, 6);
        // From the shape of x: another literal for each batch.
        string message = Assert.Throws<ShapeException>(() => new Lambda(x => x.Reshape(x.Shape[0].Size, -1)).Trace(sample)).Message;
        Assert.Contains("Reshape", message);
        Assert.Contains("Keep the batch with 0", message);
        Assert.Throws<ShapeException>(() => new Lambda(x => x.Reshape(2, 24)).Trace(sample));
        Assert.Throws<ShapeException>(() => new Lambda(x => x + Tensor.Ones(Shape.Of(x.Shape[0].Size, 1, 1))).Trace(sample));
        Assert.Throws<ShapeException>(() => new Lambda(x => x.Shape[0] == 2 ? x : x.Relu()).Trace(sample));
        Assert.Equal([Dim.Symbol("N"), 24], new Lambda(x => x.Reshape(0, -1)).Trace(sample).Outputs[0].Shape);
    }

    private static Sequential Tokens(Rng rng) => new(
        new Linear(8, 16, rng.Split("a")), new Dyadic.Nn.Gelu(), new LayerNorm(16), new Dropout(0.5f, rng.Split("drop")),
        new Lambda(x => x.Softmax(-1)), new Linear(16, 3, rng.Split("b"), bias: false));
}
