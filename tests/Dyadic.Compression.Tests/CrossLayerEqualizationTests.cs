using Dyadic.Compression.Layers;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Compression.Tests;

public class CrossLayerEqualizationTests
{
    public static TheoryData<string> Graphs => MethodGraphs.Names;

    [Theory, MemberData(nameof(Graphs))]
    public void The_float_function_is_unchanged(string name)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            (Graph graph, Tensor data) = MethodGraphs.Make(name, seed);
            Graph equal = Prepared(graph, data);
            Assert.InRange(MethodGraphs.Error(MethodGraphs.Run(graph, data), MethodGraphs.Run(equal, data)), 0, 1e-11);       // weights rounded once: 2⁻²⁴ each
            Assert.NotEqual(Weights(graph), Weights(equal));
        }
    }

    // s = √(r₁·r₂)/r₂: both ranges become √(r₁·r₂).
    [Fact]
    public void Ranges_of_a_pair_meet_the_closed_form()
    {
        (Graph graph, Tensor data) = MethodGraphs.Make("signal");
        ChannelScaling before = Scaling(graph);
        ScalingPoint first = before.Points[0];
        double[] r1 = before.MostBefore(first), r2 = before.MostAfter(first), s = [.. r1.Zip(r2, (a, b) => Math.Sqrt(a * b) / b)];
        before.Move(first, s);
        double[] expected = [.. r1.Zip(r2, (a, b) => Math.Sqrt(a * b))];
        Assert.Equal(expected, before.MostBefore(first), (a, b) => Math.Abs(a - b) < 1e-12 * a);
        Assert.Equal(expected, before.MostAfter(first), (a, b) => Math.Abs(a - b) < 1e-12 * a);
        Assert.True(r1.Zip(r2, (a, b) => Math.Abs(Math.Log(a / b))).Max() > 1);
        ChannelScaling after = Scaling(Prepared(graph, data));
        foreach (ScalingPoint p in after.Points)
            Assert.Equal(after.MostBefore(p), after.MostAfter(p), (a, b) => Math.Abs(Math.Log(a / b)) < 3e-3);       // every pair at once, to the last sweep
    }

    [Theory]
    [InlineData("image", "conv1 depthwise grouped")]
    [InlineData("signal", "conv1 depthwise grouped")]
    [InlineData("dense", "product1 product2")]
    public void Factors_move_through_depthwise_layers_flattening_and_sums(string name, string layers) =>
        Assert.Equal(layers, string.Join(' ', Scaling(MethodGraphs.Make(name).Graph).Points.Select(p => p.Layer!.Name)));

    [Theory]
    [InlineData("clip", "Clip 'act'")]
    [InlineData("gelu", "Gelu 'act'")]
    [InlineData("residual", "lets no factor through")]
    [InlineData("output", "is an output")]
    public void What_lets_no_factor_through_is_left_alone_and_named(string kind, string reason)
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 6]));
        Value h = b.Add("first", new MatMul(), x, b.Constant("w1", Tensor.Normal(Shape.Of(6, 6), new Rng(1))));
        Value a = kind switch { "clip" => b.Add("act", new Clip(0, 6), h), "gelu" => b.Add("act", new Gelu(), h), _ => b.Add("act", new Relu(), h) };
        Value y = b.Add("second", new MatMul(), a, b.Constant("w2", Tensor.Normal(Shape.Of(6, 6), new Rng(2))));
        b.Output(kind == "residual" ? b.Add("sum", new Add(), y, a) : y);
        if (kind == "output") b.Output(a);
        Graph graph = b.Build();
        Tensor data = Tensor.Normal(Shape.Of(16, 6), new Rng(3));
        QuantizeResult q = graph.Quantize(new() { Methods = [new CrossLayerEqualization()] }, [data]);
        Assert.Contains(q.Warnings, w => w.StartsWith("equalize: 0 pairs", StringComparison.Ordinal) && w.Contains($"'second' ", StringComparison.Ordinal) && w.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Channels_without_weights_keep_their_factor_of_one()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 2]));
        Value h = b.Add("relu", new Relu(), b.Add("first", new MatMul(), x, b.Constant("w1", Tensor.From([4f, 0, 4, 0], Shape.Of(2, 2)))));
        b.Output(b.Add("second", new MatMul(), h, b.Constant("w2", Tensor.From([1f, 1, 1, 1], Shape.Of(2, 2)))));
        Graph equal = Prepared(b.Build(), Tensor.Ones(Shape.Of(1, 2)));
        Assert.Equal([2, 0, 2, 0], Constant(equal, "w1"));       // √(4·1) = 2
        Assert.Equal([2, 2, 1, 1], Constant(equal, "w2"));
    }

    [Fact]
    public void Weights_that_factors_made_uneven_lose_less()
    {
        Rng rng = new(4);
        float[] w1 = Tensor.Normal(Shape.Of(12, 16), rng.Split("w1")).ToArray<float>(), w2 = Tensor.Normal(Shape.Of(16, 5), rng.Split("w2")).ToArray<float>();
        for (int i = 0; i < w1.Length; i++) w1[i] *= MathF.Pow(2, i % 16 % 7 - 3);
        for (int i = 0; i < w2.Length; i++) w2[i] /= MathF.Pow(2, i / 5 % 7 - 3);
        GraphBuilder b = new("uneven");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 12]));
        Value h = b.Add("relu", new Relu(), b.Add("first", new MatMul(), x, b.Constant("w1", Tensor.From(w1, Shape.Of(12, 16)))));
        b.Output(b.Add("second", new MatMul(), h, b.Constant("w2", Tensor.From(w2, Shape.Of(16, 5)))));
        (Graph graph, Tensor data) = (b.Build(), Tensor.Uniform(Shape.Of(64, 12), rng.Split("x")));
        QuantizeConfig config = new() { PerChannel = false };
        double plain = Loss(config), equal = Loss(config with { Methods = [new CrossLayerEqualization()] });
        Assert.True(equal < 0.1 * plain, $"{equal:g3} and {plain:g3}");

        double Loss(QuantizeConfig c) => MethodGraphs.Error(MethodGraphs.Run(graph, data), MethodGraphs.Run(graph.Quantize(c, [data]).Graph, data));
    }

    private static Graph Prepared(Graph graph, Tensor data)
    {
        QuantizeConfig config = new() { Methods = [new CrossLayerEqualization()] };
        MethodContext context = new(new(graph, [new Dictionary<string, Tensor> { ["x"] = data }], config, keep: true), new(graph, graph, config), _ => { });
        return new CrossLayerEqualization().Prepare(graph, context);
    }

    private static ChannelScaling Scaling(Graph graph) => new(graph, WeightLayer.In(graph, new(graph, [], wide: true)));

    private static float[] Weights(Graph graph) => [.. graph.Constants.SelectMany(c => c.Constant!.ToArray<float>())];

    private static float[] Constant(Graph graph, string name) => graph.Constants.Single(c => c.Name == name).Constant!.ToArray<float>();
}
