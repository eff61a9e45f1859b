using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>
/// x + F(x) where the shapes agree, else F(x): F widens by t (1×1, ReLU6), filters each channel (3×3 depthwise, ReLU6) and narrows (1×1,
/// linear), each with batch normalisation. Shapes: x [N, C, H, W] → y [N, M, ⌈H/s⌉, ⌈W/s⌉].
/// </summary>
/// <remarks>Sandler et al. 2018, §3.3 and Table 1. At t = 1 there is nothing to widen.</remarks>
public sealed class InvertedResidual : Module
{
    private readonly ConvBatchNorm? _expand;
    private readonly ConvBatchNorm _depthwise, _project;
    private readonly bool _residual;

    /// <summary>A block of expansion t and stride s.</summary>
    public InvertedResidual(int inChannels, int outChannels, int stride, int expansion, Rng rng)
    {
        int inner = inChannels * expansion;
        if (expansion != 1) _expand = Child("expand", new ConvBatchNorm(inChannels, inner, 1, 1, rng.Split("expand")));
        _depthwise = Child("depthwise", new ConvBatchNorm(inner, inner, 3, stride, rng.Split("depthwise"), groups: inner));
        _project = Child("project", new ConvBatchNorm(inner, outChannels, 1, 1, rng.Split("project")));
        _residual = stride == 1 && inChannels == outChannels;
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        Tensor y = _expand is null ? x : _expand.Forward(x).Clip(0, 6);
        y = _project.Forward(_depthwise.Forward(y).Clip(0, 6));
        return _residual ? x + y : y;
    }
}
