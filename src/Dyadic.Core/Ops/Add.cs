using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = a + b.</summary>
public sealed record Add : BinaryOp
{
    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BinaryStep(BinaryFunction.Add);

    /// <inheritdoc/>
    protected override (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB) => (dy, dy);
}
