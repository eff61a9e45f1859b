namespace Dyadic.Nn;

/// <summary>Convolution without bias, then batch normalisation; padding keeps the size at stride 1. Shapes: x [N, C, (H,) W] → y [N, M, (H',) W'].</summary>
public sealed class ConvBatchNorm : Module
{
    private readonly ConvLayer _conv;
    private readonly BatchNorm2D _norm;

    /// <summary>A pair with the given kernel size and stride, along <paramref name="rank"/> axes.</summary>
    public ConvBatchNorm(int inChannels, int outChannels, int kernel, int stride, Rng rng, int groups = 1, int rank = 2)
    {
        Ensure.Argument(rank is 1 or 2, $"ConvBatchNorm: {rank} axes; a convolution runs along 1 or 2.");
        _conv = Child<ConvLayer>("conv", rank == 1
            ? new Conv1D(inChannels, outChannels, kernel, rng, stride, padding: kernel / 2, groups: groups, bias: false)
            : new Conv2D(inChannels, outChannels, kernel, rng, stride, padding: kernel / 2, groups: groups, bias: false));
        _norm = Child("norm", new BatchNorm2D(outChannels));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => _norm.Forward(_conv.Forward(x));
}
