using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = x where x &gt; 0, a·x elsewhere.</summary>
/// <param name="Slope">a.</param>
/// <remarks>Maas, Hannun and Ng 2013, §2. The gradient at 0 is a.</remarks>
public sealed partial record LeakyRelu(float Slope) : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new UnaryStep(UnaryFunction.LeakyRelu, Slope);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => x.Apply(new LeakyReluGradient(Slope), dy);
}

/// <summary>dx = dy where x &gt; 0, a·dy elsewhere, in one pass. Inputs: x, dy.</summary>
/// <param name="Slope">a; 0 for the plain rectifier.</param>
public sealed partial record LeakyReluGradient(float Slope) : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(BinaryFunction.Rectify, Slope);

    // Piecewise constant in x, linear in dy.
    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) =>
        (null, needsB ? a.Apply(this, dy) : null);
}

/// <summary>Leaky rectifiers.</summary>
public static class LeakyReluExtensions
{
    extension(Tensor x)
    {
        /// <summary>x where x &gt; 0, <paramref name="slope"/>·x elsewhere.</summary>
        public Tensor LeakyRelu(float slope = 0.01f) => x.Apply(new LeakyRelu(slope));
    }
}
