using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>The sizes of a BERT-style encoder; those of bert-base-uncased by default.</summary>
public sealed record BertOptions
{
    /// <summary>Entries of the vocabulary.</summary>
    public int Vocabulary { get; init; } = 30522;

    /// <summary>The longest sequence.</summary>
    public int Positions { get; init; } = 512;

    /// <summary>Kinds of segments.</summary>
    public int Types { get; init; } = 2;

    /// <summary>The token whose embedding is not trained, or null.</summary>
    public int? Padding { get; init; } = 0;

    /// <summary>The encoder.</summary>
    public TransformerOptions Encoder { get; init; } = new(768, 12, 3072) { Layers = 12, HiddenDropout = 0, Activation = Activation.Gelu, Epsilon = 1e-12f };

    /// <summary>An encoder of other sizes, otherwise like BERT's.</summary>
    public static BertOptions Of(int vocabulary, int features, int heads, int layers, int positions = 512, float dropout = 0.1f)
    {
        BertOptions standard = new();
        return standard with
        {
            Vocabulary = vocabulary,
            Positions = positions,
            Encoder = standard.Encoder with { Features = features, Heads = heads, Layers = layers, Hidden = 4 * features, Dropout = dropout, AttentionDropout = dropout },
        };
    }
}

/// <summary>norm(word[id] + position[t] + type[segment]). Shapes: ids, types [N, T] Int64 → y [N, T, D].</summary>
public sealed class BertEmbeddings : Module
{
    private readonly LearnedPositions _positions;
    private readonly Embedding _types;
    private readonly LayerNorm _norm;
    private readonly Dropout _dropout;

    /// <summary>Tables with parameters from <paramref name="rng"/>.</summary>
    public BertEmbeddings(BertOptions options, Rng rng)
    {
        int features = options.Encoder.Features;
        Words = Child("word_embeddings", new Embedding(options.Vocabulary, features, rng.Split("words"), options.Padding, TransformerInit.Deviation));
        _positions = Child("position_embeddings", new LearnedPositions(options.Positions, features, rng.Split("positions")));
        _types = Child("token_type_embeddings", new Embedding(options.Types, features, rng.Split("types"), deviation: TransformerInit.Deviation));
        _norm = Child("LayerNorm", new LayerNorm(features, options.Encoder.Epsilon));
        _dropout = Child("dropout", new Dropout(options.Encoder.Dropout, rng.Split("dropout")));
    }

    /// <summary>The table of words.</summary>
    public Embedding Words { get; }

    /// <summary>The embeddings of tokens in segments.</summary>
    public Tensor Forward(Tensor ids, Tensor? types)
    {
        using Scope scope = Enter();
        return Embed(ids, types);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Embed(x, null);

    private Tensor Embed(Tensor ids, Tensor? types)
    {
        Ensure.Shape(ids.Rank == 2 && (types is null || types.Shape == ids.Shape), $"BertEmbeddings: ids are {ids.TensorType} and types {types?.TensorType}; both are [N, T].");
        Tensor segment = types is null ? _types.Weight.Slice(0, 0, 1) : _types.Forward(types);    // without types all are of segment 0
        return _dropout.Forward(_norm.Forward(_positions.Forward(Words.Forward(ids)) + segment));
    }
}

/// <summary>tanh(W·x₀ + b) of the first token. Shapes: x [N, T, D] → y [N, D].</summary>
public sealed class BertPooler : Module
{
    private readonly Linear _dense;

    /// <summary>A pooler with parameters from <paramref name="rng"/>.</summary>
    public BertPooler(int features, Rng rng) => _dense = Child("dense", new Linear(features, features, rng));

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => _dense.Forward(x.Select(1, 0)).Tanh();
}

/// <summary>Embeddings and a transformer encoder. Shapes: ids [N, T] Int64 → y [N, T, D].</summary>
/// <remarks>Devlin et al. 2019. <see cref="WeightNames.Bert"/> maps its parameters to the names of published checkpoints.</remarks>
public sealed class Bert : Module
{
    private readonly TransformerEncoder _encoder;

    /// <summary>An encoder with parameters from <paramref name="rng"/>.</summary>
    public Bert(BertOptions options, Rng rng)
    {
        Embeddings = Child("embeddings", new BertEmbeddings(options, rng.Split("embeddings")));
        _encoder = Child("encoder", new TransformerEncoder(options.Encoder, rng.Split("encoder")));
        Pooler = Child("pooler", new BertPooler(options.Encoder.Features, rng.Split("pooler")));
        TransformerInit.Apply(this, options.Encoder, rng.Split("init"));
    }

    /// <summary>The embeddings.</summary>
    public BertEmbeddings Embeddings { get; }

    /// <summary>From the outputs to one vector a sequence.</summary>
    public BertPooler Pooler { get; }

    /// <summary>The outputs for padded sequences.</summary>
    /// <param name="ids">[N, T], Int64.</param>
    /// <param name="present">[N, T]: 1 or true for a token, 0 or false for padding; null where nothing is padded.</param>
    /// <param name="types">[N, T], Int64: the segment of each token; null for all 0.</param>
    public Tensor Forward(Tensor ids, Tensor? present, Tensor? types = null)
    {
        using Scope scope = Enter();
        return _encoder.Forward(Embeddings.Forward(ids, types), present is null ? null : AttentionMask.OfKeys(present));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => _encoder.Forward(Embeddings.Forward(x));
}
