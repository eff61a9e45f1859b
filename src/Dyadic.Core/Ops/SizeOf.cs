using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y = the size of an axis of x, as Int64. Shapes: x [*] → y [1].</summary>
/// <param name="Axis">The axis; negative counts from the end.</param>
public sealed record SizeOf(int Axis) : Op, IStringOp
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        _ = inputs[0].Shape.Axis(Axis, Name);
        return [new(DType.Int64, [1])];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new SizeStep(inputs[0].Shape.Axis(Axis, Name));
}

/// <summary>y = 0, 1, …, n − 1, the positions along an axis of x, as Int64. Shapes: x [o…, n, i…] → y [n].</summary>
/// <param name="Axis">The axis; negative counts from the end.</param>
public sealed record Positions(int Axis) : Op, IStringOp
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [new(DType.Int64, [inputs[0].Shape[inputs[0].Shape.Axis(Axis, Name)]])];

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new PositionsStep();
}

/// <summary>y = start, start + delta, … before the limit. Inputs start, limit and delta, scalars of one type. Shapes: [] , [], [] → y [max(⌈(limit − start)/delta⌉, 0)].</summary>
/// <param name="Count">The name of the unknown size in shapes that are inferred.</param>
public sealed record Arange(string Count) : CountingOp(Count)
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        foreach (TensorType x in inputs)
            Ensure.Shape(x.Type == inputs[0].Type && (x.Shape.Rank == 0 || x.Shape == Shape.Of(1)), $"Arange: an input is {x}; three scalars of one type are needed.");
        return [new(inputs[0].Type, [Dim.Symbol(Count)])];
    }

    private protected override Tensor[] Find(Tensor[] inputs)
    {
        double[] x = [.. inputs.Select(t => t.Cast(DType.Float64).Reshape().Item<double>())];
        double count = Math.Max(0, Math.Ceiling((x[1] - x[0]) / x[2]));
        if (!(count <= int.MaxValue)) throw new ShapeException($"Arange: from {x[0]} to {x[1]} in steps of {x[2]} are {count} numbers; at most 2147483647 are supported.");
        return RunStep(new RangeStep(), inputs, [new(inputs[0].Type, Shape.Of((int)count))], Door.Mode);
    }
}
