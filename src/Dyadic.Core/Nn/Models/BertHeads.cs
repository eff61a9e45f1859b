using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>BERT with a classifier on the pooled first token. Shapes: ids [N, T] Int64 → logits [N, classes].</summary>
public sealed class BertForClassification : Module
{
    private readonly Dropout _dropout;
    private readonly Linear _classifier;

    /// <summary>A network with parameters from <paramref name="rng"/>.</summary>
    public BertForClassification(BertOptions options, int classes, Rng rng)
    {
        Bert = Child("bert", new Bert(options, rng.Split("bert")));
        _dropout = Child("dropout", new Dropout(options.Encoder.Dropout, rng.Split("dropout")));
        _classifier = Child("classifier", new Linear(options.Encoder.Features, classes, rng.Split("classifier")));
        TransformerInit.Apply(_classifier, options.Encoder, rng.Split("init"));
    }

    /// <summary>The encoder.</summary>
    public Bert Bert { get; }

    /// <summary>The logits for padded sequences.</summary>
    /// <inheritdoc cref="Bert.Forward(Tensor, Tensor, Tensor)"/>
    public Tensor Forward(Tensor ids, Tensor? present, Tensor? types = null)
    {
        using Scope scope = Enter();
        return Classify(Bert.Forward(ids, present, types));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Classify(Bert.Forward(x));

    private Tensor Classify(Tensor y) => _classifier.Forward(_dropout.Forward(Bert.Pooler.Forward(y)));
}

/// <summary>BERT with a guess at every token: norm(gelu(W·y + b))·Eᵀ + c, E the table of words. Shapes: ids [N, T] Int64 → logits [N, T, V].</summary>
public sealed class BertForMaskedTokens : Module
{
    private readonly Linear _transform;
    private readonly LayerNorm _norm;
    private readonly Tensor _bias;

    /// <summary>A network with parameters from <paramref name="rng"/>.</summary>
    public BertForMaskedTokens(BertOptions options, Rng rng)
    {
        Bert = Child("bert", new Bert(options, rng.Split("bert")));
        _transform = Child("transform", new Linear(options.Encoder.Features, options.Encoder.Features, rng.Split("transform")));
        _norm = Child("norm", new LayerNorm(options.Encoder.Features, options.Encoder.Epsilon));
        _bias = Parameter("bias", Tensor.Zeros(Shape.Of(options.Vocabulary)));
        TransformerInit.Apply(_transform, options.Encoder, rng.Split("init"));
    }

    /// <summary>The encoder.</summary>
    public Bert Bert { get; }

    /// <summary>The logits for padded sequences.</summary>
    /// <inheritdoc cref="Bert.Forward(Tensor, Tensor, Tensor)"/>
    public Tensor Forward(Tensor ids, Tensor? present, Tensor? types = null)
    {
        using Scope scope = Enter();
        return Guess(Bert.Forward(ids, present, types));
    }

    /// <summary>The logits [K, V] at some tokens only, which is all that pre-training needs.</summary>
    /// <param name="ids">[N, T], Int64.</param>
    /// <param name="present">[N, T], or null; see <see cref="Bert.Forward(Tensor, Tensor, Tensor)"/>.</param>
    /// <param name="places">[K], Int64: n·T + t for token t of sequence n.</param>
    public Tensor ForwardAt(Tensor ids, Tensor? present, Tensor places)
    {
        using Scope scope = Enter();
        Tensor y = Bert.Forward(ids, present);
        return Guess(y.Reshape(-1, y.Shape[2]).Gather(places));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Guess(Bert.Forward(x));

    private Tensor Guess(Tensor y) => _norm.Forward(_transform.Forward(y).Gelu()).Linear(Bert.Embeddings.Words.Weight, _bias);
}

/// <summary>
/// BERT that answers a question by a span of its input: a token's logits of being the first and the last one. Shapes: ids [N, T] Int64 → logits [N, T, 2].
/// </summary>
/// <remarks>Devlin et al. 2019, §4.2.</remarks>
public sealed class BertForSpans : Module
{
    private readonly Linear _span;

    /// <summary>A network with parameters from <paramref name="rng"/>.</summary>
    public BertForSpans(BertOptions options, Rng rng)
    {
        Bert = Child("bert", new Bert(options, rng.Split("bert")));
        _span = Child("span", new Linear(options.Encoder.Features, 2, rng.Split("span")));
        TransformerInit.Apply(_span, options.Encoder, rng.Split("init"));
    }

    /// <summary>The encoder.</summary>
    public Bert Bert { get; }

    /// <summary>The logits for padded sequences.</summary>
    /// <inheritdoc cref="Bert.Forward(Tensor, Tensor, Tensor)"/>
    public Tensor Forward(Tensor ids, Tensor? present, Tensor? types = null)
    {
        using Scope scope = Enter();
        return _span.Forward(Bert.Forward(ids, present, types));
    }

    /// <summary>The mean of the cross-entropies of first and last tokens over the tokens of their sequences.</summary>
    /// <param name="logits">[N, T, 2].</param>
    /// <param name="spans">[N, 2], Int64: the places of the first and the last token.</param>
    public static Tensor Loss(Tensor logits, Tensor spans)
    {
        (int n, int length) = (logits.Shape[0], logits.Shape[1]);
        return Losses.CrossEntropy(logits.Transpose(1, 2).Reshape(2 * n, length), spans.Reshape(2 * n));
    }

    /// <summary>The most likely span [N, 2] of each sequence, with first ≤ last, by the sum of the two logits.</summary>
    /// <param name="logits">[N, T, 2].</param>
    public static Tensor Best(Tensor logits)
    {
        (int n, int length) = (logits.Shape[0], logits.Shape[1]);
        float[] values = logits.ToArray<float>();
        long[] best = new long[2 * n];
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<float> row = values.AsSpan(i * length * 2, length * 2);
            (int first, float most) = (0, float.NegativeInfinity);
            for (int last = 0; last < length; last++)
            {
                if (row[2 * last] > row[2 * first]) first = last;
                if (row[2 * first] + row[2 * last + 1] is var sum && sum <= most) continue;
                (most, best[2 * i], best[2 * i + 1]) = (sum, first, last);
            }
        }
        return Tensor.From(best, [n, 2]);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => _span.Forward(Bert.Forward(x));
}
