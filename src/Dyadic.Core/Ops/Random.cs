using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>
/// Random numbers in the shape of x: uniform in [<paramref name="A"/>, <paramref name="B"/>), or normal with mean A and deviation B. They depend on the seed and on
/// the place of an element alone: every run gives the same. Shapes: x [*] → y [*].
/// </summary>
/// <param name="IsNormal">Normal, else uniform.</param>
/// <param name="A">The least value, or the mean.</param>
/// <param name="B">The bound above, or the deviation.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Type">The element type of y: float32 or float64.</param>
public sealed record RandomLike(bool IsNormal, double A, double B, long Seed, DType Type = DType.Float32) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(Type is DType.Float32 or DType.Float64, $"RandomLike: random numbers of type {Type} are not supported. Cast float32 ones.");
        return [new(Type, inputs[0].Shape)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new RandomStep(IsNormal, A, B, unchecked((ulong)Seed));
}
