using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = erf x = 2/√π·∫₀ˣ exp(−t²) dt.</summary>
public sealed record Erf : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.Erf);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy * ((-(x * x)).Exp() * 1.1283791670955126);
}

/// <summary>Error functions.</summary>
public static class ErfExtensions
{
    extension(Tensor x)
    {
        /// <summary>erf x, element by element.</summary>
        public Tensor Erf() => x.Apply(new Erf());
    }
}
