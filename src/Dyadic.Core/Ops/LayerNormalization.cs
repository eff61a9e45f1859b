using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = (x − mean)/√(variance + ε)·scale + bias with mean and variance over the axes from <paramref name="Axis"/> on.</summary>
/// <param name="Axis">The first axis of a row; negative axes count from the end.</param>
/// <param name="Epsilon">ε.</param>
/// <remarks>Ba, Kiros and Hinton 2016; ONNX LayerNormalization, first output. Inputs: x, scale of a row's shape and, if wanted, bias of that shape.</remarks>
public sealed partial record LayerNormalization(int Axis = -1, float Epsilon = 1e-5f) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs.Length is 2 or 3, $"{Name}: {inputs.Length} inputs were given; x, scale and perhaps bias are needed.");
        CheckRows(inputs, Axis, Name);
        return [inputs[0]];
    }

    internal static void CheckRows(ReadOnlySpan<TensorType> inputs, int axis, string op)
    {
        Shape x = inputs[0].Shape;
        Contractions.SameFloats(inputs, op);
        Shape row = [.. x.Span[x.Axis(axis, op)..]];
        foreach (TensorType vector in inputs[1..]) Ensure.Shape(vector.Shape == row, $"{op}: scale or bias is {vector.Shape}, the rows of x {x} from axis {axis} on are {row}.");
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new LayerNormStep(inputs[0].Shape.Axis(Axis, Name), Epsilon);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor x, Tensor scale, Tensor dy) = (context.Inputs[0], context.Inputs[1], context.Dy);
        Tensor[] gradients = context.CreateGraph ? Composed(x, scale, dy) : Door.Run(new LayerNormalizationGradient(Axis, Epsilon), x, scale, dy);
        return gradients[..context.Inputs.Count];
    }

    // With r = 1/√(var + ε), x̂ = (x − mean)·r and g = dy·scale: dx = r·(g − mean(g) − x̂·mean(g·x̂)).
    private Tensor[] Composed(Tensor x, Tensor scale, Tensor dy)
    {
        Shape rows = x.Shape;
        for (int axis = x.Shape.Axis(Axis, Name); axis < x.Rank; axis++) rows = rows.With(axis, 1);
        double share = (double)rows.Length / x.Length;
        Tensor Mean(Tensor t) => t.SumTo(rows) * share;
        Tensor centered = x - Mean(x), r = 1 / (Mean(centered * centered) + Epsilon).Sqrt(), normal = centered * r, g = dy * scale;
        return [r * (g - Mean(g) - normal * Mean(g * normal)), (dy * normal).SumTo(scale.Shape), dy.SumTo(scale.Shape)];
    }
}

/// <summary>(x, scale, dy) → (dx, dscale, dbias): the gradient of <see cref="LayerNormalization"/> in one step.</summary>
/// <param name="Axis">The first axis of a row.</param>
/// <param name="Epsilon">ε.</param>
/// <remarks>For gradients that are not differentiated again; those that are consist of tensor ops.</remarks>
internal sealed partial record LayerNormalizationGradient(int Axis, float Epsilon) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Contractions.Inputs(3, inputs, Name);
        LayerNormalization.CheckRows(inputs[..2], Axis, Name);
        Ensure.Shape(inputs[2] == inputs[0], $"{Name}: dy is {inputs[2]}, y is {inputs[0]}.");
        return [inputs[0], inputs[1], inputs[1]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new LayerNormGradientStep(inputs[0].Shape.Axis(Axis, Name), Epsilon);
}

/// <summary>Layer normalisation on tensors.</summary>
public static class LayerNormalizationExtensions
{
    extension(Tensor x)
    {
        /// <summary>(x − mean)/√(variance + ε)·scale + bias over the axes from <paramref name="axis"/> on.</summary>
        /// <param name="scale">Of a row's shape.</param>
        /// <param name="bias">Of a row's shape, or null for none.</param>
        /// <param name="axis">The first axis of a row.</param>
        /// <param name="epsilon">ε.</param>
        public Tensor LayerNormalization(Tensor scale, Tensor? bias = null, int axis = -1, float epsilon = 1e-5f)
        {
            LayerNormalization op = new(axis, epsilon);
            return bias is null ? x.Apply(op, scale) : x.Apply(op, scale, bias);
        }
    }
}
