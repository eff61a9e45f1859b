using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Core.Tests.Lowering;

public class TransformerLoweringTests
{
    private static readonly QuantParams A = new(8, false, 0.0211374f, 117), S = new(8, true, 0.0137911f, 0), W = new(16, true, 1.7391e-4f, 0), Y = new(8, false, 0.0301937f, 128), P = new(8, false, 1 / 255f, 0);

    [Fact]
    public void Softmax_of_codes_is_the_real_one_to_a_code()
    {
        foreach (QuantParams from in (QuantParams[])[A, S, W])
        {
            Group g = new();
            Near(g.Expecting(new Softmax(-1), P, g.Real(Codes(from, 3, 5, 40), from)), g.Run(), 0.9, 1);
            Assert.IsType<IntSoftmax>(Assert.Single(g.Lowered!.Plan.Nodes).Step);
        }
    }

    [Fact]
    public void A_mask_before_a_softmax_is_part_of_it()
    {
        QuantParams mask = QuantParams.Asymmetric(-10_000, 0, 8, false);
        foreach (int[] dims in (int[][])[[2, 1, 1, 9], [1, 1, 9], [2, 1, 7, 9]])
            foreach (bool first in new[] { false, true })
            {
                Group g = new();
                Value scores = g.Real(Codes(W, 2, 3, 7, 9), W), added = g.Real(Tensor.From([.. Enumerable.Range(0, dims.Aggregate((a, b) => a * b)).Select(i => (byte)(i % 4 == 0 ? 0 : 255))], Shape.Of(dims)), mask);
                Value sum = first ? g.Builder.Add("masked", new Add(), added, scores) : g.Builder.Add("masked", new Add(), scores, added);
                Near(g.Expecting(new Softmax(-1), P, sum), g.Run(), 0.9, 1);
                Assert.Equal("+ mask", Assert.Single(g.Lowered!.Plan.Nodes).Step.Details);
            }
    }

    [Fact]
    public void A_constant_mask_and_a_condition_are_part_of_a_softmax_too()
    {
        Tensor causal = Tensor.From([.. Enumerable.Range(0, 81).Select(i => i % 9 > i / 9 ? float.NegativeInfinity : 0.25f * (i % 3))], Shape.Of(9, 9));
        bool[] visible = [.. Enumerable.Range(0, 81).Select(i => i % 9 <= i / 9)];
        foreach (int kind in new[] { 0, 1, 2 })
        {
            Group g = new();
            Value scores = g.Real(Codes(W, 2, 3, 9, 9), W), low = g.Builder.Constant("low", Tensor.Scalar(-1e9f));
            Value masked = kind switch
            {
                0 => g.Builder.Add("masked", new Add(), scores, g.Builder.Constant("causal", causal)),
                1 => g.Builder.Add("masked", new Where(), g.Builder.Constant("visible", Tensor.From(visible, Shape.Of(9, 9))), scores, low),
                _ => g.Builder.Add("masked", new Where(), g.Builder.Constant("hidden", Tensor.From(Array.ConvertAll(visible, v => !v), Shape.Of(9, 9))), low, scores),
            };
            Near(g.Expecting(new Softmax(-1), P, masked), g.Run(), 0.9, 1);
            Assert.Equal("+ mask", Assert.Single(g.Lowered!.Plan.Nodes).Step.Details);
        }
    }

    [Fact]
    public void Layer_normalisation_of_codes_is_the_real_one_to_a_code()
    {
        Rng rng = new(1);
        foreach (QuantParams from in (QuantParams[])[A, S, W])
            foreach (bool biased in new[] { true, false })
            {
                Group g = new();
                Value gain = g.Builder.Constant("gain", Tensor.Uniform(Shape.Of(48), rng, -1, 1)), bias = g.Builder.Constant("bias", Tensor.Uniform(Shape.Of(48), rng, -1, 1));
                Value x = g.Real(Codes(from, 4, 6, 48), from);
                Near(g.Expecting(new LayerNormalization(), Y, biased ? [x, gain, bias] : [x, gain]), g.Run(), 0.99, 1);
                Assert.IsType<IntLayerNorm>(Assert.Single(g.Lowered!.Plan.Nodes).Step);
            }
    }

    [Fact]
    public void Sums_of_several_terms_and_constants_are_one_step_that_rounds_once()
    {
        Rng rng = new(2);
        foreach (QuantParams to in (QuantParams[])[W, Y])
        {
            Group g = new();
            Value a = g.Real(Codes(A, 3, 5, 24), A), w = g.Real(Codes(W, 3, 5, 24), W), positions = g.Builder.Constant("positions", Tensor.Uniform(Shape.Of(1, 5, 24), rng, -1, 1));
            Value inner = g.Builder.Add("inner", new Add(), a, w);
            Near(g.Expecting(new Add(), to, positions, inner), g.Run(), 0.9, 1);
            Assert.IsType<IntWideSum>(Assert.Single(g.Lowered!.Plan.Nodes).Step);
        }
        Group once = new();
        Near(once.Expecting(new Relu(), Y, once.Real(Codes(W, 3, 50), W)), once.Run(), 0.99, 1);
        Assert.Single(once.Lowered!.Plan.Nodes);
    }

    [Fact]
    public void Products_of_activations_take_a_scale_behind_them()
    {
        foreach ((QuantParams a, QuantParams b) in ((QuantParams, QuantParams)[])[(S, S), (A, S), (P, S)])
            foreach (Op? scale in (Op?[])[null, new Div(), new Mul()])
                foreach (QuantParams to in (QuantParams[])[W, Y])
                {
                    Group g = new();
                    Value x = g.Real(Codes(a, 2, 3, 7, 16), a), y = g.Real(Codes(b, 2, 3, 16, 9), b);
                    if (scale is null) g.Build(new MatMul(), to, x, y);
                    else g.Build(scale, to, g.Builder.Add("scores", new MatMul(), x, y), g.Builder.Constant("root", Tensor.Scalar(scale is Div ? 4f : 0.25f)));
                    Near(g.Evaluate(), g.Run(), to == W ? 0.9 : 0.99, 1);
                    Assert.IsType<IntProduct>(Assert.Single(g.Lowered!.Plan.Nodes).Step);
                }
    }

    [Fact]
    public void A_linear_layer_may_end_in_16_bits()
    {
        Rng rng = new(3);
        Group g = new();
        Value y = g.Builder.Add("product", new MatMul(), g.Real(Codes(A, 2, 7, 30), A), g.Weight(Tensor.Uniform(Shape.Of(30, 20), rng, -0.3f, 0.3f), 1));
        Near(g.Expecting(new Add(), W, y, g.Builder.Constant("bias", Tensor.Uniform(Shape.Of(20), rng, -1, 1))), g.Run(), 0.5, 2);      // the bias has units of S_x·S_w
        Assert.IsType<IntWideLinear>(Assert.Single(g.Lowered!.Plan.Nodes).Step);
    }

    [Fact]
    public void What_has_no_integer_form_says_why()
    {
        QuantParams coarse = new(8, false, 0.7f, 100);
        Group g = new(), h = new(), narrow = new(), wild = new(), tiny = new();
        Refused(wild.Build(new Softmax(-1), P, wild.Real(Codes(coarse, 2, 3), coarse)), "too coarse");
        Refused(tiny.Build(new LayerNormalization(), Y, tiny.Real(Codes(A, 2, 3), A), tiny.Builder.Constant("gain", Tensor.Full(Shape.Of(3), 1e12f))), "does not fit 64 bits");
        Refused(g.Build(new Softmax(1), P, g.Real(Codes(W, 2, 3, 4), W)), "the last axis has");
        Refused(h.Build(new LayerNormalization(1), Y, h.Real(Codes(W, 2, 3, 4), W), h.Builder.Constant("gain", Tensor.Ones(Shape.Of(3, 4)))), "along the last axis");
        Refused(narrow.Build(new MatMul(), Y, narrow.Real(Codes(W, 2, 3), W), narrow.Weight(Tensor.Ones(Shape.Of(3, 4)), 1)), "not quantised to 8 bits");

        static void Refused(Graph graph, string why) => Assert.Contains(graph.Lower().Floats, n => n.Reason?.Contains(why, StringComparison.Ordinal) == true);
    }

    private static Tensor Codes(QuantParams p, params int[] dims)
    {
        Rng rng = new Rng(7).Split(string.Join(',', dims));
        int count = dims.Aggregate((a, b) => a * b);
        return p.Storage switch
        {
            DType.Int16 => Tensor.From([.. Enumerable.Range(0, count).Select(_ => (short)rng.NextInt(-20_000, 20_001))], Shape.Of(dims)),
            DType.Int8 => Tensor.From([.. Enumerable.Range(0, count).Select(_ => (sbyte)rng.NextInt(-128, 128))], Shape.Of(dims)),
            _ => Tensor.From([.. Enumerable.Range(0, count).Select(_ => (byte)rng.NextInt(256))], Shape.Of(dims)),
        };
    }

    // Equal but for a share of the codes, and those by no more than `most`.
    private static void Near(Tensor expected, Tensor actual, double share, int most)
    {
        int[] e = QuantizationTensors.CodesOf(expected), a = QuantizationTensors.CodesOf(actual);
        Assert.All(e.Zip(a), p => Assert.InRange(p.First - p.Second, -most, most));
        Assert.InRange(e.Zip(a).Count(p => p.First == p.Second), (int)(share * e.Length), e.Length);
    }
}
