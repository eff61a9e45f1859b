using Dyadic.Ir;

namespace Dyadic.Bench.Models;

/// <summary>Residual networks. He et al. 2016, Table 1 and §4.2.</summary>
/// <remarks>Differs: a bottleneck has its stride in the 3×3 convolution, as today's trained files do. Shortcuts are of option B.</remarks>
internal static class ResNets
{
    private const float Branch = 0.4f;      // γ at the end of a branch

    /// <summary>x [N, 3, size, size] → logits [N, classes]; two basic blocks a stage.</summary>
    public static Graph ResNet18(ulong seed, int width = 64, int size = 224, int classes = 1000) =>
        ImageNet(new("resnet18", seed), Basic, [2, 2, 2, 2], width, size, classes);

    /// <summary>x [N, 3, size, size] → logits [N, classes]; 3, 4, 6 and 3 bottlenecks, four times as wide outside as inside.</summary>
    public static Graph ResNet50(ulong seed, int width = 64, int size = 224, int classes = 1000) =>
        ImageNet(new("resnet50", seed), Bottleneck, [3, 4, 6, 3], width, size, classes);

    /// <summary>x [N, 3, size, size] → logits [N, 10]; a basic block for w, 2w and 4w channels, as MLPerf Tiny's image classifier.</summary>
    public static Graph ResNet8(ulong seed, int width = 16, int size = 32)
    {
        Net net = new("resnet8", seed);
        Value x = net.Relu("relu", net.ConvNorm("stem", net.Input(3, size, size), width, 3));
        for (int stage = 0; stage < 3; stage++) x = Basic(net, $"stage{stage + 1}", x, width << stage, stage == 0 ? 1 : 2);
        return net.Finish(net.Linear("head", net.Average("pool", x), 10));
    }

    private static Graph ImageNet(Net net, Func<Net, string, Value, int, int, Value> block, int[] blocks, int width, int size, int classes)
    {
        Value x = net.Relu("relu", net.ConvNorm("stem", net.Input(3, size, size), width, 7, 2));
        x = net.MaxPool("maxpool", x);
        for (int stage = 0; stage < blocks.Length; stage++)
            for (int i = 0; i < blocks[stage]; i++) x = block(net, $"layer{stage + 1}.{i}", x, width << stage, stage > 0 && i == 0 ? 2 : 1);
        return net.Finish(net.Linear("head", net.Average("pool", x), classes));
    }

    // relu(x' + conv3×3(relu(conv3×3(x))))
    private static Value Basic(Net net, string at, Value x, int channels, int stride)
    {
        Value y = net.Relu($"{at}.relu1", net.ConvNorm($"{at}.conv1", x, channels, 3, stride));
        y = net.ConvNorm($"{at}.conv2", y, channels, 3, gamma: Branch);
        return net.Relu($"{at}.relu", net.Add($"{at}.sum", y, Shortcut(net, at, x, channels, stride)));
    }

    // relu(x' + conv1×1(relu(conv3×3(relu(conv1×1(x))))))
    private static Value Bottleneck(Net net, string at, Value x, int channels, int stride)
    {
        Value y = net.Relu($"{at}.relu1", net.ConvNorm($"{at}.conv1", x, channels, 1));
        y = net.Relu($"{at}.relu2", net.ConvNorm($"{at}.conv2", y, channels, 3, stride));
        y = net.ConvNorm($"{at}.conv3", y, 4 * channels, 1, gamma: Branch);
        return net.Relu($"{at}.relu", net.Add($"{at}.sum", y, Shortcut(net, at, x, 4 * channels, stride)));
    }

    private static Value Shortcut(Net net, string at, Value x, int channels, int stride) =>
        stride == 1 && x.Shape[1] == channels ? x : net.ConvNorm($"{at}.shortcut", x, channels, 1, stride);
}
