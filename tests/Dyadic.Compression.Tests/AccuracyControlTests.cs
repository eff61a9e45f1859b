using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Compression.Tests;

public class AccuracyControlTests
{
    private static readonly Tensor s_samples = Tensor.Normal(Shape.Of(64, 8), new Rng(1));

    // Five products with rectifiers; the third has one input channel a thousand times as large as the others, which its one scale a tensor cannot hold.
    private static Graph Chain()
    {
        GraphBuilder b = new("chain");
        Value at = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 8]));
        for (int i = 0; i < 5; i++)
        {
            float[] w = Tensor.Normal(Shape.Of(8, 8), new Rng((ulong)i + 2)).ToArray<float>();
            if (i == 2)
                for (int k = 0; k < 8; k++) w[k * 8] *= 1000;
            if (i == 3)
                for (int n = 0; n < 8; n++) w[n] /= 1000;
            at = b.Add($"product{i}", new MatMul(), at, b.Constant($"w{i}", Tensor.From(w, Shape.Of(8, 8))));
            if (i < 4) at = b.Add($"relu{i}", new Relu(), at);
        }
        b.Output(at);
        return b.Build();
    }

    private static double Sqnr(Graph graph, Graph real)
    {
        float[] expected = new GraphInterpreter(real).Run([s_samples])[0].ToArray<float>(), actual = new GraphInterpreter(graph).Run([s_samples])[0].ToArray<float>();
        return 10 * Math.Log10(expected.Sum(v => (double)v * v) / expected.Zip(actual, (a, c) => ((double)a - c) * (a - c)).Sum());
    }

    private static IEnumerable<IReadOnlyDictionary<string, Tensor>> Batches() => [new Dictionary<string, Tensor> { ["x"] = s_samples }];

    [Fact]
    public void The_node_that_ruins_the_answer_goes_back_with_what_is_fused_to_it()
    {
        Graph real = Chain();
        double whole = Sqnr(real.Quantize(new(), Batches()).Graph, real);
        List<(int, double)> tries = [];
        ControlledResult kept = real.QuantizeWithin(new(), Batches, g => Sqnr(g, real), 25, (count, score) => tries.Add((count, score)));
        Assert.True(whole < 15, $"{whole}");
        Assert.True(kept is { IsMet: true, Score: >= 25 }, $"{kept.Score}");
        Assert.Contains("product2", kept.Reverted);
        Assert.Contains("relu2", kept.Reverted);
        Assert.True(kept.Reverted.Count < 9, string.Join(", ", kept.Reverted));
        Assert.Equal(kept.Reverted, kept.Result.Config.Exclude);
        Assert.Equal((0, whole), tries[0]);
        Assert.Contains(kept.Result.Layers, l => l is { Weight: not null, Executed: "uint8" });
    }

    // The last product has no bias; the method gives it one, in a node that the graph does not have.
    [Fact]
    public void Nodes_that_a_method_adds_do_not_stand_in_the_way()
    {
        Graph real = Chain();
        QuantizeConfig config = new(Methods: [new BiasCorrection()]);
        int tries = 0;
        ControlledResult kept = real.QuantizeWithin(config, Batches, _ => tries++ == 3 ? 1 : 0, 1);
        Assert.True(kept.IsMet);
        Assert.Equal(9, real.Nodes.Count(n => !kept.Reverted.Contains(n.Name)) + kept.Reverted.Count);
        Assert.Contains(kept.Reverted, n => n.StartsWith("product", StringComparison.Ordinal));
        double whole = Sqnr(real.Quantize(new(), Batches()).Graph, real), balanced = Sqnr(real.Quantize(new(Methods: [new CrossLayerEqualization()]), Batches()).Graph, real);
        Assert.True(balanced > whole + 10, $"{balanced:f1} and {whole:f1} dB");        // what is uneven here is what equalisation is for
    }

    [Fact]
    public void What_is_good_enough_stays_whole_and_what_cannot_be_reached_is_said()
    {
        Graph real = Chain();
        Assert.Empty(real.QuantizeWithin(new(), Batches, g => Sqnr(g, real), Sqnr(real.Quantize(new(), Batches()).Graph, real)).Reverted);
        int tries = 0;
        ControlledResult none = real.QuantizeWithin(new(Exclude: ["product4"]), Batches, _ => tries++ == 1 ? 0.5 : 0, 1);
        Assert.True(none is { IsMet: false, Score: 0.5 } && tries > 2, $"{none.Score} {tries}");
        Assert.NotEmpty(none.Reverted);      // those of the second try, the best one
        Assert.Contains(none.Result.Layers, l => l.Executed == "uint8");
        Assert.Equal("product4", none.Result.Config.Exclude![0]);
        Assert.Throws<CompressionException>(() => real.QuantizeWithin(new(ReportSamples: 0), Batches, _ => 0, 1));
    }
}
