using Dyadic.Compression.Layers;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Compression.Tests;

public class SmoothQuantTests
{
    public static TheoryData<string> Graphs => ["dense", "image", "signal", "block", "decomposed"];

    [Theory, MemberData(nameof(Graphs))]
    public void The_float_function_is_unchanged(string name)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            (Graph graph, Tensor data) = Make(name, seed);
            float[] expected = MethodGraphs.Run(graph, data);
            foreach (QuantizeMethod method in (QuantizeMethod[])[new SmoothQuant(), new SmoothQuant(1), new SmoothQuant(0), new Awq()])
            {
                Graph changed = method.Prepare(graph, Context(graph, data, method, 3, []));
                Assert.InRange(MethodGraphs.Error(expected, MethodGraphs.Run(changed, data)), 0, 1e-11);
                if (method is SmoothQuant) Assert.NotSame(graph, changed);
            }
        }
    }

    // After the move max|X_j|/s = max|X|^(1−α)·max|W|^(1−α) and max|W_j|·s = max|X|^α·max|W|^α: equal for α = ½.
    [Theory]
    [InlineData("block", 0.5)]
    [InlineData("image", 0.5)]
    [InlineData("decomposed", 0.75)]
    public void Activations_and_weights_meet_the_closed_form(string name, double alpha)
    {
        (Graph graph, Tensor data) = Make(name, 3);
        SmoothQuant method = new(alpha);
        MethodContext context = Context(graph, data, method, 8, []);
        ChannelScaling scaling = new(graph, context.Layers(graph, method));
        Assert.NotEmpty(scaling.Points);
        ScalingPoint point = scaling.Points[0];
        double[] x = ChannelStatistics.Of(graph, scaling.Points, context.Data).Most(point), w = scaling.MostAfter(point), s = method.Factors(x, w);
        scaling.Move(point, s);
        double[] after = scaling.MostAfter(point);
        for (int j = 0; j < s.Length; j++)
        {
            Assert.Equal(Math.Pow(x[j] * w[j], alpha), after[j], 1e-9 * after[j]);
            Assert.Equal(Math.Pow(x[j] * w[j], 1 - alpha), x[j] / s[j], 1e-9 * x[j]);
        }
        Graph smoothed = scaling.Result();
        ChannelScaling again = new(smoothed, context.Layers(smoothed, method));
        Assert.Equal(x.Zip(s, (a, b) => a / b), ChannelStatistics.Of(smoothed, again.Points, context.Data).Most(again.Points[0]), (a, b) => Math.Abs(a - b) < 1e-5 * a);
    }

    // Query, key and value read one normalised input and share its factors; a product behind GELU has none.
    [Fact]
    public void Layers_that_read_one_value_share_its_factors_and_what_cannot_be_folded_is_named()
    {
        (Graph graph, Tensor data) = Make("block", 1);
        List<string> notes = [];
        SmoothQuant method = new();
        MethodContext context = Context(graph, data, method, 8, notes);
        Assert.Equal(["query", "key", "up"], new ChannelScaling(graph, context.Layers(graph, method)).Points.SelectMany(p => p.After).Select(a => a.Layer.Node.Name));
        method.Prepare(graph, context);
        Assert.Contains("'down' Gelu 'gelu' before it holds no factors", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_channel_that_dwarfs_the_others_no_longer_costs_their_codes()
    {
        (Graph graph, Tensor data) = Make("block", 2);
        float[] expected = MethodGraphs.Run(graph, data);
        double plain = Loss(new()), smooth = Loss(new() { Methods = [new SmoothQuant()] });
        Assert.True(smooth < 0.2 * plain, $"{smooth:g3} and {plain:g3}");

        double Loss(QuantizeConfig config) => MethodGraphs.Error(expected, MethodGraphs.Run(graph.Quantize(config, [data]).Graph, data));
    }

    [Theory, MemberData(nameof(Graphs))]
    public void Awq_never_loses_more_in_a_layer_than_without_factors(string name)
    {
        (Graph graph, Tensor data) = Make(name, 4);
        Awq method = new();
        int better = 0;
        foreach (int bits in (int[])[2, 3, 4])
        {
            MethodContext context = Context(graph, data, method, bits, []);
            ChannelScaling scaling = new(graph, context.Layers(graph, method));
            ChannelStatistics statistics = ChannelStatistics.Of(graph, scaling.Points, context.Data);
            foreach (ScalingPoint point in scaling.Points)
            {
                double[][][] moments = Awq.Moments(graph, point, context.Data);
                double[] ones = [.. Enumerable.Repeat(1.0, point.Channels)], s = method.Search(point, statistics.Mean(point), moments, context.Scoped.Of);
                double plain = Awq.Error(point, ones, moments, context.Scoped.Of), chosen = Awq.Error(point, s, moments, context.Scoped.Of);
                Assert.True(chosen <= plain, $"{point.Source.Name} {bits} bits: {chosen} > {plain}");
                if (chosen < 0.98 * plain) better++;
            }
        }
        Assert.NotEqual(0, better);
    }

    private static MethodContext Context(Graph graph, Tensor data, QuantizeMethod method, int bits, List<string> notes)
    {
        QuantizeConfig config = new() { Bits = bits, Methods = [method] };
        return new(new(graph, [new Dictionary<string, Tensor> { ["x"] = data }], config, keep: true), new(graph, graph, config), notes.Add);
    }

    private static (Graph Graph, Tensor Data) Make(string name, ulong seed) => name is "block" or "decomposed" ? Block(name == "decomposed", seed) : MethodGraphs.Make(name, seed);

    // LayerNorm → (query + key) → LayerNorm → up → GELU → down, with one channel of the first norm a hundred times the others, and its weights a hundredth.
    private static (Graph Graph, Tensor Data) Block(bool decomposed, ulong seed)
    {
        Rng rng = new(seed);
        GraphBuilder b = new("block");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 5, 16]));
        float[] gamma = [.. Enumerable.Range(0, 16).Select(j => j == 6 ? 100f : 1 + j * 0.05f)];
        Value Weight(string n, int from, int to)
        {
            float[] w = Tensor.Normal(Shape.Of(from, to), rng.Split(n), 0, 0.5f).ToArray<float>();
            for (int i = 6 * to; i < 7 * to && n is ("wq" or "wk"); i++) w[i] *= 0.01f;
            return b.Constant(n, Tensor.From(w, Shape.Of(from, to)));
        }
        Value Norm(string n, Value v, float[] scale, float[] shift)
        {
            Value s = b.Constant(n + "_scale", Tensor.Vector<float>(scale)), t = b.Constant(n + "_shift", Tensor.Vector<float>(shift));
            if (!decomposed) return b.Add(n, new LayerNormalization(), v, s, t);
            Value centred = b.Add(n + "_centred", new Sub(), v, b.Add(n + "_mean", new ReduceMean([-1], true), v));
            Value variance = b.Add(n + "_variance", new ReduceMean([-1], true), b.Add(n + "_square", new Mul(), centred, centred));
            return b.Add(n, new Add(), b.Add(n + "_scaled", new Mul(), b.Add(n + "_normal", new Div(), centred, b.Add(n + "_root", new Sqrt(), variance)), s), t);
        }
        Value first = Norm("norm1", x, gamma, [.. gamma.Select(g => 0.1f * g)]);
        Value sum = b.Add("both", new Add(), b.Add("query", new MatMul(), first, Weight("wq", 16, 16)), b.Add("key", new MatMul(), first, Weight("wk", 16, 16)));
        Value second = Norm("norm2", sum, [.. Enumerable.Repeat(1f, 16)], new float[16]);
        Value up = b.Add("up_sum", new Add(), b.Add("up", new MatMul(), second, Weight("wu", 16, 24)), b.Constant("bu", Tensor.Normal(Shape.Of(24), rng.Split("bu"))));
        b.Output(b.Add("down", new MatMul(), b.Add("gelu", new Gelu(), up), Weight("wd", 24, 4)));
        return (b.Build(), Tensor.Normal(Shape.Of(20, 5, 16), rng.Split("x")));
    }
}
