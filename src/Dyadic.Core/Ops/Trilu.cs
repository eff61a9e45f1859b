using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y[…, i, j] = x[…, i, j] where j − i ≥ <paramref name="Diagonal"/> (upper) or ≤ it (lower), 0 elsewhere.</summary>
/// <param name="Upper">The upper triangle stays, else the lower.</param>
/// <param name="Diagonal">How far the diagonal lies to the right of the main one.</param>
public sealed record Trilu(bool Upper, long Diagonal = 0) : Op, IIntegerOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs[0].Shape.Rank >= 2, $"Trilu: x is {inputs[0]}, no matrix. Reshape it.");
        return [inputs[0]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new TriangleStep(Upper, Diagonal);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(this)];

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>Triangles of matrices.</summary>
public static class TriluExtensions
{
    extension(Tensor x)
    {
        /// <summary>x on and above a diagonal of the last two axes, 0 below.</summary>
        public Tensor UpperTriangle(long diagonal = 0) => x.Apply(new Trilu(true, diagonal));

        /// <summary>x on and below a diagonal of the last two axes, 0 above.</summary>
        public Tensor LowerTriangle(long diagonal = 0) => x.Apply(new Trilu(false, diagonal));
    }
}
