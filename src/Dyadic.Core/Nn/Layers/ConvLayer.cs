using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>Convolution along one or two axes with one kernel size, stride, padding and dilation for all of them.</summary>
public abstract class ConvLayer : Module
{
    private readonly Dims _strides, _pads, _dilations;
    private readonly int _groups;

    /// <summary>A layer whose weights are normal with variance 2/fan-out and whose bias is zero.</summary>
    private protected ConvLayer(
        int rank, int inChannels, int outChannels, int kernel, Rng rng, int stride, int padding, int dilation, int groups, bool bias)
    {
        Ensure.Argument(groups >= 1 && inChannels % groups == 0 && outChannels % groups == 0, $"{GetType().Name}: {groups} groups do not divide {inChannels} and {outChannels} channels.");
        (_strides, _pads, _dilations, _groups) = (Fill(rank, stride), Fill(2 * rank, padding), Fill(rank, dilation), groups);
        Shape shape = [outChannels, inChannels / groups, .. Enumerable.Repeat((Dim)kernel, rank)];
        Weight = Parameter("weight", Init.KaimingNormal(shape, rng.Split("weight"), fanOut: true));
        if (bias) Bias = Parameter("bias", Tensor.Zeros(Shape.Of(outChannels)));
    }

    /// <summary>[M, C/groups, k…].</summary>
    public Tensor Weight { get; }

    /// <summary>[M], or null.</summary>
    public Tensor? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Conv(Weight, Bias, _strides, _pads, _dilations, _groups);

    private static Dims Fill(int count, int value) => [.. Enumerable.Repeat(value, count)];
}

/// <summary>Convolution along one axis. Shapes: x [N, C, L] → y [N, M, L']; weight [M, C/groups, k], bias [M].</summary>
public sealed class Conv1D(
    int inChannels, int outChannels, int kernel, Rng rng, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool bias = true)
    : ConvLayer(1, inChannels, outChannels, kernel, rng, stride, padding, dilation, groups, bias);

/// <summary>Two-dimensional convolution. Shapes: x [N, C, H, W] → y [N, M, H', W']; weight [M, C/groups, k, k], bias [M].</summary>
public sealed class Conv2D(
    int inChannels, int outChannels, int kernel, Rng rng, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool bias = true)
    : ConvLayer(2, inChannels, outChannels, kernel, rng, stride, padding, dilation, groups, bias);
