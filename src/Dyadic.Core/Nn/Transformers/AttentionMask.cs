using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>Which keys a query may see, as Bool tensors that broadcast to [N, H, T, S].</summary>
public static class AttentionMask
{
    // Far below any score and far from overflow: a query that may see nothing gets equal weights, not NaN.
    private const double Hidden = -1e9;

    /// <summary>[N, 1, 1, S]: the same keys for every query of a sample.</summary>
    /// <param name="present">[N, S]; Bool, or Int64 or Int32 with 1 for a token and 0 for padding, as tokenisers give it.</param>
    public static Tensor OfKeys(Tensor present)
    {
        Ensure.Shape(present.Rank == 2, $"AttentionMask: the keys' mask is {present.TensorType}; [N, S] is needed.");
        return present.Cast(DType.Bool).Unsqueeze(1, 2);
    }

    /// <summary>[T, S]: query t sees the keys 0 … t.</summary>
    public static Tensor Causal(int queries, int keys)
    {
        bool[] sees = new bool[queries * keys];
        for (int i = 0; i < sees.Length; i++) sees[i] = i % keys <= i / keys;
        return Tensor.From(sees, Shape.Of(queries, keys));
    }

    internal static Tensor Apply(Tensor scores, Tensor? mask, bool causal)
    {
        if (mask is not null && mask.Type.IsFloat())
        {
            scores += mask;
            mask = null;
        }
        Ensure.Shape(mask is null || mask.Type == DType.Bool, $"AttentionMask: the mask is {mask?.TensorType}; Bool (true: visible) or floating point (added) is needed. Cast it.");
        Tensor? order = causal ? Causal(scores.Shape[-2], scores.Shape[-1]) : null;
        Tensor? visible = mask is not null && order is not null ? mask.And(order) : mask ?? order;
        return visible is null ? scores : visible.Where(scores, Tensor.Scalar(Hidden, scores.Type));
    }
}
