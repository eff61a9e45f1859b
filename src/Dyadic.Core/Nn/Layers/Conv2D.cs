using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>Two-dimensional convolution. Shapes: x [N, C, H, W] → y [N, M, H', W']; weight [M, C/groups, k, k], bias [M].</summary>
public sealed class Conv2D : Module
{
    private readonly int _stride, _padding, _dilation, _groups;

    /// <summary>A layer whose weights are normal with variance 2/fan-out and whose bias is zero.</summary>
    public Conv2D(
        int inChannels, int outChannels, int kernel, Rng rng, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool bias = true)
    {
        Ensure.Argument(groups >= 1 && inChannels % groups == 0 && outChannels % groups == 0, $"Conv2D: {groups} groups do not divide {inChannels} and {outChannels} channels.");
        (_stride, _padding, _dilation, _groups) = (stride, padding, dilation, groups);
        Weight = Parameter("weight", Init.KaimingNormal(Shape.Of(outChannels, inChannels / groups, kernel, kernel), rng.Split("weight"), fanOut: true));
        if (bias) Bias = Parameter("bias", Tensor.Zeros(Shape.Of(outChannels)));
    }

    /// <summary>[M, C/groups, k, k].</summary>
    public Tensor Weight { get; }

    /// <summary>[M], or null.</summary>
    public Tensor? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Conv(
        Weight, Bias, strides: [_stride, _stride], pads: [_padding, _padding, _padding, _padding], dilations: [_dilation, _dilation], groups: _groups);
}
