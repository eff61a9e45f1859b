using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>MobileNetV2: a 3×3 stem, seventeen inverted residual blocks, a 1×1 convolution to 1280 channels, global average pooling and a linear classifier.</summary>
/// <remarks>Sandler et al. 2018, Table 2. Shapes: x [N, C, H, W] → logits [N, classes].</remarks>
public sealed class MobileNetV2 : Module
{
    // Expansion t, channels c, blocks n, stride s of the first block.
    private static readonly (int T, int C, int N, int S)[] Stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    private readonly ConvBatchNorm _stem, _last;
    private readonly Sequential _blocks;
    private readonly Linear _head;

    /// <summary>A network with parameters from <paramref name="rng"/>.</summary>
    /// <param name="inChannels">C.</param>
    /// <param name="classes">The number of logits.</param>
    /// <param name="rng">Of the initial weights.</param>
    /// <param name="width">α: every number of channels is multiplied by it and rounded to a multiple of 8; the last one only grows.</param>
    /// <param name="largeImages">Divide the size by 32, as for ImageNet; otherwise stem and second stage keep it and it is divided by 8, as usual for CIFAR.</param>
    public MobileNetV2(int inChannels, int classes, Rng rng, double width = 1, bool largeImages = true)
    {
        int channels = Rounded(32 * width), last = Rounded(1280 * Math.Max(1, width));
        _stem = Child("stem", new ConvBatchNorm(inChannels, channels, 3, largeImages ? 2 : 1, rng.Split("stem")));
        List<Module> blocks = [];
        for (int i = 0; i < Stages.Length; i++)
        {
            (int t, int c, int n, int s) = Stages[i];
            for (int j = 0; j < n; j++)
            {
                int outChannels = Rounded(c * width), stride = j > 0 || (i == 1 && !largeImages) ? 1 : s;
                blocks.Add(new InvertedResidual(channels, outChannels, stride, t, rng.Split("blocks").Split(blocks.Count)));
                channels = outChannels;
            }
        }
        _blocks = Child("blocks", new Sequential([.. blocks]));
        _last = Child("last", new ConvBatchNorm(channels, last, 1, 1, rng.Split("last")));
        _head = Child("head", new Linear(last, classes, rng.Split("head")));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        x = _blocks.Forward(_stem.Forward(x).Clip(0, 6));
        return _head.Forward(_last.Forward(x).Clip(0, 6).GlobalAveragePool().Flatten(1));
    }

    // The nearest multiple of 8, at least 8, and never below nine tenths.
    private static int Rounded(double channels)
    {
        int rounded = Math.Max(8, (int)(channels + 4) / 8 * 8);
        return rounded < 0.9 * channels ? rounded + 8 : rounded;
    }
}
