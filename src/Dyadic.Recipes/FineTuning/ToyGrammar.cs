namespace Dyadic.Recipes.FineTuning;

/// <summary>
/// Random text of four topics over 61 words: the next word comes, with equal chances, from the topic's own distribution or from the topic's distribution after
/// the last word; all are drawn from Dirichlet(0.1). Ids 0, 1 and 2 are padding, the first token and the mask.
/// </summary>
internal sealed class ToyGrammar
{
    public const int Vocabulary = 64, Length = 32, Topics = 4, First = 1, Mask = 2, SpanLength = 3;

    private const int Reserved = 3, Words = Vocabulary - Reserved;
    private const double Concentration = 0.1;

    private readonly float[][] _cumulative;      // of topic t: [1 + Words, Words], the topic's own first

    public ToyGrammar(Rng rng) => _cumulative = [.. Enumerable.Range(0, Topics).Select(t => Tables(rng.Split(t)))];

    /// <summary>Sequences of one topic each, all labelled 0: for pre-training.</summary>
    public TokenSequences Text(int count, Rng rng) => Make(count, rng, (ids, r) =>
    {
        Write(ids[1..], r.NextInt(Topics), r);
        return 0;
    });

    /// <summary>Two halves of text: label 1 where both are of one topic, half of the time.</summary>
    public TokenSequences Pairs(int count, Rng rng) => Make(count, rng, (ids, r) =>
    {
        int topic = r.NextInt(Topics), same = r.NextInt(2), half = ids.Length / 2;
        Write(ids[1..half], topic, r);
        Write(ids[half..], same == 1 ? topic : (topic + 1 + r.NextInt(Topics - 1)) % Topics, r);
        return same;
    });

    /// <summary>A query of three random words behind the first token, and text in which it stands once more: the label is its place there.</summary>
    public TokenSequences Spans(int count, Rng rng) => Make(count, rng, (ids, r) =>
    {
        Span<long> query = ids.Slice(1, SpanLength);
        foreach (ref long word in query) word = Reserved + r.NextInt(Words);
        Write(ids[(1 + SpanLength)..], r.NextInt(Topics), r);
        int place = 1 + SpanLength + r.NextInt(ids.Length - (1 + 2 * SpanLength) + 1);
        query.CopyTo(ids[place..]);
        return place;
    });

    private delegate long Writer(Span<long> ids, Rng rng);

    private static TokenSequences Make(int count, Rng rng, Writer write)
    {
        long[] ids = new long[count * Length];
        float[] present = new float[ids.Length];
        long[] labels = new long[count];
        Array.Fill(present, 1);
        for (int i = 0; i < count; i++)
        {
            Span<long> row = ids.AsSpan(i * Length, Length);
            row[0] = First;
            labels[i] = write(row, rng.Split(i));
        }
        return new(Length, ids, present, labels);
    }

    private void Write(Span<long> ids, int topic, Rng rng)
    {
        int last = rng.NextInt(Words);
        for (int i = 0; i < ids.Length; i++)
        {
            ReadOnlySpan<float> row = _cumulative[topic].AsSpan(rng.NextInt(2) * (1 + last) * Words, Words);
            float u = rng.NextSingle() * row[^1];
            int next = row.BinarySearch(u);
            next = Math.Min(next < 0 ? ~next : next + 1, Words - 1);
            ids[i] = Reserved + next;
            last = next;
        }
    }

    // Cumulative weights: gamma variates, whose share of their sum is Dirichlet's.
    private static float[] Tables(Rng rng)
    {
        float[] sums = new float[(1 + Words) * Words];
        for (int row = 0; row < sums.Length; row += Words)
        {
            float sum = 0;
            for (int i = 0; i < Words; i++) sums[row + i] = sum += (float)Gamma(Concentration, rng);
        }
        return sums;
    }

    // Marsaglia and Tsang 2000, with the step of §6 for a shape below 1.
    private static double Gamma(double shape, Rng rng)
    {
        double d = shape + 1 - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = rng.NextGaussian(), v = Math.Pow(1 + c * x, 3), u = 1 - rng.NextDouble();
            if (v > 0 && Math.Log(u) < x * x / 2 + d - d * v + d * Math.Log(v)) return d * v * Math.Pow(1 - rng.NextDouble(), 1 / shape);
        }
    }
}
