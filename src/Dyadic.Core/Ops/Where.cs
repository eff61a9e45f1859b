using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = a where the condition holds, b elsewhere. Inputs: condition (Bool), a, b; all three broadcast.</summary>
public sealed partial record Where : Op, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs[0].Type == DType.Bool, $"Where: the condition is {inputs[0]}, not bool. Compare or Cast it.");
        Ensure.Shape(inputs[1].Type == inputs[2].Type, $"Where: a is {inputs[1]} and b is {inputs[2]}; the element types differ. Cast one of them.");
        Shape values = Shape.Broadcast(inputs[1].Shape, inputs[2].Shape, Name);
        return [new(inputs[1].Type, Shape.Broadcast(inputs[0].Shape, values, Name))];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new WhereStep();

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor condition, Tensor a, Tensor b) = (context.Inputs[0], context.Inputs[1], context.Inputs[2]);
        Tensor zero = Tensor.Scalar(0, context.Dy.Type);
        return
        [
            null,
            context.Needs(1) ? condition.Where(context.Dy, zero).SumTo(a.Shape) : null,
            context.Needs(2) ? condition.Where(zero, context.Dy).SumTo(b.Shape) : null,
        ];
    }
}

/// <summary>Choice between tensors.</summary>
public static class WhereExtensions
{
    extension(Tensor condition)
    {
        /// <summary>a where this Bool tensor is true, b elsewhere.</summary>
        public Tensor Where(Tensor a, Tensor b) => Door.Run(new Where(), condition, a, b)[0];
    }
}
