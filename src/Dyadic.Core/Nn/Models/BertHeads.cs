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
