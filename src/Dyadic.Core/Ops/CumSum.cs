using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y[i] = x[0] + … + x[i] along <paramref name="Axis"/>, added one after the other.</summary>
/// <param name="Axis">The axis; negative counts from the end.</param>
/// <param name="Exclusive">x[i] itself is left out.</param>
/// <param name="Reverse">The sums run from the end: x[i] + … + x[n − 1].</param>
public sealed record CumSum(int Axis, bool Exclusive = false, bool Reverse = false) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        _ = inputs[0].Shape.Axis(Axis, Name);
        return [inputs[0]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new CumulativeSumStep(inputs[0].Shape.Axis(Axis, Name), Exclusive, Reverse);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(this with { Reverse = !Reverse })];
}

/// <summary>Running sums.</summary>
public static class CumSumExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.CumSum"/>
        public Tensor CumSum(int axis, bool exclusive = false, bool reverse = false) => x.Apply(new CumSum(axis, exclusive, reverse));
    }
}
