using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>y = γ·(x − μ)/√(σ² + ε) + β over the last dimension of x [*, D].</summary>
/// <remarks>Ba et al. 2016, eq. (4).</remarks>
public sealed class LayerNorm : Module
{
    private readonly float _epsilon;

    /// <summary>A layer with γ = 1, β = 0.</summary>
    public LayerNorm(int features, float epsilon = 1e-5f)
    {
        _epsilon = epsilon;
        Weight = Parameter("weight", Tensor.Ones(Shape.Of(features)));
        Bias = Parameter("bias", Tensor.Zeros(Shape.Of(features)));
    }

    /// <summary>γ [D].</summary>
    public Tensor Weight { get; }

    /// <summary>β [D].</summary>
    public Tensor Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.LayerNormalization(Weight, Bias, axis: -1, epsilon: _epsilon);
}
