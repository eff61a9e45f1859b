using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>What stands in for the input of a residual block where its shape changes. He et al. 2016, §3.3 and §4.1.</summary>
public enum Shortcut
{
    /// <summary>A: every stride-th position, with zero channels added on both sides; no parameters.</summary>
    PaddedIdentity,

    /// <summary>B: a 1×1 convolution with batch normalisation.</summary>
    Projection,
}

/// <summary>relu(x' + F(x)), F two convolutions of size 3 with batch normalisation, x' the input or its shortcut where shapes differ.</summary>
/// <remarks>He et al. 2016, eqs. (1), (2). Shapes: x [N, C, (H,) W] → y [N, M, (H',) W'].</remarks>
public sealed class BasicBlock : Module
{
    private readonly ConvBatchNorm _first, _second;
    private readonly Func<Tensor, Tensor> _shortcut = x => x;

    /// <summary>A block along <paramref name="rank"/> axes; the first convolution has the stride.</summary>
    /// <exception cref="ArgumentException">Option A is to lose channels.</exception>
    public BasicBlock(int inChannels, int outChannels, int stride, Rng rng, Shortcut shortcut = Shortcut.Projection, int rank = 2)
    {
        _first = Child("conv1", new ConvBatchNorm(inChannels, outChannels, 3, stride, rng.Split("conv1"), rank: rank));
        _second = Child("conv2", new ConvBatchNorm(outChannels, outChannels, 3, 1, rng.Split("conv2"), rank: rank));
        if (stride == 1 && inChannels == outChannels) return;
        if (shortcut == Shortcut.Projection)
        {
            _shortcut = Child("shortcut", new ConvBatchNorm(inChannels, outChannels, 1, stride, rng.Split("shortcut"), rank: rank)).Forward;
            return;
        }
        Ensure.Argument(outChannels >= inChannels, $"BasicBlock: a padded identity cannot turn {inChannels} channels into {outChannels}. Use a projection.");
        _shortcut = x => PaddedIdentity(x, stride, outChannels - inChannels);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        Tensor y = _second.Forward(_first.Forward(x).Relu());
        return (y + _shortcut(x)).Relu();
    }

    private static Tensor PaddedIdentity(Tensor x, int stride, int channels)
    {
        for (int axis = 2; axis < x.Rank && stride > 1; axis++) x = x.Slice(axis, 0, step: stride);
        int[] pads = new int[2 * x.Rank];
        (pads[1], pads[x.Rank + 1]) = (channels / 2, channels - (channels / 2));
        return channels == 0 ? x : x.Pad([.. pads]);
    }
}
