using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>y = x·Wᵀ + b. Shapes: x [*, in] → y [*, out]; W [out, in], b [out].</summary>
public sealed class Linear : Module
{
    /// <summary>A layer with weights and bias uniform in ±1/√in.</summary>
    public Linear(int inFeatures, int outFeatures, Rng rng, bool bias = true)
    {
        Weight = Parameter("weight", Init.KaimingUniform(Shape.Of(outFeatures, inFeatures), rng.Split("weight"), Math.Sqrt(5)));
        float bound = 1 / MathF.Sqrt(inFeatures);
        if (bias) Bias = Parameter("bias", Tensor.Uniform(Shape.Of(outFeatures), rng.Split("bias"), -bound, bound));
    }

    /// <summary>W [out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>b [out], or null.</summary>
    public Tensor? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Linear(Weight, Bias);
}
