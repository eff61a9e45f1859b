using Dyadic.Numerics;
using Dyadic.Recipes.FineTuning;

namespace Dyadic.Recipes.Tests;

public class ToyGrammarTests
{
    private const int Count = 500, Length = ToyGrammar.Length, Span = ToyGrammar.SpanLength;

    [Fact]
    public void The_label_of_a_span_is_where_the_query_stands_again()
    {
        TokenSequences spans = new ToyGrammar(new Rng(1)).Spans(Count, new Rng(2));
        long[] places = spans.Classes([.. Enumerable.Range(0, Count)]).ToArray<long>(), ids = spans.Inputs([.. Enumerable.Range(0, Count)]).Ids.ToArray<long>();
        for (int i = 0; i < Count; i++)
        {
            Span<long> row = ids.AsSpan(i * Length, Length);
            Assert.Equal(ToyGrammar.First, row[0]);
            Assert.True(row.Slice(1, Span).SequenceEqual(row.Slice((int)places[i], Span)));
            Assert.All(row[1..].ToArray(), id => Assert.InRange(id, ToyGrammar.Mask + 1, ToyGrammar.Vocabulary - 1));
        }
        Assert.Equal(Enumerable.Range(1 + Span, Length - 2 * Span).Select(p => (long)p), places.Distinct().Order());      // every place there is
    }

    [Fact]
    public void Pairs_are_of_one_topic_half_of_the_time()
    {
        TokenSequences pairs = new ToyGrammar(new Rng(1)).Pairs(2000, new Rng(2));
        Assert.InRange(pairs.Classes([.. Enumerable.Range(0, 2000)]).ToArray<long>().Sum(), 1000 - 90, 1000 + 90);      // four deviations
    }
}
