using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Nn.Models;

public sealed class BertForSpansTests
{
    private static readonly BertOptions Small = BertOptions.Of(vocabulary: 13, features: 8, heads: 2, layers: 1, positions: 7, dropout: 0);

    [Fact]
    public void The_best_span_is_that_of_all_pairs()
    {
        const int N = 300, T = 7;
        float[] logits = Tensor.Normal([N, T, 2], new Rng(1)).ToArray<float>();
        long[] best = BertForSpans.Best(Tensor.From(logits, [N, T, 2])).ToArray<long>();
        for (int i = 0; i < N; i++)
        {
            (int First, int Last) wanted = Enumerable.Range(0, T).SelectMany(first => Enumerable.Range(first, T - first).Select(last => (first, last)))
                .MaxBy(s => logits[((i * T) + s.first) * 2] + logits[(((i * T) + s.last) * 2) + 1]);
            Assert.Equal((wanted.First, wanted.Last), (best[2 * i], best[(2 * i) + 1]));
        }
    }

    [Fact]
    public void The_loss_is_the_mean_of_both_cross_entropies()
    {
        const int N = 3, T = 5;
        float[] logits = Tensor.Normal([N, T, 2], new Rng(2)).ToArray<float>();
        long[] spans = [0, 4, 2, 2, 3, 1];
        double sum = 0;
        for (int i = 0; i < N; i++)
            for (int end = 0; end < 2; end++)
                sum += Math.Log(Enumerable.Range(0, T).Sum(t => Math.Exp(At(i, t, end)))) - At(i, (int)spans[(2 * i) + end], end);
        Assert.Equal(sum / (2 * N), BertForSpans.Loss(Tensor.From(logits, [N, T, 2]), Tensor.From(spans, [N, 2])).Item<float>(), 1e-6);

        double At(int i, int t, int end) => logits[(((i * T) + t) * 2) + end];
    }

    [Fact]
    public void It_learns_where_a_word_stands_and_its_head_has_the_published_name()
    {
        BertForSpans model = new(Small, new Rng(3));
        Tensor ids = Tensor.From<long>([1, 5, 9, 5, 5, 1, 9, 5, 5, 5, 1, 5, 5, 5, 9], [3, 5]), spans = Tensor.From<long>([2, 2, 1, 1, 4, 4], [3, 2]);
        Dyadic.Optim.Adam optimizer = new(model.NamedParameters(), 1e-2);
        for (int step = 0; step < 60; step++)
        {
            optimizer.ZeroGrad();
            BertForSpans.Loss(model.Forward(ids, null), spans).Backward();
            optimizer.Step();
        }
        Assert.Equal(spans.ToArray<long>(), BertForSpans.Best(model.Forward(ids, null)).ToArray<long>());
        Assert.Contains("qa_outputs.weight", model.NamedWeights(WeightNames.Bert).Keys);
        Assert.Contains("bert.encoder.layer.0.attention.self.query.weight", model.NamedWeights(WeightNames.Bert).Keys);
    }
}
