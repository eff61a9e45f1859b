using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>
/// softmax(q·kᵀ/√d + mask)·v for each of H heads, side by side, then a linear layer; q, k, v are linear in the queries, keys and values.
/// Shapes: queries [N, T, D], keys [N, S, Dk], values [N, S, Dv] → y [N, T, D]; d = D/H.
/// </summary>
/// <remarks>Vaswani et al. 2017, §3.2.</remarks>
public sealed class MultiHeadAttention : Module
{
    private readonly Linear _query, _key, _value, _out;
    private readonly Dropout _dropout;
    private readonly int _heads;
    private readonly double _scale;

    /// <summary>A layer with parameters from <paramref name="rng"/>.</summary>
    /// <param name="features">D.</param>
    /// <param name="heads">H, a divisor of D.</param>
    /// <param name="rng">Of the initial weights and the dropout.</param>
    /// <param name="dropout">The probability of dropping an attention weight while training.</param>
    /// <param name="bias">Whether the four linear layers have a bias.</param>
    /// <param name="keyFeatures">Dk, if it is not D.</param>
    /// <param name="valueFeatures">Dv, if it is not D.</param>
    /// <exception cref="ArgumentException">The heads do not divide the features.</exception>
    public MultiHeadAttention(int features, int heads, Rng rng, float dropout = 0, bool bias = true, int? keyFeatures = null, int? valueFeatures = null)
    {
        Ensure.Argument(heads >= 1 && features % heads == 0, $"MultiHeadAttention: {heads} heads do not divide {features} features.");
        (_heads, _scale) = (heads, 1 / Math.Sqrt(features / heads));
        _query = Child("query", new Linear(features, features, rng.Split("query"), bias));
        _key = Child("key", new Linear(keyFeatures ?? features, features, rng.Split("key"), bias));
        _value = Child("value", new Linear(valueFeatures ?? features, features, rng.Split("value"), bias));
        _out = Child("out", new Linear(features, features, rng.Split("out"), bias));
        _dropout = Child("dropout", new Dropout(dropout, rng.Split("dropout")));
    }

    /// <summary>Self-attention.</summary>
    /// <inheritdoc cref="Forward(Tensor, Tensor, Tensor, Tensor, bool)"/>
    public Tensor Forward(Tensor x, Tensor? mask, bool causal = false) => Forward(x, x, x, mask, causal);

    /// <summary>Attention of the queries to other keys and values.</summary>
    /// <param name="queries">[N, T, D].</param>
    /// <param name="keys">[N, S, Dk].</param>
    /// <param name="values">[N, S, Dv].</param>
    /// <param name="mask">
    /// Broadcasts to [N, H, T, S]. Bool: true where a query may see a key (see <see cref="AttentionMask"/>). Floating point: added to the scores.
    /// </param>
    /// <param name="causal">Query t sees the keys 0 … t only.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public Tensor Forward(Tensor queries, Tensor keys, Tensor values, Tensor? mask = null, bool causal = false)
    {
        using Scope scope = Enter();
        return Attend(queries, keys, values, mask, causal);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Attend(x, x, x, null, causal: false);

    private Tensor Attend(Tensor queries, Tensor keys, Tensor values, Tensor? mask, bool causal)
    {
        bool fits = queries.Rank == 3 && keys.Rank == 3 && values.Rank == 3
            && keys.Shape[1] == values.Shape[1] && keys.Shape[0] == queries.Shape[0] && values.Shape[0] == queries.Shape[0];
        Ensure.Shape(fits, $"MultiHeadAttention: queries {queries.Shape}, keys {keys.Shape} and values {values.Shape}; [N, T, D], [N, S, Dk] and [N, S, Dv] are needed.");
        Tensor q = Heads(_query.Forward(queries) * _scale), k = Heads(_key.Forward(keys)), v = Heads(_value.Forward(values));   // [N, H, T or S, d]
        Tensor scores = q.MatMul(k.Transpose(-1, -2));                                                                          // [N, H, T, S]
        scores = AttentionMask.Apply(scores, mask, causal);
        Tensor y = _dropout.Forward(scores.Softmax(-1)).MatMul(v);                                                              // [N, H, T, d]
        return _out.Forward(y.Permute(0, 2, 1, 3).Reshape(0, 0, -1));
    }

    // Row-major, so that a product can read it as it lies or transposed.
    private Tensor Heads(Tensor x) => x.Reshape(0, 0, _heads, -1).Permute(0, 2, 1, 3).Contiguous();
}
