using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y = x, then y[o, index[o, k, i], i] ∘= u[o, k, i]. Shapes: x [o…, n, i…], index and u [o′…, k, i′…] with o′ ≤ o and i′ ≤ i → y like x.</summary>
/// <remarks>Updates fall in row-major order. The gradient of a replacement holds where no two updates fall on one element; products and extremes have none.</remarks>
/// <param name="Axis">The axis along which the indices choose; negative counts from the end.</param>
/// <param name="Reduction">∘.</param>
public sealed record ScatterElements(int Axis = 0, ScatterReduction Reduction = ScatterReduction.Replace) : Op, IStringOp
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => Reduction is ScatterReduction.Replace or ScatterReduction.Add;

    bool IStringOp.TakesStrings => Reduction == ScatterReduction.Replace;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        GatherOps.CheckIndex(Name, inputs[1]);
        (Shape x, Shape index) = (inputs[0].Shape, inputs[1].Shape);
        int axis = x.Axis(Axis, Name);
        ScatterOps.CheckUpdates(Name, inputs, index);
        bool fits = index.Rank == x.Rank && Enumerable.Range(0, x.Rank).All(a => a == axis || !x[a].IsKnown || !index[a].IsKnown || index[a].Size <= x[a].Size);
        Ensure.Shape(fits, $"{Name}: indices of shape {index} do not fit x of shape {x}: only axis {axis} may be longer.");
        return [inputs[0]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new ScatterElementsStep(inputs[0].Shape.Axis(Axis, Name), Reduction);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Tensor index = context.Inputs[1], dy = context.Dy;
        Tensor? dx = Reduction == ScatterReduction.Add ? dy : context.Needs(0) ? Door.Run(new ScatterElements(Axis), dy, index, Tensor.Zeros(index.Shape, dy.Type))[0] : null;
        return [dx, null, context.Needs(2) ? ScatterOps.Cropped(dy, index.Shape, dy.Shape.Axis(Axis, Name)).GatherElements(index, Axis) : null];
    }
}

/// <summary>
/// y = x, then y[index[k…], i…] ∘= u[k…, i…]: slices named by tuples of indices. Shapes: x [n₀, …, n_d−1, i…], index [k…, d], u [k…, i…] → y like x.
/// </summary>
/// <remarks>Updates fall in row-major order. The gradient of a replacement holds where no two updates fall on one slice; products and extremes have none.</remarks>
/// <param name="Reduction">∘.</param>
public sealed record ScatterND(ScatterReduction Reduction = ScatterReduction.Replace) : Op, IStringOp
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => Reduction is ScatterReduction.Replace or ScatterReduction.Add;

    bool IStringOp.TakesStrings => Reduction == ScatterReduction.Replace;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        int depth = ScatterOps.Depth(Name, inputs[1], inputs[0].Shape, 0);
        ScatterOps.CheckUpdates(Name, inputs, [.. inputs[1].Shape.Span[..^1], .. inputs[0].Shape.Span[depth..]]);
        return [inputs[0]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new ScatterNDStep(Reduction);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Tensor index = context.Inputs[1], dy = context.Dy;
        Tensor? dx = Reduction == ScatterReduction.Add ? dy : context.Needs(0) ? Door.Run(new ScatterND(), dy, index, Tensor.Zeros(context.Inputs[2].Shape, dy.Type))[0] : null;
        return [dx, null, context.Needs(2) ? dy.GatherND(index) : null];
    }
}

/// <summary>
/// y[b…, k…, i…] = x[b…, index[b…, k…], i…]: slices named by tuples of indices. Shapes: x [b…, n₀, …, n_d−1, i…], index [b…, k…, d] → y [b…, k…, i…].
/// </summary>
/// <param name="Batch">How many leading axes x and the indices share.</param>
public sealed record GatherND(int Batch = 0) : Op, IIntegerOp, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (Shape x, Shape index) = (inputs[0].Shape, inputs[1].Shape);
        int depth = ScatterOps.Depth(Name, inputs[1], x, Batch);
        Ensure.Shape(Batch >= 0 && Batch < index.Rank && x.Span[..Batch].SequenceEqual(index.Span[..Batch]), $"{Name}: x {x} and indices {index} do not share {Batch} leading axes.");
        return [new(inputs[0].Type, [.. index.Span[..^1], .. x.Span[(Batch + depth)..]])];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new GatherNDStep(Batch);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Tensor x = context.Inputs[0], index = context.Inputs[1];
        return [Door.Run(new ScatterND(ScatterReduction.Add), Tensor.Zeros(x.Shape, x.Type), Batch == 0 ? index : WithBatch(index), context.Dy)[0], null];
    }

    // Each tuple with the indices of its batch in front.
    private Tensor WithBatch(Tensor index)
    {
        Shape tuples = index.Shape.With(-1, 1);
        Tensor[] parts = new Tensor[Batch + 1];
        for (int axis = 0; axis < Batch; axis++)
        {
            int[] column = new int[tuples.Rank];
            Array.Fill(column, 1);
            column[axis] = tuples[axis];
            Tensor places = Tensor.From<long>([.. Enumerable.Range(0, tuples[axis]).Select(i => (long)i)], Shape.Of(column));
            parts[axis] = places.Expand(tuples);
        }
        parts[Batch] = index.Cast(DType.Int64);
        return Door.Run(new Concat(-1), parts)[0];
    }

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>What the scattering ops check.</summary>
internal static class ScatterOps
{
    public static void CheckUpdates(string op, ReadOnlySpan<TensorType> inputs, Shape wanted)
    {
        Ensure.Shape(inputs[2].Type == inputs[0].Type, $"{op}: x is {inputs[0]}, the updates are {inputs[2]}. Cast one of them.");
        Ensure.Shape(inputs[2].Shape == wanted, $"{op}: the updates are {inputs[2]}, their shape must be {wanted}.");
    }

    /// <summary>How many indices a tuple has.</summary>
    public static int Depth(string op, TensorType index, Shape x, int batch)
    {
        GatherOps.CheckIndex(op, index);
        Ensure.Shape(index.Shape.Rank >= 1 && index.Shape[^1].IsKnown, $"{op}: indices of shape {index.Shape}; the last axis must hold tuples of a known length.");
        int depth = index.Shape[^1];
        Ensure.Shape(depth >= 1 && batch + depth <= x.Rank, $"{op}: tuples of {depth} indices do not fit x of shape {x}{(batch > 0 ? $" behind {batch} batch axes" : "")}.");
        return depth;
    }

    /// <summary>The leading part of dy that indices of a smaller shape reach.</summary>
    public static Tensor Cropped(Tensor dy, Shape index, int axis)
    {
        for (int a = 0; a < dy.Rank; a++)
            if (a != axis && index[a].Size < dy.Shape[a].Size) dy = dy.Slice(a, 0, index[a]);
        return dy;
    }
}

/// <summary>Writing by indices, and reading by tuples of them.</summary>
public static class ScatterExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.ScatterElements"/>
        public Tensor ScatterElements(Tensor index, Tensor updates, int axis, ScatterReduction reduction = ScatterReduction.Replace) => x.Apply(new ScatterElements(axis, reduction), index, updates);

        /// <inheritdoc cref="Ops.ScatterND"/>
        public Tensor ScatterND(Tensor index, Tensor updates, ScatterReduction reduction = ScatterReduction.Replace) => x.Apply(new ScatterND(reduction), index, updates);

        /// <inheritdoc cref="Ops.GatherND"/>
        public Tensor GatherND(Tensor index, int batch = 0) => x.Apply(new GatherND(batch), index);
    }
}
