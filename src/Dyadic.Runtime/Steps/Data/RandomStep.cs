using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y = random numbers, uniform in [a, b) or normal with mean a and deviation b; float32 and float64. The input gives the shape only.</summary>
/// <param name="normal">Normal, else uniform.</param>
/// <param name="a">The least value, or the mean.</param>
/// <param name="b">The bound above, or the deviation.</param>
/// <param name="seed">The same seed gives the same numbers.</param>
public sealed class RandomStep(bool normal, double a, double b, ulong seed) : Step
{
    /// <inheritdoc/>
    public override string Kernel => normal ? "random_normal" : "random_uniform";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        Rng rng = new(seed);
        TensorView y = outputs[0];
        for (int i = 0; i < y.Length; i++)
        {
            double x = normal ? a + (b * rng.NextGaussian()) : a + ((b - a) * rng.NextDouble());
            if (y.Type == DType.Float32) y.Span<float>()[i] = (float)x;
            else y.Span<double>()[i] = x;
        }
    }
}
