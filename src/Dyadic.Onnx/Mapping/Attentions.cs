using Dyadic.Ir;
using Dyadic.Nn;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Scaled dot-product attention: softmax(s·Q·Kᵀ + mask)·V in every head; products, sums and softmax.</summary>
/// <remarks>Vaswani et al. 2017, "Attention is all you need", eq. (1).</remarks>
internal static class Attentions
{
    private const string Limits = "no past keys, no lengths as masks; causal masks need known lengths";
    private const float Hidden = -10000;

    public static IEnumerable<ImportRule> Imports =>
    [
        new("Attention", 23, ImportStandard, "as many heads of keys as of queries; no past keys; causal masks need known lengths"),
        new("com.microsoft.Attention", 1, ImportPacked, Limits),
        new("com.microsoft.MultiHeadAttention", 1, ImportHeads, Limits),
    ];

    // Q, K, V [B, heads, S, D] or [B, S, heads·D], a mask that is added or says what is seen.
    private static void ImportStandard(NodeImport n)
    {
        n.Ignore("softmax_precision", "qk_matmul_output_mode");
        NodeImport.Require(!n.Has(4) && !n.Has(5) && !n.Wants(1) && !n.Wants(2) && !n.Wants(3), "past and present keys and values, and products as outputs, are not supported");
        NodeImport.Require(n.Float("softcap", 0) == 0, "softcap is not supported");
        bool flat = n[0].Shape.Rank == 3;
        int heads = n.Int("q_num_heads", 0), others = n.Int("kv_num_heads", heads);
        NodeImport.Require(!flat || (heads > 0 && heads == others), $"{heads} heads of queries and {others} of keys; equal numbers are needed");
        Value[] parts = [.. Enumerable.Range(0, 3).Select(i => flat ? Split(n, n[i], heads) : n[i])];
        NodeImport.Require(parts[0].Shape.Rank == 4 && parts[0].Shape[1] == parts[1].Shape[1], $"Q is {n[0].Type} and K {n[1].Type}; equal numbers of heads are needed");
        Value? mask = n.Optional(3);
        if (mask?.Type.Type == DType.Bool) mask = n.Emit(new Where(), mask, n.Number("seen", 0, n[0]), n.Number("hidden", double.NegativeInfinity, n[0]));
        Value y = Attend(n, parts, mask, n.Float("scale", 0), n.Flag("is_causal", false), double.NegativeInfinity);
        if (flat) Return(n, y);
        else n.Alias(y);
    }

    // x [B, S, D], weights [D, heads·(q + k + v)], bias, mask [B, S] of 0 and 1, past, what is added to the products.
    private static void ImportPacked(NodeImport n)
    {
        NodeImport.Require(!n.Has(4) && !n.Wants(1) && !n.Flag("do_rotary", false), "past keys and rotary embeddings are not supported");
        NodeImport.Require(n[1].Shape is [_, { IsKnown: true }], $"the weights are {n[1].Type}; a matrix of known width is needed");
        int heads = n.Int("num_heads", 0), width = n[1].Shape[1];
        int[] sizes = n.Ints("qkv_hidden_sizes") is { Length: 3 } given ? given : [width / 3, width / 3, width / 3];
        Value all = n.Emit(new MatMul(), n[0], n[1]);
        if (n.Has(2)) all = n.Emit(new Add(), all, n[2]);
        int from = 0;
        Value[] parts = new Value[3];
        for (int i = 0; i < 3; from += sizes[i++]) parts[i] = Split(n, n.Emit(new Slice([from], [from + sizes[i]], [2], []), all), heads);
        float hidden = n.Float("mask_filter_value", Hidden);
        Return(n, Attend(n, parts, Mask(n, 3, 5, hidden), n.Float("scale", 0), n.Flag("unidirectional", false), hidden));
    }

    // Q, K, V [B, S, heads·D], a bias of all three, a mask [B, S] of 0 and 1, what is added to the products.
    private static void ImportHeads(NodeImport n)
    {
        NodeImport.Require(n.Has(1) && n.Has(2) && n[1].Shape.Rank == 3 && n[2].Shape.Rank == 3, "queries, keys and values [B, S, D] of their own are needed");
        NodeImport.Require(!n.Has(6) && !n.Has(7) && !n.Wants(1) && !n.Wants(2), "past and present keys and values are not supported");
        int heads = n.Int("num_heads", 0), from = 0;
        Value[] parts = new Value[3];
        for (int i = 0; i < 3; i++)
        {
            Value part = n[i];
            NodeImport.Require(part.Shape[2].IsKnown, $"input {i} is {part.Type}; a known width is needed");
            int size = part.Shape[2];
            if (n.Has(3)) part = n.Emit(new Add(), part, n.Emit(new Slice([from], [from + size], [0], []), n[3]));
            parts[i] = Split(n, part, heads);
            from += size;
        }
        float hidden = n.Float("mask_filter_value", Hidden);
        Return(n, Attend(n, parts, Mask(n, 4, 5, hidden), n.Float("scale", 0), n.Flag("unidirectional", false), hidden));
    }

    // [B, S, heads·D] → [B, heads, S, D]
    private static Value Split(NodeImport n, Value x, int heads)
    {
        NodeImport.Require(heads > 0 && x.Shape.Rank == 3 && x.Shape[2].IsKnown && x.Shape[2].Size % heads == 0, $"{x.Type} cannot be split among {heads} heads");
        return n.Emit(new Transpose([0, 2, 1, 3]), n.Emit(new Reshape([0, 0, heads, x.Shape[2] / heads]), x));
    }

    private static void Return(NodeImport n, Value y) => n.Return(new Reshape([0, 0, -1]), n.Emit(new Transpose([0, 2, 1, 3]), y));

    private static Value Attend(NodeImport n, Value[] parts, Value? mask, float scale, bool causal, double hidden)
    {
        (Value q, Value k, Value v) = (parts[0], parts[1], parts[2]);
        NodeImport.Require(q.Shape[3].IsKnown, $"Q is {q.Type}; heads of known size are needed");
        double s = scale != 0 ? scale : 1 / Math.Sqrt(q.Shape[3].Size);
        Value products = n.Emit(new MatMul(), n.Scaled(q, s, "scale"), n.Emit(new Transpose([0, 1, 3, 2]), k));
        if (mask is not null) products = n.Emit(new Add(), products, mask);
        if (causal) products = n.Emit(new Where(), Triangle(n, q.Shape[2], k.Shape[2]), products, n.Number("hidden", hidden, q));
        return n.Emit(new MatMul(), n.Emit(new Softmax(-1), products), v);
    }

    // A query sees the keys up to its own place.
    private static Value Triangle(NodeImport n, Dim queries, Dim keys)
    {
        NodeImport.Require(queries.IsKnown && queries == keys, $"a causal mask needs as many queries as keys, of known number; there are {queries} and {keys}");
        n.RequireFew((double)queries.Size * keys.Size);
        return n.NewConstant("seen", AttentionMask.Causal(queries.Size, keys.Size));
    }

    // What is hidden where a mask of 0 and 1 has 0, and what is given besides.
    private static Value? Mask(NodeImport n, int index, int added, float hidden)
    {
        Value? bias = n.Optional(added);
        if (!n.Has(index)) return bias;
        NodeImport.Require(n[index].Shape.Rank == 2, $"the mask is {n[index].Type}; [B, S] of 0 and 1 is needed");
        Value seen = n.Emit(new Cast(n[0].Type.Type), n[index]);
        Value mask = n.Emit(new Unsqueeze([1, 2]), n.Emit(new Mul(), n.Emit(new Sub(), n.Number("one", 1, seen), seen), n.Number("hidden", hidden, seen)));
        return bias is null ? mask : n.Emit(new Add(), mask, bias);
    }
}
