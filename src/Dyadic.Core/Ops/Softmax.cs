using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = exp(x) / Σ exp(x) along <paramref name="Axis"/>.</summary>
/// <param name="Axis">The axis of the sum; negative axes count from the end.</param>
/// <remarks>ONNX Softmax since opset 13. The largest value of each line is subtracted first, so nothing overflows.</remarks>
public sealed record Softmax(int Axis = -1) : Op, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => SoftmaxRules.Infer(1, inputs, Axis, Name);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new SoftmaxStep(SoftmaxFunction.Softmax, inputs[0].Shape.Axis(Axis, Name));

    // dx = y·(dy − Σ y·dy).
    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor y, Tensor dy) = (context.Outputs[0], context.Dy);
        if (!context.CreateGraph) return [y.Apply(new SoftmaxGradient(Axis, Logarithmic: false), dy)];
        return [y * (dy - (y * dy).SumTo(y.Shape.With(Axis, 1)))];
    }
}

/// <summary>y = x − ln Σ exp(x) along <paramref name="Axis"/>.</summary>
/// <param name="Axis">The axis of the sum; negative axes count from the end.</param>
/// <remarks>ONNX LogSoftmax since opset 13. The largest value of each line is subtracted first, so nothing overflows.</remarks>
public sealed record LogSoftmax(int Axis = -1) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => SoftmaxRules.Infer(1, inputs, Axis, Name);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new SoftmaxStep(SoftmaxFunction.LogSoftmax, inputs[0].Shape.Axis(Axis, Name));

    // dx = dy − exp(y)·Σ dy.
    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor y, Tensor dy) = (context.Outputs[0], context.Dy);
        if (!context.CreateGraph) return [y.Apply(new SoftmaxGradient(Axis, Logarithmic: true), dy)];
        return [dy - y.Exp() * dy.SumTo(y.Shape.With(Axis, 1))];
    }
}

/// <summary>(y, dy) → dx: the gradient of <see cref="Softmax"/> or <see cref="LogSoftmax"/> in one step.</summary>
/// <param name="Axis">The axis of the sum.</param>
/// <param name="Logarithmic">Whether y is a logarithm.</param>
/// <remarks>For gradients that are not differentiated again; those that are consist of tensor ops.</remarks>
internal sealed record SoftmaxGradient(int Axis, bool Logarithmic) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => SoftmaxRules.Infer(2, inputs, Axis, Name);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new SoftmaxStep(Logarithmic ? SoftmaxFunction.LogSoftmaxGradient : SoftmaxFunction.SoftmaxGradient, inputs[0].Shape.Axis(Axis, Name));
}

/// <summary>The shape rule of the softmax family.</summary>
internal static class SoftmaxRules
{
    public static TensorType[] Infer(int count, ReadOnlySpan<TensorType> inputs, int axis, string op)
    {
        Contractions.Inputs(count, inputs, op);
        Ensure.Shape(inputs[^1].Shape == inputs[0].Shape, $"{op}: dy is {inputs[^1]}, y is {inputs[0]}.");
        Contractions.SameFloats(inputs, op);
        inputs[0].Shape.Axis(axis, op);
        return [inputs[0]];
    }
}

/// <summary>Softmax on tensors.</summary>
public static class SoftmaxExtensions
{
    extension(Tensor x)
    {
        /// <summary>exp(x) / Σ exp(x) along <paramref name="axis"/>.</summary>
        public Tensor Softmax(int axis = -1) => x.Apply(new Softmax(axis));

        /// <summary>x − ln Σ exp(x) along <paramref name="axis"/>.</summary>
        public Tensor LogSoftmax(int axis = -1) => x.Apply(new LogSoftmax(axis));
    }
}
