using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>relu(norm(conv(x))), then the largest of every p values. Shapes: x [N, C, L] → y [N, M, L'/p], L' = ⌈L/s⌉ for an odd kernel.</summary>
public sealed class ConvBlock1D : Module
{
    private readonly ConvBatchNorm _conv;
    private readonly MaxPool1D? _pool;

    /// <summary>A block with the given kernel size, stride s and pooling p.</summary>
    public ConvBlock1D(int inChannels, int outChannels, int kernel, Rng rng, int stride = 1, int groups = 1, int pool = 1)
    {
        _conv = Child("conv", new ConvBatchNorm(inChannels, outChannels, kernel, stride, rng.Split("conv"), groups, rank: 1));
        if (pool > 1) _pool = Child("pool", new MaxPool1D(pool));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        Tensor y = _conv.Forward(x).Relu();
        return _pool is null ? y : _pool.Forward(y);
    }
}
