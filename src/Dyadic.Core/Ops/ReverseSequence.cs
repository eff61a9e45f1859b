using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y[t, b, …] = x[lengths[b] − 1 − t, b, …] for t below lengths[b], else x[t, b, …]: the beginning of each sequence from its end.</summary>
/// <param name="TimeFirst">Whether time is axis 0 and the batch axis 1 (x [T, N, …]), or the other way round (x [N, T, …]).</param>
/// <remarks>ONNX ReverseSequence. Inputs x of any element type and int32 or int64 lengths [N], each from 0 to T; others are refused when it runs.</remarks>
public sealed record ReverseSequence(bool TimeFirst) : Op, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        GatherOps.CheckIndex(Name, inputs[1]);
        (Shape x, Shape lengths) = (inputs[0].Shape, inputs[1].Shape);
        bool fits = x.Rank >= 2 && lengths.Rank == 1 && (lengths[0] == x[TimeFirst ? 1 : 0] || !lengths[0].IsKnown || !x[TimeFirst ? 1 : 0].IsKnown);
        Ensure.Shape(fits, $"{Name}: x is {x} and the lengths {lengths}; a length for each sequence of [T, N, …] or [N, T, …] is needed.");
        return [inputs[0]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new ReverseSequenceStep(TimeFirst);

    // It is its own inverse, and a permutation: so also its own adjoint.
    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(this, context.Inputs[1]), null];
}
