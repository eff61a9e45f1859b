using Dyadic.Arithmetics;

namespace Dyadic.Ops;

/// <summary>y = f(x), element by element. Shapes: x [*] → y [*], the same element type.</summary>
public abstract record UnaryOp : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [inputs[0]];

    /// <summary>dx, given x, y = f(x) and dy; in tensor ops.</summary>
    protected abstract Tensor Gradient(Tensor x, Tensor y, Tensor dy);

    /// <summary>The op (x, dy) → dx that does the same in one step, for gradients that are not differentiated again; null where there is none.</summary>
    private protected virtual Op? FusedGradient => null;

    // An emulated arithmetic sees every operation, and so the tensor ops.
    /// <inheritdoc/>
    public sealed override Tensor?[] Gradient(GradientContext context) =>
        [!context.CreateGraph && Arithmetic.Current is not EmulatedArithmetic && FusedGradient is { } op ? context.Inputs[0].Apply(op, context.Dy) : Gradient(context.Inputs[0], context.Outputs[0], context.Dy)];
}

/// <summary>y = f(a, b), element by element with broadcasting. Both inputs have the same element type.</summary>
public abstract record BinaryOp : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(
            inputs[0].Type == inputs[1].Type,
            $"{Name}: a is {inputs[0]} and b is {inputs[1]}; the element types differ. Cast one of them.");
        return [new(ResultType(inputs[0].Type), Shape.Broadcast(inputs[0].Shape, inputs[1].Shape, Name))];
    }

    /// <summary>The element type of the result: that of the inputs unless overridden.</summary>
    protected virtual DType ResultType(DType input) => input;

    /// <summary>da and db before the sum over broadcast axes, given a, b, y and dy; in tensor ops. Compute only what is needed.</summary>
    protected abstract (Tensor? Da, Tensor? Db) Gradient(Tensor a, Tensor b, Tensor y, Tensor dy, bool needsA, bool needsB);

    /// <inheritdoc/>
    public sealed override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor a, Tensor b) = (context.Inputs[0], context.Inputs[1]);
        (Tensor? da, Tensor? db) = Gradient(a, b, context.Outputs[0], context.Dy, context.Needs(0), context.Needs(1));
        return [da?.SumTo(a.Shape), db?.SumTo(b.Shape)];
    }
}
