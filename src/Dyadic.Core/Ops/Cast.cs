using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = x converted to another element type; see <see cref="CastStep"/> for the rules. Gradients pass between floating-point types.</summary>
/// <param name="To">The element type of y.</param>
/// <param name="Saturate">Whether what is too large for a float of 8 bits becomes its largest value; else infinity, or NaN where there is none.</param>
public sealed record Cast(DType To, bool Saturate = true) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => To.IsFloat();

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [new(To, inputs[0].Shape)];

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new CastStep(Saturate);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Cast(context.Inputs[0].Type)];
}

/// <summary>Conversion between element types.</summary>
public static class CastExtensions
{
    extension(Tensor x)
    {
        /// <summary>x converted to <paramref name="type"/>; x itself when it has that type.</summary>
        public Tensor Cast(DType type) => x.Type == type ? x : x.Apply(new Cast(type));
    }
}
