using Dyadic.Compression.Insight;
using Dyadic.Compression.Scopes;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Compression.Tests.Insight;

public class InsightTests
{
    private static readonly (Graph Graph, Tensor Data) s_image = MethodGraphs.Make("image");

    // a = (3, 4), b = (4, 3): Σab = 24, Σa² = Σb² = 25, Σ(a − b)² = 2.
    [Fact]
    public void A_value_beside_another_has_the_numbers_of_their_definitions()
    {
        ValueStatistics s = new(1);
        s.Add(Tensor.From([3f], Shape.Of(1, 1)), [4]);
        s.Add(Tensor.From([4f], Shape.Of(1, 1)), [3]);
        Assert.Equal((1.0, 24 / 25.0, 10 * Math.Log10(12.5)), (s.MeanSquaredError, s.Cosine, s.SqnrDb));
        Assert.Empty(s.Outliers);
        Assert.Equal((double.PositiveInfinity, 1), (new ValueStatistics(null).SqnrDb, new ValueStatistics(null).Cosine));
    }

    [Fact]
    public void Channels_far_above_the_median_are_named_the_farthest_first()
    {
        ValueStatistics s = new(1);
        float[] x = new float[2 * 6 * 2];
        for (int i = 0; i < x.Length; i++) x[i] = (i / 2 % 6) switch { 1 => -40, 4 => 16, _ => 2 };
        s.Add(Tensor.From(x, Shape.Of(2, 6, 2)), x);
        Assert.Equal([new OutlierChannel(1, 20), new(4, 8)], s.Outliers);
    }

    [Fact]
    public void Saturation_counts_the_values_that_codes_cannot_hold()
    {
        QuantizeResult whole = Quantize(new()), cut = Quantize(new() { Calibrator = CalibrationMethod.Percentile, Percentile = 90 });
        Assert.All(whole.Layers, l => Assert.True(l.Output is null || l.Output.Saturated == 0, l.Node));
        Dictionary<string, float[]> values = Values();
        foreach (LayerReport l in cut.Layers.Where(l => l.Output is not null))
        {
            ActivationReport o = l.Output!;
            double outside = values[l.Node].Count(v => v < o.CodesMin - o.Scale / 2 || v > o.CodesMax + o.Scale / 2) / (double)values[l.Node].Length;
            Assert.True(Math.Abs(outside - o.Saturated) < 0.005, $"{l.Node}: {outside} and {o.Saturated}");
        }
        Assert.Contains(cut.Layers, l => l.Output?.Saturated > 0.03);
        Assert.All(cut.Layers.Where(l => l.Output is not null), l => Assert.True(l.Output!.Tail >= 1));
    }

    [Fact]
    public void Cosine_and_noise_agree_and_four_bits_cost_what_they_will()
    {
        QuantizeResult eight = Quantize(new()), four = Quantize(new() { Bits = 4 });
        foreach ((LayerReport a, LayerReport b) in eight.Layers.Zip(four.Layers))
        {
            if (a.Weight is not null) Assert.Equal(b.Weight!.SqnrDb, a.Weight.FourBitSqnrDb!.Value, 1e-9);
            if (a.Output is { } o) Assert.InRange(1 - o.Cosine!.Value, 0, Math.Pow(10, -o.SqnrDb!.Value / 10));       // 1 − cos ≤ noise/signal
        }
    }

    [Fact]
    public void Sensitivity_is_what_quantising_by_hand_gives()
    {
        QuantizeConfig config = new() { Rules = [new() { Match = "grouped", PerChannel = false }, new() { Match = "conv1|depthwise", Calibrator = CalibrationMethod.Mse }] };
        SensitivityReport report = s_image.Graph.Sensitivity(config, Batches, Score);
        Assert.Equal(["conv1", "depthwise", "grouped", "product"], report.Layers.Select(l => l.Node));
        Assert.Equal(Score(s_image.Graph.Quantize(config, Batches()).Graph), report.Whole);
        Assert.Equal(0, report.Float);
        string[] nodes = [.. s_image.Graph.Nodes.Select(n => n.Name)];
        (string Layer, string[] Step, QuantizeRule Four)[] layers =
        [
            ("conv1", ["conv1", "relu1"], new() { Match = "^conv1$", Bits = 4, Calibrator = CalibrationMethod.Mse }), ("grouped", ["grouped", "relu3"], new() { Match = "^grouped$", Bits = 4, PerChannel = false }),
            ("product", ["product", "sum"], new() { Match = "^product$", Bits = 4 }),
        ];
        foreach ((string layer, string[] step, QuantizeRule four) in layers)
        {
            LayerSensitivity measured = report.Layers.Single(l => l.Node == layer);
            Assert.Equal(Score(s_image.Graph.Quantize(config with { Exclude = step }, Batches()).Graph), measured.Others);
            Assert.Equal(Score(s_image.Graph.Quantize(config with { Exclude = [.. nodes.Except(step)] }, Batches()).Graph), measured.Alone);
            QuantizeRule[] rules = [four, .. layer == "grouped" ? config.Rules.Skip(1) : config.Rules];
            Assert.Equal(Score(s_image.Graph.Quantize(config with { Rules = rules }, Batches()).Graph), measured.FourBits);
            Assert.True(measured.Alone > report.Whole, layer);
            Assert.True(measured.FourBits < report.Whole, layer);
        }
        Assert.Null(s_image.Graph.Sensitivity(new() { Bits = 4 }, Batches, Score).Layers[0].FourBits);
    }

    // Walks towards the layer that gives a value pass nodes of several outputs.
    [Fact]
    public void Parts_of_a_value_are_reported_too()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 6]));
        Node parts = b.AddNode("parts", new Split(1, [2, 4]), [b.Add("product", new MatMul(), x, b.Constant("w", Tensor.Normal(Shape.Of(6, 6), new Rng(1))))], ["a", "b"]);
        b.Output(b.Add("relu", new Relu(), parts.Outputs[0]));
        b.Output(b.Add("tanh", new Tanh(), parts.Outputs[1]));
        Graph graph = b.Build();
        Tensor data = Tensor.Normal(Shape.Of(16, 6), new Rng(2));
        QuantizeResult q = graph.Quantize(new(), [data]);
        Assert.All(q.Layers.Where(l => l.Node is "relu" or "tanh"), l => Assert.True(l.Output!.Cosine > 0.99));
        Assert.Equal("product", Assert.Single(graph.Sensitivity(new(), () => [new Dictionary<string, Tensor> { ["x"] = data }], _ => 0).Layers).Node);
        Assert.Equal(4, graph.Preview(new()).Nodes.Count);
    }

    private static IEnumerable<IReadOnlyDictionary<string, Tensor>> Batches() => [new Dictionary<string, Tensor> { ["x"] = s_image.Data }];

    // 0 for the float graph, less with noise.
    private static double Score(Graph graph) => -MethodGraphs.Error(MethodGraphs.Run(s_image.Graph, s_image.Data), MethodGraphs.Run(graph, s_image.Data));

    private static QuantizeResult Quantize(QuantizeConfig config) => s_image.Graph.Quantize(config, [s_image.Data]);

    private static Dictionary<string, float[]> Values()
    {
        Dictionary<string, float[]> values = [];
        new GraphInterpreter(s_image.Graph).Run([s_image.Data], (v, t) =>
        {
            if (s_image.Graph.ProducerOf(v) is { } node) values[node.Name] = t.ToArray<float>();
        });
        return values;
    }
}
