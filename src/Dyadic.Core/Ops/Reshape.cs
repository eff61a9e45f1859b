using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y = the elements of x in the same row-major order, under other dimensions.</summary>
public abstract record ReshapeOp : Op, IIntegerOp, IStringOp
{
    /// <summary>The shape of y, possibly symbolic.</summary>
    protected abstract Shape Result(Shape x);

    /// <inheritdoc/>
    public sealed override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [new(inputs[0].Type, Result(inputs[0].Shape))];

    /// <inheritdoc/>
    public sealed override Step Lower(ReadOnlySpan<TensorType> inputs) => new CopyStep(Name.ToLowerInvariant());

    /// <inheritdoc/>
    public sealed override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        Shape shape = Result(inputs[0].Shape);
        return [inputs[0].ToContiguous().Restride(shape, shape.RowMajorStrides())];
    }

    /// <inheritdoc/>
    public sealed override Tensor?[] Gradient(GradientContext context) => [context.Dy.Reshape(context.Inputs[0].Shape)];

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>y = x under the dimensions <paramref name="Target"/>: 0 keeps the dimension of x at that place, one −1 takes what is left.</summary>
/// <param name="Target">The dimensions of y. A 0 or −1 lets a symbolic batch pass.</param>
public sealed record Reshape(Dims Target) : ReshapeOp
{
    /// <inheritdoc/>
    protected override Shape Result(Shape x)
    {
        var dims = new Dim[Target.Count];
        int inferred = -1;
        for (int i = 0; i < dims.Length; i++)
        {
            int t = Target[i];
            Ensure.Shape(t >= -1, $"Reshape: target {Target} holds {t}; use sizes, 0 (keep) or one −1 (infer).");
            Ensure.Shape(t != 0 || i < x.Rank, $"Reshape: target {Target} keeps dimension {i}, but x is {x}.");
            Ensure.Shape(t != -1 || inferred < 0, $"Reshape: target {Target} holds more than one −1.");
            if (t == -1) inferred = i;
            dims[i] = t == 0 ? x[i] : Math.Abs(t);   // −1 counts as 1 until it is inferred
        }
        Dim left = Left(x, dims, inferred >= 0);
        if (inferred >= 0) dims[inferred] = left;
        else Ensure.Shape(left == 1, $"Reshape: x is {x} and the target {Target}; the numbers of elements differ. Use −1 for a dimension.");
        return Shape.Create(dims);
    }

    // Product of x's dimensions over product of the target's; symbols on both sides cancel first.
    private Dim Left(Shape x, Dim[] target, bool infer)
    {
        List<Dim> above = [.. x.Span], below = [];
        foreach (Dim d in target)
            if (d.IsKnown || !above.Remove(d)) below.Add(d);
        long knownAbove = Product(above), knownBelow = Product(below);
        if (knownAbove == 0 && knownBelow == 0) return infer ? 0 : 1;
        bool fits = knownBelow != 0 && knownAbove % knownBelow == 0 && below.TrueForAll(d => d.IsKnown);
        Ensure.Shape(fits, $"Reshape: x is {x} and the target {Target}; the numbers of elements do not divide.");
        return above.Where(d => !d.IsKnown).Aggregate((Dim)checked((int)(knownAbove / knownBelow)), (a, b) => b * a);
    }

    private static long Product(List<Dim> dims) => dims.Where(d => d.IsKnown).Aggregate(1L, (n, d) => n * d.Size);
}

/// <summary>y [d₀·…·dₐ₋₁, dₐ·…] = x [d₀, …]: all axes before <paramref name="Axis"/> become one, all others another.</summary>
/// <param name="Axis">The first axis of the second part, −rank … rank.</param>
public sealed record Flatten(int Axis = 1) : ReshapeOp
{
    /// <inheritdoc/>
    protected override Shape Result(Shape x)
    {
        Ensure.Shape(Axis >= -x.Rank && Axis <= x.Rank, $"Flatten: axis {Axis} does not exist in shape {x} of rank {x.Rank}.");
        int axis = Axis < 0 ? Axis + x.Rank : Axis;
        return [Product(x.Span[..axis]), Product(x.Span[axis..])];
    }

    private static Dim Product(ReadOnlySpan<Dim> dims)
    {
        Dim product = 1;
        foreach (Dim d in dims) product *= d;
        return product;
    }
}

/// <summary>y = x without the given axes of size 1.</summary>
/// <param name="Axes">Axes of x; empty means every axis whose size is known to be 1.</param>
public sealed record Squeeze(Dims Axes) : ReshapeOp
{
    /// <inheritdoc/>
    protected override Shape Result(Shape x)
    {
        HashSet<int> gone = [];
        foreach (int given in Axes)
        {
            int axis = x.Axis(given, Name);
            Ensure.Shape(x[axis] == 1 || !x[axis].IsKnown, $"Squeeze: axis {given} of {x} has size {x[axis]}, not 1.");
            gone.Add(axis);
        }
        var kept = Enumerable.Range(0, x.Rank).Where(a => Axes.Count == 0 ? x[a] != 1 : !gone.Contains(a));
        return Shape.Create([.. kept.Select(a => x[a])]);
    }
}

/// <summary>y = x with axes of size 1 added.</summary>
/// <param name="Axes">Axes of y; negative ones count from its end.</param>
public sealed record Unsqueeze(Dims Axes) : ReshapeOp
{
    /// <inheritdoc/>
    protected override Shape Result(Shape x)
    {
        int rank = x.Rank + Axes.Count;
        var dims = new Dim?[rank];
        foreach (int axis in Axes)
        {
            Ensure.Shape(axis >= -rank && axis < rank, $"Unsqueeze: axis {axis} does not exist in a result of rank {rank}; x is {x}.");
            int at = axis < 0 ? axis + rank : axis;
            Ensure.Shape(dims[at] is null, $"Unsqueeze: axes {Axes} name axis {at} twice.");
            dims[at] = 1;
        }
        int next = 0;
        for (int i = 0; i < rank; i++) dims[i] ??= x[next++];
        return Shape.Create(Array.ConvertAll(dims, d => d!.Value));
    }
}

/// <summary>y = x, row-major without gaps.</summary>
public sealed record Contiguous : ReshapeOp
{
    /// <inheritdoc/>
    protected override Shape Result(Shape x) => x;
}

/// <summary>Ops that change the dimensions and keep the order of the elements.</summary>
public static class ReshapeExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.Reshape"/>
        /// <param name="target">Sizes; 0 keeps a dimension, one −1 takes what is left.</param>
        public Tensor Reshape(params ReadOnlySpan<int> target) => x.Apply(new Reshape(Dims.Create(target)));

        /// <summary>x under <paramref name="shape"/>; a shape with an empty axis keeps it.</summary>
        public Tensor Reshape(Shape shape) => x.Shape == shape ? x : shape.Contains(0) ? x.ReshapeEmpty(shape) : x.Reshape(shape.ToArray());

        /// <inheritdoc cref="Ops.Flatten"/>
        public Tensor Flatten(int axis = 1) => x.Apply(new Flatten(axis));

        /// <inheritdoc cref="Ops.Squeeze"/>
        public Tensor Squeeze(params ReadOnlySpan<int> axes) => x.Apply(new Squeeze(Dims.Create(axes)));

        /// <inheritdoc cref="Ops.Unsqueeze"/>
        public Tensor Unsqueeze(params ReadOnlySpan<int> axes) => x.Apply(new Unsqueeze(Dims.Create(axes)));

        /// <summary>x itself when it is row-major without gaps, else a copy that is.</summary>
        public Tensor Contiguous() => x.IsContiguous ? x : x.Apply(new Contiguous());

        // A target cannot say "size 0" (that keeps a dimension), and no element has to move.
        private Tensor ReshapeEmpty(Shape shape)
        {
            Ensure.Shape(x.Length == 0, $"Reshape: x is {x.Shape} and the target {shape}; the numbers of elements differ.");
            return Tensor.Zeros(shape, x.Type);
        }
    }
}
