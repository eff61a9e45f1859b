using Dyadic.Kernels;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps;

namespace Dyadic;

/// <summary>
/// An op that runs others, chosen by data: they pass the door one by one, in the current arithmetic, and are recorded on the tape as if they stood alone. It has no
/// place in a plan.
/// </summary>
public abstract record DataDrivenOp : Op
{
    /// <inheritdoc/>
    public sealed override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public sealed override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        throw new PlanException($"{Name}: what it does depends on data, so that it has no place in a plan. Run the graph node by node, or fix the inputs that decide.");

    /// <inheritdoc/>
    public abstract override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode);
}
