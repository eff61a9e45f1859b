using Dyadic.Ir;

namespace Dyadic.Bench.Models;

/// <summary>MobileNetV2. Sandler et al. 2018, Tables 1 and 2.</summary>
internal static class MobileNets
{
    private const float Branch = 0.5f;      // γ at the end of a branch

    // Expansion t, channels c, repeats n, stride s of the first.
    private static readonly (int T, int C, int N, int S)[] Stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    /// <summary>x [N, 3, size, size] → logits [N, classes].</summary>
    /// <param name="seed">Of the weights.</param>
    /// <param name="divisor">All channels are divided by this; 1 is the network of the paper.</param>
    /// <param name="size">Height and width.</param>
    /// <param name="classes">Of the head.</param>
    public static Graph V2(ulong seed, int divisor = 1, int size = 224, int classes = 1000)
    {
        Net net = new("mobilenetv2", seed);
        Value x = net.Relu6("relu", net.ConvNorm("stem", net.Input(3, size, size), 32 / divisor, 3, 2));
        int block = 0;
        foreach ((int t, int c, int n, int s) in Stages)
            for (int i = 0; i < n; i++) x = Inverted(net, $"block{block++}", x, t, c / divisor, i == 0 ? s : 1);
        x = net.Relu6("last.relu", net.ConvNorm("last", x, 1280 / divisor, 1));
        return net.Finish(net.Linear("head", net.Average("pool", x), classes));
    }

    // Expand 1×1, depthwise 3×3, project 1×1 without activation; x is added where the shapes agree.
    private static Value Inverted(Net net, string at, Value x, int expansion, int channels, int stride)
    {
        int inner = x.Shape[1].Size * expansion;
        bool residual = stride == 1 && x.Shape[1] == channels;
        Value y = expansion == 1 ? x : net.Relu6($"{at}.relu1", net.ConvNorm($"{at}.expand", x, inner, 1));
        y = net.Relu6($"{at}.relu2", net.ConvNorm($"{at}.depthwise", y, inner, 3, stride, groups: inner));
        y = net.ConvNorm($"{at}.project", y, channels, 1, gamma: residual ? Branch : 1);
        return residual ? net.Add($"{at}.sum", x, y) : y;
    }
}
