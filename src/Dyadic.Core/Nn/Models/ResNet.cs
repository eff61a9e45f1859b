using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>
/// A residual network of basic blocks: a stem, stages that double the channels and, from the second on, halve the size, global average
/// pooling and a linear classifier. Shapes: x [N, C, H, W] → logits [N, classes].
/// </summary>
/// <remarks>He et al. 2016. Parts: stem, stage1, stage2, …, head; a stage of several blocks numbers them from 0.</remarks>
public sealed class ResNet : Module
{
    private readonly ConvBatchNorm _stem;
    private readonly bool _pools;
    private readonly Module[] _stages;
    private readonly Linear _head;

    private ResNet(int inChannels, int classes, Rng rng, int width, int[] blocks, Shortcut shortcut, bool largeImages)
    {
        _pools = largeImages;
        _stem = Child("stem", new ConvBatchNorm(inChannels, width, largeImages ? 7 : 3, largeImages ? 2 : 1, rng.Split("stem")));
        _stages = new Module[blocks.Length];
        for (int i = 0, channels = width; i < blocks.Length; i++)
        {
            int outChannels = width << i;
            _stages[i] = Child($"stage{i + 1}", Stage(channels, outChannels, i == 0 ? 1 : 2, blocks[i], rng.Split($"stage{i + 1}"), shortcut));
            channels = outChannels;
        }
        _head = Child("head", new Linear(width << (blocks.Length - 1), classes, rng.Split("head")));
    }

    /// <summary>A network of 6n + 2 layers for small images: a 3×3 stem and three stages of n blocks with w, 2w and 4w channels.</summary>
    /// <param name="depth">6n + 2: 8, 20, 32, 44, 56, ….</param>
    /// <param name="inChannels">C.</param>
    /// <param name="classes">The number of logits.</param>
    /// <param name="rng">Of the initial weights.</param>
    /// <param name="width">w.</param>
    /// <param name="shortcut">Where shapes change; the paper's CIFAR-10 networks use option A throughout.</param>
    /// <remarks>He et al. 2016, §4.2.</remarks>
    /// <exception cref="ArgumentException">The depth is not 6n + 2.</exception>
    public static ResNet ForSmallImages(int depth, int inChannels, int classes, Rng rng, int width = 16, Shortcut shortcut = Shortcut.PaddedIdentity)
    {
        Ensure.Argument(depth >= 8 && depth % 6 == 2, $"ResNet: {depth} layers are not 6n + 2. Use 8, 20, 32, 44 or 56.");
        int n = (depth - 2) / 6;
        return new(inChannels, classes, rng, width, [n, n, n], shortcut, largeImages: false);
    }

    /// <summary>ResNet-18: four stages of two blocks with 64, 128, 256 and 512 channels, shortcuts of option B.</summary>
    /// <param name="inChannels">C.</param>
    /// <param name="classes">The number of logits.</param>
    /// <param name="rng">Of the initial weights.</param>
    /// <param name="largeImages">A 7×7 stem of stride 2 and 3×3 max pooling of stride 2, as for ImageNet; otherwise a 3×3 stem, as usual for CIFAR.</param>
    /// <param name="width">Channels of the first stage.</param>
    /// <remarks>He et al. 2016, Table 1.</remarks>
    public static ResNet ResNet18(int inChannels, int classes, Rng rng, bool largeImages = true, int width = 64) =>
        new(inChannels, classes, rng, width, [2, 2, 2, 2], Shortcut.Projection, largeImages);

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        x = _stem.Forward(x).Relu();
        if (_pools) x = x.MaxPool([3, 3], strides: [2, 2], pads: [1, 1, 1, 1]);
        foreach (Module stage in _stages) x = stage.Forward(x);
        return _head.Forward(x.GlobalAveragePool().Flatten(1));
    }

    private static Module Stage(int inChannels, int outChannels, int stride, int blocks, Rng rng, Shortcut shortcut)
    {
        if (blocks == 1) return new BasicBlock(inChannels, outChannels, stride, rng, shortcut);
        var parts = new Module[blocks];
        for (int i = 0; i < blocks; i++) parts[i] = new BasicBlock(i == 0 ? inChannels : outChannels, outChannels, i == 0 ? stride : 1, rng.Split(i), shortcut);
        return new Sequential(parts);
    }
}
