using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>The sizes and kinds of an encoder's layers.</summary>
/// <param name="Features">D.</param>
/// <param name="Heads">H, a divisor of D.</param>
/// <param name="Hidden">Width of the feed-forward part.</param>
public sealed record TransformerOptions(int Features, int Heads, int Hidden)
{
    /// <summary>Layers of the encoder.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Dropped from what each part adds to its input, while training.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>Dropped from the attention weights.</summary>
    public float AttentionDropout { get; init; } = 0.1f;

    /// <summary>Dropped between the two layers of the feed-forward part.</summary>
    public float HiddenDropout { get; init; } = 0.1f;

    /// <summary>Normalise the input of each part (Xiong et al. 2020) instead of the sum behind it (Vaswani et al. 2017).</summary>
    public bool PreNorm { get; init; }

    /// <summary>Between the two layers of the feed-forward part.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>ε of the normalisations.</summary>
    public float Epsilon { get; init; } = 1e-5f;
}

/// <summary>
/// Self-attention, then two linear layers at each position; both are added to their input and normalised. Shapes: x [N, T, D] → y [N, T, D].
/// </summary>
/// <remarks>
/// After the sum: x' = norm1(x + attention(x)), y = norm2(x' + linear2(f(linear1(x')))). Before: x' = x + attention(norm1(x)),
/// y = x' + linear2(f(linear1(norm2(x')))).
/// </remarks>
public sealed class TransformerEncoderLayer : Module
{
    private readonly MultiHeadAttention _attention;
    private readonly LayerNorm _norm1, _norm2;
    private readonly Linear _linear1, _linear2;
    private readonly Dropout _dropout1, _dropout2, _inner;
    private readonly TransformerOptions _options;

    /// <summary>A layer with parameters from <paramref name="rng"/>.</summary>
    public TransformerEncoderLayer(TransformerOptions options, Rng rng)
    {
        _options = options;
        _attention = Child("attention", new MultiHeadAttention(options.Features, options.Heads, rng.Split("attention"), options.AttentionDropout));
        _dropout1 = Child("dropout1", new Dropout(options.Dropout, rng.Split("dropout1")));
        _norm1 = Child("norm1", new LayerNorm(options.Features, options.Epsilon));
        _linear1 = Child("linear1", new Linear(options.Features, options.Hidden, rng.Split("linear1")));
        _inner = Child("dropout", new Dropout(options.HiddenDropout, rng.Split("dropout")));
        _linear2 = Child("linear2", new Linear(options.Hidden, options.Features, rng.Split("linear2")));
        _dropout2 = Child("dropout2", new Dropout(options.Dropout, rng.Split("dropout2")));
        _norm2 = Child("norm2", new LayerNorm(options.Features, options.Epsilon));
    }

    /// <summary>The layer with some keys hidden.</summary>
    /// <inheritdoc cref="MultiHeadAttention.Forward(Tensor, Tensor, bool)"/>
    public Tensor Forward(Tensor x, Tensor? mask, bool causal = false)
    {
        using Scope scope = Enter();
        return Encode(x, mask, causal);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Encode(x, null, causal: false);

    private Tensor Encode(Tensor x, Tensor? mask, bool causal)
    {
        Tensor Attention(Tensor t) => _dropout1.Forward(_attention.Forward(t, mask, causal));
        Tensor FeedForward(Tensor t) => _dropout2.Forward(_linear2.Forward(_inner.Forward(_linear1.Forward(t).Activate(_options.Activation))));
        if (_options.PreNorm)
        {
            x += Attention(_norm1.Forward(x));
            return x + FeedForward(_norm2.Forward(x));
        }
        x = _norm1.Forward(x + Attention(x));
        return _norm2.Forward(x + FeedForward(x));
    }
}

/// <summary>Encoder layers one after the other, named 0, 1, …; with normalisation first, one more of it at the end. Shapes: x [N, T, D] → y [N, T, D].</summary>
public sealed class TransformerEncoder : Module
{
    private readonly TransformerEncoderLayer[] _layers;
    private readonly LayerNorm? _norm;

    /// <summary>An encoder with parameters from <paramref name="rng"/>.</summary>
    public TransformerEncoder(TransformerOptions options, Rng rng)
    {
        _layers = new TransformerEncoderLayer[options.Layers];
        for (int i = 0; i < _layers.Length; i++) _layers[i] = Child(i.ToString(), new TransformerEncoderLayer(options, rng.Split(i)));
        if (options.PreNorm) _norm = Child("norm", new LayerNorm(options.Features, options.Epsilon));
    }

    /// <summary>The encoder with some keys hidden, the same in every layer.</summary>
    /// <inheritdoc cref="MultiHeadAttention.Forward(Tensor, Tensor, bool)"/>
    public Tensor Forward(Tensor x, Tensor? mask, bool causal = false)
    {
        using Scope scope = Enter();
        return Encode(x, mask, causal);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Encode(x, null, causal: false);

    private Tensor Encode(Tensor x, Tensor? mask, bool causal)
    {
        foreach (TransformerEncoderLayer layer in _layers) x = layer.Forward(x, mask, causal);
        return _norm is null ? x : _norm.Forward(x);
    }
}
