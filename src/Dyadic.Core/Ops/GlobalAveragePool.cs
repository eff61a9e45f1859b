using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y[n, c] = the mean of plane x[n, c, ..].</summary>
/// <remarks>ONNX GlobalAveragePool. Shapes: x [N, C, ..] → y [N, C, 1, ..].</remarks>
public sealed partial record GlobalAveragePool : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape y = inputs[0].Shape;
        Contractions.SameFloats(inputs, Name);
        Ensure.Shape(y.Rank > 2, $"{Name}: x is {y}; [N, C, ..] with at least one spatial axis is needed.");
        for (int axis = 2; axis < y.Rank; axis++) y = y.With(axis, 1);
        return [new(inputs[0].Type, y)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new GlobalAverageStep();

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) =>
        [(context.Dy * ((double)context.Dy.Length / context.Inputs[0].Length)).Expand(context.Inputs[0].Shape)];
}

/// <summary>Global pooling on tensors.</summary>
public static class GlobalAveragePoolExtensions
{
    extension(Tensor x)
    {
        /// <summary>The mean of each plane: [N, C, ..] → [N, C, 1, ..].</summary>
        public Tensor GlobalAveragePool() => x.Apply(new GlobalAveragePool());
    }
}
