using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Bench.Models;

/// <summary>The encoder of a transformer, normalised after each sum. Vaswani et al. 2017, §3.1 and 3.2; Devlin et al. 2019, §3 for the sizes.</summary>
internal static class Encoders
{
    // Deviation of what attention adds: were it 1, averaging would make all tokens alike within a few layers.
    private const float Branch = 0.3f;

    /// <summary>Embedded tokens [N, tokens, d] → hidden [N, tokens, d].</summary>
    public static Graph Encoder(ulong seed, int layers = 12, int d = 768, int heads = 12, int inner = 3072, int tokens = 128)
    {
        Net net = new("encoder", seed);
        Value x = net.Input(tokens, d);
        for (int i = 0; i < layers; i++)
        {
            string at = $"layer{i}";
            x = net.LayerNorm($"{at}.norm1", net.Add($"{at}.sum1", x, Attention(net, $"{at}.attention", x, heads)));
            Value y = net.Gelu($"{at}.gelu", net.Linear($"{at}.inner", x, inner));
            x = net.LayerNorm($"{at}.norm2", net.Add($"{at}.sum2", x, net.Linear($"{at}.outer", y, d)));
        }
        return net.Finish(x, "hidden");
    }

    // softmax(q·kᵀ/√d_h)·v for each head, then a linear layer; (1) and §3.2.2.
    private static Value Attention(Net net, string at, Value x, int heads)
    {
        int tokens = x.Shape[1].Size, d = x.Shape[2].Size, width = d / heads;
        Value Heads(string of, int[] order) => net.Apply($"{at}.{of}.heads", new Transpose([.. order]), 1,
            net.Apply($"{at}.{of}.split", new Reshape([0, tokens, heads, width]), 1, net.Linear($"{at}.{of}", x, d)));
        Value q = Heads("q", [0, 2, 1, 3]), k = Heads("k", [0, 2, 3, 1]), v = Heads("v", [0, 2, 1, 3]);     // [N, h, T, d_h]; k [N, h, d_h, T]
        Value scores = net.Apply($"{at}.scores", new MatMul(), width, q, k);
        Value weights = net.Apply($"{at}.softmax", new Softmax(-1), 1, net.Apply($"{at}.scaled", new Div(), 1, scores, net.Scalar($"{at}.root", Math.Sqrt(width))));
        Value mixed = net.Apply($"{at}.order", new Transpose([0, 2, 1, 3]), 1, net.Apply($"{at}.mixed", new MatMul(), 1, weights, v));
        return net.Linear($"{at}.output", net.Apply($"{at}.joined", new Reshape([0, tokens, d]), 1, mixed), d, Branch);
    }
}
