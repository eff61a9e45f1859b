using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = min(max(x, Low), High); the gradient passes where Low ≤ x ≤ High.</summary>
/// <param name="Low">The smallest result; null for no bound.</param>
/// <param name="High">The largest result; null for no bound.</param>
public sealed partial record Clip(double? Low, double? High) : UnaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new UnaryStep(UnaryFunction.Clip, Low ?? double.NegativeInfinity, High ?? double.PositiveInfinity);

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => x.Apply(new ClipGradient(Low, High), dy);
}

/// <summary>dx = dy where Low ≤ x ≤ High, 0 elsewhere, in one pass. Inputs: x, dy.</summary>
/// <param name="Low">The lower bound; null for none.</param>
/// <param name="High">The upper bound; null for none.</param>
public sealed partial record ClipGradient(double? Low, double? High) : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new BinaryStep(BinaryFunction.Inside, Low ?? double.NegativeInfinity, High ?? double.PositiveInfinity);

    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) =>
        (null, needsB ? a.Apply(this, dy) : null);
}

/// <summary>Clipping.</summary>
public static class ClipExtensions
{
    extension(Tensor x)
    {
        /// <summary>min(max(x, <paramref name="low"/>), <paramref name="high"/>); a bound that is null is absent.</summary>
        public Tensor Clip(double? low, double? high) => x.Apply(new Clip(low, high));
    }
}
