using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>While training, sets each element to 0 with probability p and scales the others by 1/(1 − p); the identity otherwise.</summary>
/// <remarks>
/// Srivastava et al. 2014, §10. The mask of call n comes from stream n of the layer's generator; n is a buffer, so that a resumed run
/// draws the masks that it would have drawn.
/// </remarks>
public sealed class Dropout : Module
{
    private readonly float _probability;
    private readonly Rng _rng;
    private readonly Tensor _calls;

    /// <summary>A layer that drops with probability p in [0, 1).</summary>
    public Dropout(float probability, Rng rng)
    {
        Ensure.Argument(probability is >= 0 and < 1, $"Dropout: the probability is {probability}, it must be in [0, 1).");
        (_probability, _rng) = (probability, rng);
        _calls = Buffer("calls", Tensor.Zeros(Shape.Scalar, DType.Int64));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        if (!IsTraining || _probability == 0) return x;
        ref long calls = ref _calls.Span<long>()[0];
        return x.Dropout(_probability, _rng.Split(calls++));
    }
}
