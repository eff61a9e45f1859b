using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y[i] = x[start + i·step] along each of <paramref name="Axes"/>, up to but without end; a view of the same memory.</summary>
/// <param name="Starts">For each axis the first index; negative counts from the end, outside is clamped.</param>
/// <param name="Ends">For each axis where to stop; <see cref="int.MaxValue"/> or <see cref="int.MinValue"/> mean "to the end" of the walk.</param>
/// <param name="Axes">The sliced axes; empty means the first ones.</param>
/// <param name="Steps">For each axis the distance of two elements, negative to walk backwards; empty means 1.</param>
public sealed record Slice(Dims Starts, Dims Ends, Dims Axes, Dims Steps) : Op, IIntegerOp, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape y = inputs[0].Shape;
        foreach (SliceRange r in SliceRanges.Of(Name, Starts, Ends, Axes, Steps, y))
        {
            Dim d = y[r.Axis];
            if (r is not { Start: 0, End: int.MaxValue, Step: 1 }) y = y.With(r.Axis, d.IsKnown ? r.On(d).Count : Left(d, r));
        }
        return [new(inputs[0].Type, y)];
    }

    // No axis is as long: an end from here on is the end of the axis.
    private const int Endless = 1_000_000_000;

    // What a slice leaves of an axis whose size is a symbol; an axis is taken to be as long as what is cut off it.
    private static Dim Left(Dim d, SliceRange r) => r switch
    {
        { Step: 1, Start: 0, End: < 0 and > int.MinValue } => d - -r.End,
        { Step: 1, Start: >= 0, End: >= Endless } => d - r.Start,
        { Step: -1, Start: -1 or int.MaxValue, End: int.MinValue } => d,
        _ => Dim.Symbol($"({d}[{r.Start}:{r.End}:{r.Step}])"),
    };

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new SliceStep(SliceRanges.Of(Name, Starts, Ends, Axes, Steps, inputs[0].Shape));

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        Tensor x = inputs[0];
        Shape shape = x.Shape;
        int[] strides = x.Strides.ToArray();
        int offset = 0;
        foreach (SliceRange r in SliceRanges.Of(Name, Starts, Ends, Axes, Steps, shape))
        {
            (int first, int count) = r.On(shape[r.Axis]);
            shape = shape.With(r.Axis, count);
            if (count > 0) offset += first * strides[r.Axis];
            if (count > 1) strides[r.Axis] *= r.Step;
        }
        return [x.Restride(shape, strides, shape.Length == 0 ? 0 : offset)];
    }

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Shape x = context.Inputs[0].Shape;
        SliceRange[] ranges = SliceRanges.Of(Name, Starts, Ends, Axes, Steps, x);
        return [context.Dy.Apply(new SliceScatter(Starts, Ends, [.. ranges.Select(r => r.Axis)], Steps, [.. ranges.Select(r => x[r.Axis].Size)]))];
    }

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>The adjoint of <see cref="Slice"/>: y[start + i·step] = x[i] along each of <paramref name="Axes"/>, 0 elsewhere.</summary>
/// <param name="Starts">As in <see cref="Slice"/>.</param>
/// <param name="Ends">As in <see cref="Slice"/>.</param>
/// <param name="Axes">The axes, from 0.</param>
/// <param name="Steps">As in <see cref="Slice"/>.</param>
/// <param name="Sizes">The size of y along each of the axes.</param>
public sealed record SliceScatter(Dims Starts, Dims Ends, Dims Axes, Dims Steps, Dims Sizes) : Op, IIntegerOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape x = inputs[0].Shape, y = x;
        SliceRange[] ranges = SliceRanges.Of(Name, Starts, Ends, Axes, Steps, x);
        for (int i = 0; i < ranges.Length; i++)
        {
            int count = ranges[i].On(Sizes[i]).Count;
            Ensure.Shape(x[ranges[i].Axis] == count, $"SliceScatter: x is {x}, but axis {ranges[i].Axis} takes {count} elements of {Sizes[i]}.");
            y = y.With(ranges[i].Axis, Sizes[i]);
        }
        return [new(inputs[0].Type, y)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new SliceScatterStep(SliceRanges.Of(Name, Starts, Ends, Axes, Steps, inputs[0].Shape));

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(new Slice(Starts, Ends, Axes, Steps))];

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>The ranges that the attributes of a slice mean.</summary>
internal static class SliceRanges
{
    public static SliceRange[] Of(string op, Dims starts, Dims ends, Dims axes, Dims steps, Shape x)
    {
        int n = starts.Count;
        bool fits = ends.Count == n && (axes.Count == n || axes.Count == 0) && (steps.Count == n || steps.Count == 0);
        Ensure.Shape(fits, $"{op}: starts {starts}, ends {ends}, axes {axes} and steps {steps} differ in number.");
        var ranges = new SliceRange[n];
        for (int i = 0; i < n; i++)
        {
            int step = steps.Count == 0 ? 1 : steps[i], axis = x.Axis(axes.Count == 0 ? i : axes[i], op);
            Ensure.Shape(step != 0, $"{op}: the step of axis {axis} is 0.");
            Ensure.Shape(!ranges.AsSpan(0, i).ContainsAny([.. ranges.Take(i).Where(r => r.Axis == axis)]), $"{op}: axis {axis} is sliced twice by {axes}.");
            ranges[i] = new(axis, starts[i], ends[i], step);
        }
        return ranges;
    }
}

/// <summary>Parts of a tensor.</summary>
public static class SliceExtensions
{
    extension(Tensor x)
    {
        /// <summary>Elements start, start + step, … of one axis, up to but without <paramref name="end"/>; by the rules of <see cref="Ops.Slice"/>.</summary>
        public Tensor Slice(int axis, int start, int end = int.MaxValue, int step = 1) => x.Apply(new Slice([start], [end], [axis], [step]));

        /// <summary>The given range of each of the first axes: <c>x.Slice(2..5, .., ^3..)</c>.</summary>
        /// <exception cref="ShapeException">More ranges than axes, or a range outside its axis.</exception>
        public Tensor Slice(params ReadOnlySpan<Range> ranges)
        {
            Ensure.Shape(ranges.Length <= x.Rank, $"Slice: {ranges.Length} ranges for shape {x.Shape} of rank {x.Rank}.");
            List<int> axes = [], starts = [], ends = [];
            for (int axis = 0; axis < ranges.Length; axis++)
            {
                if (ranges[axis].Equals(Range.All)) continue;
                int size = x.Shape[axis], start = ranges[axis].Start.GetOffset(size), end = ranges[axis].End.GetOffset(size);
                Ensure.Shape(start >= 0 && start <= end && end <= size, $"Slice: range {ranges[axis]} does not lie within axis {axis} of {x.Shape}.");
                axes.Add(axis);
                starts.Add(start);
                ends.Add(end);
            }
            return axes.Count == 0 ? x : x.Apply(new Slice([.. starts], [.. ends], [.. axes], Dims.Empty));
        }

        /// <summary>Index <paramref name="index"/> of an axis, which disappears; negative indices count from the end.</summary>
        /// <exception cref="ShapeException">The index is outside the axis.</exception>
        public Tensor Select(int axis, int index)
        {
            int a = x.Shape.Axis(axis, "Select"), size = x.Shape[a];
            Ensure.Shape(index >= -size && index < size, $"Select: index {index} is outside axis {a} of {x.Shape}.");
            int at = index < 0 ? index + size : index;
            return x.Slice(a, at, at + 1).Squeeze(a);
        }
    }
}
