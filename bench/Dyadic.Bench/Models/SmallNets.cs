using Dyadic.Ir;

namespace Dyadic.Bench.Models;

/// <summary>A multilayer perceptron and a network of one-dimensional convolutions.</summary>
internal static class SmallNets
{
    /// <summary>x [N, 784] → logits [N, 10]; ReLU between the layers.</summary>
    public static Graph Mlp(ulong seed, int width = 1024)
    {
        Net net = new("mlp", seed);
        Value x = net.Relu("relu1", net.Linear("hidden1", net.Input(784), width));
        x = net.Relu("relu2", net.Linear("hidden2", x, width / 2));
        return net.Finish(net.Linear("head", x, 10));
    }

    /// <summary>Cepstra x [N, 40, frames] → logits [N, 12]: three residual blocks of convolutions along time.</summary>
    /// <remarks>Choi et al. 2019, TC-ResNet8.</remarks>
    public static Graph Conv1D(ulong seed, int width = 16, int frames = 101)
    {
        Net net = new("conv1d", seed);
        Value x = net.Relu("relu", net.ConvNorm("stem", net.Input(40, frames), width, 3));
        int[] channels = [3 * width / 2, 2 * width, 3 * width];
        for (int i = 0; i < channels.Length; i++)
        {
            string at = $"block{i + 1}";
            Value y = net.Relu($"{at}.relu1", net.ConvNorm($"{at}.conv1", x, channels[i], 9, 2));
            y = net.ConvNorm($"{at}.conv2", y, channels[i], 9);
            x = net.Relu($"{at}.relu", net.Add($"{at}.sum", y, net.Relu($"{at}.relu2", net.ConvNorm($"{at}.shortcut", x, channels[i], 1, 2))));
        }
        return net.Finish(net.Linear("head", net.Average("pool", x), 12));
    }
}
