using Dyadic.Compression.Layers;
using Dyadic.Ir;
using Dyadic.Numerics;

namespace Dyadic.Compression.Tests;

public class AdaRoundTests
{
    private static readonly AdaRound Quick = new(Iterations: 300);

    [Fact]
    public void No_output_is_worse_than_rounded_to_nearest_and_codes_are_those_beside_the_weights()
    {
        int channels = 0, better = 0;
        foreach ((string name, WeightLayer layer, Tensor x) in GptqTests.Layers())
        {
            RoundingProblem problem = GptqTests.Problem(layer, 3, x) with { Targets = () => [Outputs(layer, x)] };
            RowData data = RowData.Of(problem, Quick.Rows, new(1));
            int[] codes = Quick.Codes(problem), nearest = [.. Enumerable.Range(0, layer.Channels).SelectMany(m => GptqTests.Nearest(problem, m))];
            double[] before = data.Errors(nearest), after = data.Errors(codes);
            for (int m = 0; m < layer.Channels; m++)
            {
                Assert.True(after[m] <= before[m] * (1 + 1e-6), $"{name} {m}: {after[m]} > {before[m]}");
                (channels, better) = (channels + 1, better + (after[m] < 0.98 * before[m] ? 1 : 0));
            }
            for (int i = 0; i < codes.Length; i++)
            {
                Assert.InRange(codes[i] - nearest[i], -1, 1);
                Assert.True(Math.Abs(codes[i] - problem.Weights[i] / problem.Scales[i / layer.Inner]) < 1 + 1e-5);
            }
        }
        Assert.True(better > 0.5 * channels, $"{better} of {channels}");
    }

    [Fact]
    public void Every_choice_is_made_in_the_end()
    {
        foreach ((_, WeightLayer layer, Tensor x) in GptqTests.Layers())
        {
            RoundingProblem problem = GptqTests.Problem(layer, 3, x) with { Targets = () => [Outputs(layer, x)] };
            float[] h = new AdaRound().Learn(problem, RowData.Of(problem, 4096, new(1)));
            Assert.True(h.Count(v => v is 0 or 1) > 0.97 * h.Length, $"{h.Count(v => v is 0 or 1)} of {h.Length}");
        }
    }

    // One input and weights between two codes: the nearer one is best. Two equal inputs: their errors cancel when one rounds up and one down.
    [Fact]
    public void Errors_that_can_cancel_do()
    {
        Tensor one = Tensor.Uniform(Shape.Of(64, 1), new Rng(3));
        float[] twice = [.. one.ToArray<float>().SelectMany(v => (float[])[v, v])];
        WeightLayer layer = GptqTests.Product(Tensor.From([0.45f, 0.4f], Shape.Of(2, 1)));
        Tensor x = Tensor.From(twice, Shape.Of(64, 2));
        RoundingProblem problem = new(layer, [1], 3, [x]) { Targets = () => [Outputs(layer, x)] };
        Assert.Equal([0, 0], GptqTests.Nearest(problem, 0));
        Assert.Equal(1, new AdaRound().Codes(problem).Sum());       // 0.85 rounds to 1
    }

    [Fact]
    public void What_is_rectified_afterwards_counts_rectified()
    {
        WeightLayer layer = GptqTests.Product(Tensor.From([-0.45f, -0.45f], Shape.Of(2, 1)));
        Tensor x = Tensor.Uniform(Shape.Of(64, 2), new Rng(3));
        RoundingProblem problem = new(layer, [1], 3, [x]) { Targets = () => [Outputs(layer, x)], IsRectified = true };
        Assert.Equal(0, RowData.Of(problem, 64, new(1)).Errors([-1, -1])[0]);
        Assert.Equal([0, 0], new AdaRound(Iterations: 50).Codes(problem));        // no error to lower
    }

    [Fact]
    public void Equal_seeds_give_equal_codes_and_the_network_loses_less()
    {
        (Graph graph, Tensor data) = MethodGraphs.Make("image");
        float[] expected = MethodGraphs.Run(graph, data);
        QuantizeConfig config = new() { Bits = 3, Methods = [Quick] };
        QuantizeResult q = graph.Quantize(config, [data]);
        Assert.Equal(q.Graph.TextHash(), graph.Quantize(config, [data]).Graph.TextHash());
        double plain = MethodGraphs.Error(expected, MethodGraphs.Run(graph.Quantize(new() { Bits = 3 }, [data]).Graph, data)), learned = MethodGraphs.Error(expected, MethodGraphs.Run(q.Graph, data));
        Assert.True(learned < 0.8 * plain, $"{learned:g3} and {plain:g3}");
    }

    private static Tensor Outputs(WeightLayer layer, Tensor x) => Dyadic.Arithmetics.Door.Run(layer.Node.Op, x, layer.Weight)[0];
}
