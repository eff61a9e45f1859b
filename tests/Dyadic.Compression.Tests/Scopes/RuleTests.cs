using Dyadic.Compression.Scopes;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Compression.Tests.Scopes;

public class RuleTests
{
    private static readonly (Graph Graph, Tensor Data) s_image = MethodGraphs.Make("image");

    [Fact]
    public void The_first_rule_that_matches_decides()
    {
        QuantizeResult q = Quantize(new()
        {
            Rules = [new() { Match = "^conv1$", Bits = 4 }, new() { Op = "Conv", Bits = 3, PerChannel = false }, new() { Match = "product", Op = "Mat.*", Bits = 2 }],
        });
        Assert.Equal([("conv1", 7, 8), ("depthwise", 3, 1), ("grouped", 3, 1), ("product", 1, 5)], Layers(q));
        Assert.Equal("2,3,4", q.Graph.Metadata["dyadic.quantize.weight_bits"]);
        Assert.Equal(q.Config, QuantizeConfig.Parse(q.Graph.Metadata["dyadic.quantize.config"]));
        Assert.Empty(q.Warnings);
    }

    // Relu is part of the convolution's step: a rule for the convolution decides for what the step gives, one for the Relu itself comes first.
    [Fact]
    public void A_range_is_chosen_as_the_nodes_of_its_step_say()
    {
        QuantParams Of(string name, params QuantizeRule[] rules) => Params(Quantize(new() { Rules = rules }), name);
        QuantizeRule conv = new() { Match = "^conv1$", Calibrator = CalibrationMethod.Percentile, Percentile = 90 }, relu = new() { Match = "^relu1$", Calibrator = CalibrationMethod.MinMax };
        float whole = Params(Quantize(new()), "relu1").Scales[0];
        Assert.True(Of("relu1", conv).Scales[0] < 0.9f * whole);
        Assert.Equal(whole, Of("relu1", conv, relu).Scales[0]);
        Assert.Equal(Params(Quantize(new()), "relu2").Scales[0], Of("relu2", conv).Scales[0]);
        QuantParams symmetric = Of("relu1", new QuantizeRule { Match = "conv1", ActivationSymmetric = true }), signed = Of("relu1", new QuantizeRule { Match = "conv1", ActivationSigned = true });
        Assert.Equal((true, 0, true, -128), (symmetric.Signed, symmetric.ZeroPoints[0], signed.Signed, signed.ZeroPoints[0]));
        Assert.Equal(whole * 255 / 127, symmetric.Scales[0], 1e-6f);
    }

    [Fact]
    public void A_symmetric_configuration_has_no_zero_points()
    {
        QuantizeResult q = Quantize(new() { ActivationSymmetric = true });
        Assert.All(q.Layers.Where(l => l.Output is not null), l => Assert.Equal(0, l.Output!.ZeroPoint));
        float[] expected = MethodGraphs.Run(s_image.Graph, s_image.Data), actual = MethodGraphs.Run(q.Graph, s_image.Data);
        Assert.True(MethodGraphs.Error(expected, actual) < 0.01);
    }

    [Fact]
    public void A_rule_that_keeps_nodes_in_floating_point_is_the_same_as_their_names()
    {
        QuantizeResult rule = Quantize(new() { Rules = [new() { Match = "^(grouped|relu3)$", KeepFloat = true }] }), names = Quantize(new() { Exclude = ["grouped", "relu3"] });
        Assert.Equal(names.Graph.Nodes.Select(n => (n.Name, n.Op.Name)), rule.Graph.Nodes.Select(n => (n.Name, n.Op.Name)));
        Assert.Equal(MethodGraphs.Run(names.Graph, s_image.Data), MethodGraphs.Run(rule.Graph, s_image.Data));
        Assert.Equal("float32", rule.Layers.Single(l => l.Node == "grouped").Executed);
    }

    [Fact]
    public void Methods_of_a_rule_work_on_its_layers_alone()
    {
        QuantizeConfig all = new() { Bits = 3, Methods = [new Gptq(), new CrossLayerEqualization()] };
        QuantizeResult q = Quantize(all with { Rules = [new() { Match = "conv1|depthwise|grouped", Methods = [] }] });
        QuantizeResult none = Quantize(all with { Methods = [new CrossLayerEqualization()] }), everywhere = Quantize(all);
        foreach (string layer in (string[])["conv1", "depthwise", "grouped"]) Assert.Equal(Codes(none, layer), Codes(q, layer));
        Assert.NotEqual(Codes(none, "grouped"), Codes(everywhere, "grouped"));
        Assert.NotEqual(Codes(none, "product"), Codes(q, "product"));
        QuantizeResult one = Quantize(new() { Bits = 3, Rules = [new() { Op = "MatMul", Methods = [new AdaRound(Iterations: 50), new BiasCorrection()] }] });
        Assert.NotEqual(Codes(Quantize(new() { Bits = 3 }), "product"), Codes(one, "product"));
        Assert.Equal(Codes(Quantize(new() { Bits = 3 }), "conv1"), Codes(one, "conv1"));
    }

    // What the preview says without data is what quantisation does with data.
    [Theory]
    [InlineData("dense", false)]
    [InlineData("image", true)]
    [InlineData("signal", false)]
    public void A_preview_tells_what_quantisation_does(string name, bool integerOnly)
    {
        (Graph graph, Tensor data) = MethodGraphs.Make(name);
        QuantizeConfig config = new()
        {
            IntegerOnly = integerOnly, Calibrator = CalibrationMethod.Mse,
            Rules = integerOnly ? [new() { Op = "Relu", ActivationSigned = true }] : [new() { Match = "(product|conv)1$", Bits = 5, PerChannel = false }, new() { Match = "^(relu2|product3|product)$", KeepFloat = true }, new() { Match = "1", ActivationSymmetric = true }],
        };
        QuantizePreview preview = graph.Preview(config);
        QuantizeResult q = graph.Quantize(config, [data]);
        Assert.Equal(q.Float.Nodes.Select(n => n.Name), preview.Nodes.Select(n => n.Node));
        foreach ((NodeSettings said, LayerReport done) in preview.Nodes.Zip(q.Layers))
        {
            Assert.Equal(said.Bits is null, done.Weight is null);
            if (said.Bits is { } bits) Assert.True(Codes(q, said.Node).Max(c => Math.Abs((int)c)) == (1 << (bits - 1)) - 1, said.ToString());
            if (said.Calibrator is not null) Assert.Equal(said.Codes, Params(q, said.Node).Storage.ToString().ToLowerInvariant());
            Assert.Equal(said.Range is not null and not "next", done.Output is not null);
            if (said is { Float: not null, Op: "MatMul" }) Assert.Equal("float32", done.Executed);
        }
        Assert.Contains(preview.Nodes, n => n.Rule is not null);
        Assert.Equal(!integerOnly, preview.Nodes.Any(n => n is { Float: not null, Op: "MatMul" }));
    }

    [Fact]
    public void What_a_rule_sets_in_vain_is_a_warning()
    {
        QuantizeConfig config = new() { Rules = [new() { Op = "Relu", Bits = 4 }, new() { Op = "Flatten", Calibrator = CalibrationMethod.Mse }] };
        string[] warnings = [.. s_image.Graph.Preview(config).Warnings];
        Assert.Equal(2, warnings.Length);
        Assert.Contains("rule 1 (op 'Relu')", warnings[0]);
        Assert.Contains("rule 2 (op 'Flatten')", warnings[1]);
        Assert.Equal(warnings, Quantize(config).Warnings);
    }

    public static TheoryData<QuantizeRule, string> Wrong => new()
    {
        { new() { Match = "^grouqed", Bits = 4 }, "rule 2 (match '^grouqed') matches no node. The nearest nodes are 'grouped'" },
        { new() { Op = "Konv", Bits = 4 }, "rule 2 (op 'Konv') matches no node. The graph has the ops 'Conv'" },
        { new() { Op = "on", Bits = 4 }, "matches no node" },
        { new() { Match = "depth", Op = "Conv", Bits = 4 }, "holds for no node: rule 1 (match 'depthwise') comes before it and has 'depthwise'" },
        { new() { Match = "(", Bits = 4 }, "rule 2 (match '('): \"match\" is no regular expression" },
        { new() { Op = "[", Bits = 4 }, "\"op\" is no regular expression" },
        { new() { Bits = 4 }, "has neither \"match\" nor \"op\"" },
        { new() { Match = "x" }, "sets nothing" },
        { new() { Match = "x", Bits = 9 }, "rule 2 (match 'x'): weights of 9 bits" },
        { new() { Match = "x", Percentile = 101 }, "percentile of 101" },
        { new() { Match = "x", Methods = [new SmoothQuant()] }, "the method 'smooth'" },
        { new() { Match = "x", Methods = [new Gptq(), new AdaRound()] }, "gptq and adaround exclude each other" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Rules_that_cannot_be_are_refused_before_anything_runs(QuantizeRule rule, string message)
    {
        QuantizeConfig config = new() { Rules = [new() { Match = "depthwise", Bits = 6 }, rule] };
        Assert.Contains(message, Assert.Throws<CompressionException>(() => s_image.Graph.Preview(config)).Message);
        Assert.Contains(message, Assert.Throws<CompressionException>(() => s_image.Graph.Quantize(config, Array.Empty<Tensor>())).Message);
    }

    [Fact]
    public void An_excluded_name_that_is_no_node_is_refused()
    {
        string message = Assert.Throws<CompressionException>(() => Quantize(new() { Exclude = ["conv2"] })).Message;
        Assert.Contains("'conv2', which is no node. The nearest nodes are 'conv1'", message);
    }

    [Fact]
    public void An_expression_without_end_is_stopped()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 2]));
        b.Output(b.Add(new string('a', 60) + "!", new Relu(), x));
        QuantizeConfig config = new() { Rules = [new() { Match = "^(a+)+$", KeepFloat = true }] };
        Assert.Contains("takes more than 1 s", Assert.Throws<CompressionException>(() => b.Build().Preview(config)).Message);
    }

    [Fact]
    public void Rules_survive_json_and_compare_by_value()
    {
        const string Text = """{"rules":[{"match":"^encoder/.*ffn","op":"MatMul","bits":4,"calibrator":"moving-average","keepFloat":false,"methods":["gptq",{"name":"bias-correction"}]}]}""";
        QuantizeConfig config = QuantizeConfig.Parse(Text);
        QuantizeRule rule = new() { Match = "^encoder/.*ffn", Op = "MatMul", Bits = 4, Calibrator = CalibrationMethod.MovingAverage, KeepFloat = false, Methods = [new Gptq(), new BiasCorrection()] };
        Assert.Equal(rule, config.Rules![0]);
        Assert.Equal(config, QuantizeConfig.Parse(config.ToJson()));
        Assert.NotEqual(config, config with { Rules = [rule with { Bits = 5 }] });
        Assert.Contains("bitts", Assert.Throws<InvalidDataException>(() => QuantizeConfig.Parse("""{"rules":[{"match":"a","bitts":4}]}""")).Message);
        Assert.Contains("moving-average", Assert.Throws<InvalidDataException>(() => QuantizeConfig.Parse("""{"calibrator":"magic"}""")).Message);
        Assert.Contains("calibrator", Assert.Throws<InvalidDataException>(() => QuantizeConfig.Parse("""{"calibrator":3}""")).Message);
    }

    private static QuantizeResult Quantize(QuantizeConfig config) => s_image.Graph.Quantize(config, [s_image.Data]);

    private static (string Node, int Most, int Scales)[] Layers(QuantizeResult q) =>
        [.. q.Layers.Where(l => l.Weight is not null).Select(l => (l.Node, Codes(q, l.Node).Max(c => Math.Abs((int)c)), Weights(q, l.Node).Inputs[1].Constant!.Length))];

    private static Node Weights(QuantizeResult q, string node) => q.Graph.ProducerOf(q.Graph.Nodes.Single(n => n.Name == node).Inputs[1])!;

    private static sbyte[] Codes(QuantizeResult q, string node) => Weights(q, node).Inputs[0].Constant!.Cast(DType.Int8).ToArray<sbyte>();

    // Of the codes behind a node.
    private static QuantParams Params(QuantizeResult q, string node)
    {
        Node quantize = q.Graph.Nodes.Single(n => n.Name == node + "_q");
        Tensor zero = quantize.Inputs[2].Constant!;
        return new(8, zero.Type == DType.Int8, quantize.Inputs[1].Constant!.ToArray<float>()[0], zero.Type == DType.Int8 ? zero.ToArray<sbyte>()[0] : zero.ToArray<byte>()[0]);
    }
}
