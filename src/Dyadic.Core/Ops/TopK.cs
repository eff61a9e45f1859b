using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>
/// The <paramref name="K"/> largest or smallest x along an axis, best first, and their indices (Int64); of equal values the one that comes first, and NaN is the
/// most extreme. Shapes: x [o…, n, i…] → values and indices [o…, K, i…].
/// </summary>
/// <param name="K">How many, 0 … n.</param>
/// <param name="Axis">The axis; negative counts from the end.</param>
/// <param name="Largest">Largest or smallest.</param>
public sealed record TopK(int K, int Axis = -1, bool Largest = true) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape x = inputs[0].Shape;
        int axis = x.Axis(Axis, Name);
        Ensure.Shape(K >= 0 && (!x[axis].IsKnown || K <= x[axis].Size), $"TopK: there are no {K} elements along axis {axis} of {x}.");
        return [new(inputs[0].Type, x.With(axis, K)), new(DType.Int64, x.With(axis, K))];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new TopKStep(inputs[0].Shape.Axis(Axis, Name), Largest);

    // Which are chosen is locally constant.
    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Shape x = context.Inputs[0].Shape;
        int axis = x.Axis(Axis, Name);
        return [context.Dy.Apply(new GatherElementsGradient(axis, x[axis]), context.Outputs[1])];
    }
}

/// <summary>The best of many.</summary>
public static class TopKExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.TopK"/>
        public (Tensor Values, Tensor Indices) TopK(int k, int axis = -1, bool largest = true) => Door.Run(new TopK(k, axis, largest), x) is [var values, var indices] ? (values, indices) : default;
    }
}
