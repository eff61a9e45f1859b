using Dyadic.Arithmetics;
using Dyadic.Compression.Layers;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Compression.Tests;

public class GptqTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void No_output_of_a_random_layer_is_worse_than_rounded_to_nearest_and_most_are_better(int bits)
    {
        foreach (bool order in (bool[])[false, true])
        {
            int channels = 0, better = 0;
            foreach ((string name, WeightLayer layer, Tensor x) in Layers())
            {
                RoundingProblem problem = Problem(layer, bits, x);
                int[] codes = new Gptq(ActivationOrder: order).Codes(problem);
                double[][] h = InputMoments.Of(layer, [x]);
                for (int m = 0; m < layer.Channels; m++)
                {
                    double nearest = Error(problem, h, m, Nearest(problem, m)), chosen = Error(problem, h, m, codes[(m * layer.Inner)..((m + 1) * layer.Inner)]);
                    Assert.True(chosen <= nearest * (1 + 1e-12), $"{name} {m}: {chosen} > {nearest}");
                    (channels, better) = (channels + 1, better + (chosen < 0.98 * nearest ? 1 : 0));
                }
                Assert.All(codes, c => Assert.InRange(c, -problem.Levels, problem.Levels));
            }
            Assert.True(better > 0.6 * channels, $"{better} of {channels}");
        }
    }

    // The first code is the nearest one; given that, the second of two weights is the best there is.
    [Fact]
    public void Of_two_weights_the_second_is_the_best_that_the_first_allows()
    {
        Rng rng = new(5);
        for (int trial = 0; trial < 200; trial++)
        {
            WeightLayer layer = Product(Tensor.Normal(Shape.Of(2, 1), rng.Split($"w{trial}")));
            Tensor x = Correlated(rng.Split($"x{trial}"), 40, 2);
            RoundingProblem problem = Problem(layer, 4, x);
            double[] h = InputMoments.Of(layer, [x])[0];
            int[] codes = new Gptq(Damping: 0).Codes(problem), nearest = Nearest(problem, 0);
            var all = from a in Enumerable.Range(-7, 15) from b in Enumerable.Range(-7, 15) select (int[])[a, b];
            int[] best = all.Where(c => c[0] == nearest[0]).MinBy(c => Error(problem, [h], 0, c))!;
            Assert.Equal(Error(problem, [h], 0, best), Error(problem, [h], 0, codes), 1e-9 * Error(problem, [h], 0, nearest) + 1e-15);
        }
    }

    [Fact]
    public void Inputs_that_are_not_correlated_leave_every_code_the_best_one()
    {
        WeightLayer layer = Product(Tensor.Normal(Shape.Of(2, 3), new Rng(6)));
        Tensor x = Tensor.From([1f, 0, 0, 3, -1, 0, 0, -3], Shape.Of(4, 2));
        RoundingProblem problem = Problem(layer, 3, x);
        double[][] h = InputMoments.Of(layer, [x]);
        Assert.Equal([0.5 * 2, 0, 0, 4.5 * 2], h[0]);
        int[] codes = new Gptq().Codes(problem);
        for (int m = 0; m < 3; m++)
        {
            int channel = m;
            var all = from a in Enumerable.Range(-3, 7) from b in Enumerable.Range(-3, 7) select (int[])[a, b];
            Assert.Equal(all.Min(c => Error(problem, h, channel, c)), Error(problem, h, m, codes[(2 * m)..(2 * m + 2)]), 1e-12);
        }
    }

    [Fact]
    public void Inputs_that_are_always_zero_and_fewer_samples_than_weights_are_no_obstacle()
    {
        Tensor w = Tensor.Normal(Shape.Of(40, 6), new Rng(7));
        WeightLayer layer = Product(w);
        float[] values = Tensor.Normal(Shape.Of(5, 40), new Rng(8)).ToArray<float>();
        for (int i = 0; i < values.Length; i++) if (i % 40 is 3 or 17) values[i] = 0;
        foreach (double damping in (double[])[0, 0.01])
        {
            foreach (Tensor x in (Tensor[])[Tensor.From(values, Shape.Of(5, 40)), Tensor.Zeros(Shape.Of(5, 40))])
            {
                RoundingProblem problem = Problem(layer, 4, x);
                int[] codes = new Gptq(damping).Codes(problem);
                for (int m = 0; m < 6; m++)
                {
                    int[] nearest = Nearest(problem, m);
                    Assert.Equal((nearest[3], nearest[17]), (codes[m * 40 + 3], codes[m * 40 + 17]));
                }
            }
        }
    }

    // A product by the windows of a convolution is the convolution.
    [Fact]
    public void Rows_of_windows_times_weights_are_the_layer()
    {
        foreach ((string name, WeightLayer layer, Tensor x) in Layers())
        {
            Tensor y = layer.IsConv ? x.Apply(layer.Node.Op, layer.Weight) : x.MatMul(layer.Weight);
            LayerRows all = new(layer, x);
            int[] rows = all.Choose(50);
            float[] expected = all.Outputs(y, rows), w = layer.Rows(layer.Weight.ToArray<float>());
            int per = layer.Channels / layer.Groups;
            for (int g = 0; g < layer.Groups; g++)
            {
                float[] windows = all.Inputs(g, rows).ToArray<float>();
                for (int r = 0; r < rows.Length; r++)
                    for (int m = g * per; m < (g + 1) * per; m++)
                    {
                        double sum = 0;
                        for (int k = 0; k < layer.Inner; k++) sum += (double)windows[r * layer.Inner + k] * w[m * layer.Inner + k];
                        Assert.True(Math.Abs(sum - expected[r * layer.Channels + m]) < 1e-4, $"{name} row {rows[r]} channel {m}: {sum} and {expected[r * layer.Channels + m]}");
                    }
            }
        }
    }

    [Fact]
    public void Chosen_rows_are_all_or_spread_over_all()
    {
        WeightLayer layer = Product(Tensor.Ones(Shape.Of(2, 1)));
        Assert.Equal(Enumerable.Range(0, 7), new LayerRows(layer, Tensor.Ones(Shape.Of(7, 2))).Choose(7));
        int[] some = new LayerRows(layer, Tensor.Ones(Shape.Of(1000, 2))).Choose(100);
        Assert.All(some.Index(), p => Assert.InRange(p.Item, p.Index * 10, p.Index * 10 + 9));
        Assert.True(some.Select(r => r % 10).Distinct().Count() == 10);
    }

    [Theory]
    [InlineData("dense", 2)]
    [InlineData("dense", 4)]
    [InlineData("image", 3)]
    [InlineData("image", 4)]
    [InlineData("signal", 4)]
    public void A_network_loses_less_and_its_codes_have_the_wanted_bits(string name, int bits)
    {
        (Graph graph, Tensor data) = MethodGraphs.Make(name);
        float[] expected = MethodGraphs.Run(graph, data);
        QuantizeResult plain = graph.Quantize(new() { Bits = bits }, [data]), chosen = graph.Quantize(new() { Bits = bits, Methods = [new Gptq()] }, [data]);
        double before = MethodGraphs.Error(expected, MethodGraphs.Run(plain.Graph, data)), after = MethodGraphs.Error(expected, MethodGraphs.Run(chosen.Graph, data));
        Assert.True(after < before, $"{after:g3} and {before:g3}");
        int levels = (1 << (bits - 1)) - 1;
        Assert.All(chosen.Graph.Constants.Where(c => c.Constant!.Type is DType.Int4 or DType.Int8).SelectMany(c => c.Constant!.Cast(DType.Int8).ToArray<sbyte>()), q => Assert.InRange(q, -levels, levels));
        Assert.Contains(chosen.Layers, l => l.Weight is { } w && w.SqnrDb < plain.Layers.Single(p => p.Node == l.Node).Weight!.SqnrDb);      // of the codes that are there: farther from the weights, nearer in the output
    }

    [Fact]
    public void The_same_data_give_the_same_graph()
    {
        (Graph graph, Tensor data) = MethodGraphs.Make("image");
        QuantizeConfig config = new() { Bits = 4, Methods = [new CrossLayerEqualization(), new Gptq(), new BiasCorrection()] };
        Assert.Equal(graph.Quantize(config, [data]).Graph.TextHash(), graph.Quantize(config, [data]).Graph.TextHash());
    }

    internal static IEnumerable<(string Name, WeightLayer Layer, Tensor X)> Layers()
    {
        Rng rng = new(11);
        yield return ("product", Product(Tensor.Normal(Shape.Of(150, 12), rng.Split("p"))), Correlated(rng.Split("px"), 300, 150));
        yield return ("wide product", Product(Tensor.Normal(Shape.Of(40, 5), rng.Split("w"))), Correlated(rng.Split("wx"), 20, 40).Reshape(4, 5, 40));
        yield return ("image", Convolution(rng.Split("i"), [8, 4, 3, 3], [1, 2], [1, 0, 1, 2], [1, 1], 1), Smooth(rng.Split("ix"), 6, 4, 9, 8));
        yield return ("grouped", Convolution(rng.Split("g"), [6, 4, 2, 3], [1, 1], [0, 0, 0, 0], [2, 1], 2), Smooth(rng.Split("gx"), 6, 8, 7, 6));
        yield return ("depthwise", Convolution(rng.Split("d"), [8, 1, 3, 3], [2, 1], [1, 1, 1, 1], [1, 1], 8), Smooth(rng.Split("dx"), 6, 8, 9, 8));
        yield return ("signal", Convolution(rng.Split("s"), [5, 3, 5], [2], [2, 1], [2], 1), Smooth(rng.Split("sx"), 6, 3, 21));
    }

    internal static RoundingProblem Problem(WeightLayer layer, int bits, Tensor x)
    {
        int levels = (1 << (bits - 1)) - 1;
        float[] w = layer.Rows(layer.Weight.ToArray<float>());
        float[] scales = [.. Enumerable.Range(0, layer.Channels).Select(m => w.AsSpan(m * layer.Inner, layer.Inner).ToArray().Max(Math.Abs) / levels)];
        return new(layer, scales, levels, [x]);
    }

    internal static int[] Nearest(RoundingProblem problem, int m) =>
        [.. Enumerable.Range(m * problem.Layer.Inner, problem.Layer.Inner).Select(i => problem.Nearest(problem.Weights[i], m))];

    private static double Error(RoundingProblem problem, double[][] h, int m, int[] codes) => Gptq.Error(problem, m, h[m / (problem.Layer.Channels / problem.Layer.Groups)], codes);

    internal static WeightLayer Product(Tensor w)
    {
        Value x = new("x", new(DType.Float32, [Dim.Symbol("N"), w.Shape[0]]));
        return new(new("product", new MatMul(), [x, Value.Of("w", w)], [new("y", new(DType.Float32, [Dim.Symbol("N"), w.Shape[1]]))]), null, null);
    }

    private static WeightLayer Convolution(Rng rng, int[] w, int[] strides, int[] pads, int[] dilations, int groups)
    {
        Conv op = new(Dims.Create(strides), Dims.Create(pads), Dims.Create(dilations), groups);
        Value x = new("x", new(DType.Float32, [Dim.Symbol("N"), w[1] * groups, .. w[2..].Select(_ => (Dim)20)])), weight = Value.Of("w", Tensor.Normal(Shape.Of(w), rng));
        return new(new("conv", op, [x, weight], [new("y", op.Infer([x.Type, weight.Type])[0])]), null, null);
    }

    // Every column is partly the one before it.
    private static Tensor Correlated(Rng rng, int rows, int columns)
    {
        float[] x = Tensor.Normal(Shape.Of(rows, columns), rng).ToArray<float>();
        for (int i = 0; i < x.Length; i++) if (i % columns > 0) x[i] = 0.5f * x[i] + 0.8f * x[i - 1];
        return Tensor.From(x, Shape.Of(rows, columns));
    }

    private static Tensor Smooth(Rng rng, params int[] shape) => Correlated(rng, shape[0], shape[1..].Aggregate(1, (n, d) => n * d)).Reshape(Shape.Of(shape));
}
