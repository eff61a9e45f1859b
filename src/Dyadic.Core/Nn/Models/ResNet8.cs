using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>
/// A residual network of eight layers for small images: a 3×3 stem of w channels, three stages of one basic block with w, 2w and 4w
/// channels and strides 1, 2, 2, global average pooling and a linear classifier. Shapes: x [N, C, H, W] → logits [N, classes].
/// </summary>
/// <remarks>He et al. 2016, §4.2 with n = 1; shortcuts that change the shape are 1×1 convolutions (option B).</remarks>
public sealed class ResNet8 : Module
{
    private readonly ConvBatchNorm _stem;
    private readonly BasicBlock[] _stages;
    private readonly Linear _head;

    /// <summary>A network with parameters from <paramref name="rng"/>.</summary>
    public ResNet8(int inChannels, int classes, Rng rng, int width = 16)
    {
        _stem = Child("stem", new ConvBatchNorm(inChannels, width, 3, 1, rng.Split("stem")));
        _stages =
        [
            Child("stage1", new BasicBlock(width, width, 1, rng.Split("stage1"))),
            Child("stage2", new BasicBlock(width, 2 * width, 2, rng.Split("stage2"))),
            Child("stage3", new BasicBlock(2 * width, 4 * width, 2, rng.Split("stage3"))),
        ];
        _head = Child("head", new Linear(4 * width, classes, rng.Split("head")));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        x = _stem.Forward(x).Relu();
        foreach (BasicBlock stage in _stages) x = stage.Forward(x);
        return _head.Forward(x.GlobalAveragePool().Flatten(1));
    }
}

/// <summary>Convolution without bias, then batch normalisation; padding keeps the size at stride 1.</summary>
public sealed class ConvBatchNorm : Module
{
    private readonly Conv2D _conv;
    private readonly BatchNorm2D _norm;

    /// <summary>A pair with the given kernel size and stride.</summary>
    public ConvBatchNorm(int inChannels, int outChannels, int kernel, int stride, Rng rng, int groups = 1)
    {
        _conv = Child("conv", new Conv2D(inChannels, outChannels, kernel, rng, stride, padding: kernel / 2, groups: groups, bias: false));
        _norm = Child("norm", new BatchNorm2D(outChannels));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => _norm.Forward(_conv.Forward(x));
}

/// <summary>relu(x' + F(x)), F two 3×3 convolutions with batch normalisation, x' the input or its 1×1 projection where shapes differ.</summary>
/// <remarks>He et al. 2016, eqs. (1), (2).</remarks>
public sealed class BasicBlock : Module
{
    private readonly ConvBatchNorm _first, _second;
    private readonly ConvBatchNorm? _shortcut;

    /// <summary>A block; the first convolution has the stride.</summary>
    public BasicBlock(int inChannels, int outChannels, int stride, Rng rng)
    {
        _first = Child("conv1", new ConvBatchNorm(inChannels, outChannels, 3, stride, rng.Split("conv1")));
        _second = Child("conv2", new ConvBatchNorm(outChannels, outChannels, 3, 1, rng.Split("conv2")));
        if (stride != 1 || inChannels != outChannels)
            _shortcut = Child("shortcut", new ConvBatchNorm(inChannels, outChannels, 1, stride, rng.Split("shortcut")));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        Tensor y = _second.Forward(_first.Forward(x).Relu());
        return (y + (_shortcut?.Forward(x) ?? x)).Relu();
    }
}
