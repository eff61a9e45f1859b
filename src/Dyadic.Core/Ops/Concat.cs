using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y = the inputs one after another along <paramref name="Axis"/>.</summary>
/// <param name="Axis">The axis; negative counts from the end.</param>
public sealed record Concat(int Axis) : Op, IIntegerOp, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Argument(inputs.Length > 0, $"Concat: there is no input.");
        TensorType first = inputs[0];
        int axis = first.Shape.Axis(Axis, Name);
        Dim sum = 0;
        Dim[] common = first.Shape.Span.ToArray();
        foreach (TensorType x in inputs)
        {
            Ensure.Shape(x.Type == first.Type && Merge(common, x.Shape, axis), $"Concat: {first} and {x} differ in more than the size of axis {axis}.");
            sum += x.Shape[axis];
        }
        common[axis] = sum;
        return [new(first.Type, [.. common])];
    }

    // False where a size other than that of the axis differs.
    private static bool Merge(Span<Dim> common, Shape x, int axis)
    {
        if (x.Rank != common.Length) return false;
        for (int i = 0; i < common.Length; i++)
        {
            if (i == axis) continue;
            if (Dim.Common(common[i], x[i]) is not { } dim) return false;
            common[i] = dim;
        }
        return true;
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new ConcatStep(inputs[0].Shape.Axis(Axis, Name));

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        int axis = context.Dy.Shape.Axis(Axis, Name), at = 0;
        var result = new Tensor?[context.Inputs.Count];
        for (int i = 0; i < result.Length; i++)
        {
            int size = context.Inputs[i].Shape[axis];
            if (context.Needs(i)) result[i] = context.Dy.Slice(axis, at, at + size);
            at += size;
        }
        return result;
    }

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Aligned(this, call);
}

/// <summary>x cut along <paramref name="Axis"/> into parts of the given sizes; views of the same memory.</summary>
/// <param name="Axis">The axis; negative counts from the end.</param>
/// <param name="Sizes">The size of each part; they add up to the size of the axis.</param>
public sealed record Split(int Axis, Dims Sizes) : Op, IIntegerOp, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        TensorType x = inputs[0];
        int axis = x.Shape.Axis(Axis, Name);
        bool fits = Sizes.All(s => s >= 0) && (!x.Shape[axis].IsKnown || x.Shape[axis] == Sizes.Sum());
        Ensure.Shape(fits, $"Split: parts {Sizes} do not add up to axis {axis} of {x.Shape}.");
        return [.. Sizes.Select(size => new TensorType(x.Type, x.Shape.With(axis, size)))];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new SplitStep(inputs[0].Shape.Axis(Axis, Name));

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in Kernels.ExecutionMode mode)
    {
        Tensor x = inputs[0];
        TensorType[] types = Infer([x.TensorType]);
        int axis = x.Shape.Axis(Axis, Name), at = 0;
        var parts = new Tensor[types.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = x.Restride(types[i].Shape, x.Strides.ToArray(), types[i].Shape.Length == 0 ? 0 : at * x.Strides[axis]);
            at += Sizes[i];
        }
        return parts;
    }

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        IEnumerable<Tensor> parts = context.OutputGradients.Select((g, i) => g ?? Tensor.Zeros(context.Outputs[i].Shape, context.Outputs[i].Type));
        return [Tensor.Concat(Axis, [.. parts])];
    }

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>Putting tensors together and taking them apart.</summary>
public static class ConcatExtensions
{
    extension(Tensor x)
    {
        /// <summary>The tensors one after another along <paramref name="axis"/>.</summary>
        public static Tensor Concat(int axis, params ReadOnlySpan<Tensor> tensors) => Door.Run(new Concat(axis), tensors)[0];

        /// <summary>The tensors, all of one shape, side by side along a new <paramref name="axis"/>.</summary>
        public static Tensor Stack(int axis, params ReadOnlySpan<Tensor> tensors)
        {
            var columns = new Tensor[tensors.Length];
            for (int i = 0; i < columns.Length; i++) columns[i] = tensors[i].Unsqueeze(axis);
            return Tensor.Concat(axis, columns);
        }

        /// <summary>x cut along <paramref name="axis"/> into parts of the given sizes.</summary>
        public Tensor[] Split(int axis, params ReadOnlySpan<int> sizes) => Door.Run(new Split(axis, Dims.Create(sizes)), x);

        /// <summary>x cut along <paramref name="axis"/> into <paramref name="parts"/> parts; the last one is smaller where they do not divide it.</summary>
        public Tensor[] Chunk(int parts, int axis = 0)
        {
            int size = x.Shape[x.Shape.Axis(axis, "Chunk")], each = (size + parts - 1) / Math.Max(parts, 1);
            Ensure.Shape(parts > 0, $"Chunk: {parts} parts of {x.Shape}; at least 1 is needed.");
            return x.Split(axis, [.. Enumerable.Range(0, parts).Select(i => Math.Clamp(size - (i * each), 0, each))]);
        }
    }
}
