using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = f over some axes of x. Shapes: the axes vanish, or stay with size 1 when <paramref name="KeepDims"/>.</summary>
/// <param name="Axes">The axes, negative ones counting from the end; all when empty.</param>
/// <param name="KeepDims">Reduced axes stay with size 1.</param>
public abstract record ReduceOp(Dims Axes, bool KeepDims) : Op
{
    /// <summary>f.</summary>
    protected abstract ReduceFunction Function { get; }

    /// <inheritdoc/>
    public sealed override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        bool[] reduced = Reduced(inputs[0].Shape);
        List<Dim> dims = [];
        for (int i = 0; i < reduced.Length; i++)
        {
            if (!reduced[i]) dims.Add(inputs[0].Shape[i]);
            else if (KeepDims) dims.Add(1);
        }
        return [new(inputs[0].Type, [.. dims])];
    }

    /// <inheritdoc/>
    public sealed override Step Lower(ReadOnlySpan<TensorType> inputs)
    {
        Shape shape = inputs[0].Shape;
        return new ReduceStep(Function, Array.ConvertAll(Axes.ToArray(), a => shape.Axis(a, Name)));
    }

    /// <summary>dx, given x, y and dy; in tensor ops.</summary>
    protected abstract Tensor Gradient(Tensor x, Tensor y, Tensor dy);

    /// <inheritdoc/>
    public sealed override Tensor?[] Gradient(GradientContext context) => [Gradient(context.Inputs[0], context.Outputs[0], context.Dy)];

    // dy to the elements equal to y, in equal shares. Which they are is locally constant.
    private protected Tensor Share(Tensor x, Tensor y, Tensor dy)
    {
        Tensor chosen = x.Equal(y.Spread(Axes, KeepDims, x.Shape)).Cast(dy.Type);
        return (dy / chosen.ReduceSum(Axes, KeepDims)).Spread(Axes, KeepDims, x.Shape) * chosen;
    }

    private bool[] Reduced(Shape shape)
    {
        bool[] reduced = new bool[shape.Rank];
        foreach (int axis in Axes)
        {
            ref bool flag = ref reduced[shape.Axis(axis, Name)];
            Ensure.Shape(!flag, $"{Name}: axis {axis} occurs twice in {Axes}.");
            flag = true;
        }
        if (Axes.Count == 0) Array.Fill(reduced, true);
        return reduced;
    }
}

/// <summary>y = Σ x over axes. Float32 sums are pairwise.</summary>
/// <param name="Axes">The axes; all when empty.</param>
/// <param name="KeepDims">Reduced axes stay with size 1.</param>
public sealed partial record ReduceSum(Dims Axes, bool KeepDims) : ReduceOp(Axes, KeepDims)
{
    /// <inheritdoc/>
    protected override ReduceFunction Function => ReduceFunction.Sum;

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => dy.Spread(Axes, KeepDims, x.Shape);
}

/// <summary>y = Σ x / n over axes of n elements together.</summary>
/// <param name="Axes">The axes; all when empty.</param>
/// <param name="KeepDims">Reduced axes stay with size 1.</param>
public sealed partial record ReduceMean(Dims Axes, bool KeepDims) : ReduceOp(Axes, KeepDims)
{
    /// <inheritdoc/>
    protected override ReduceFunction Function => ReduceFunction.Mean;

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => (dy / ((double)x.Length / y.Length)).Spread(Axes, KeepDims, x.Shape);
}

/// <summary>y = max x over axes. Equal maxima share the gradient equally.</summary>
/// <param name="Axes">The axes; all when empty.</param>
/// <param name="KeepDims">Reduced axes stay with size 1.</param>
public sealed record ReduceMax(Dims Axes, bool KeepDims) : ReduceOp(Axes, KeepDims)
{
    /// <inheritdoc/>
    protected override ReduceFunction Function => ReduceFunction.Max;

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => Share(x, y, dy);
}

/// <summary>y = min x over axes. Equal minima share the gradient equally.</summary>
/// <param name="Axes">The axes; all when empty.</param>
/// <param name="KeepDims">Reduced axes stay with size 1.</param>
public sealed record ReduceMin(Dims Axes, bool KeepDims) : ReduceOp(Axes, KeepDims)
{
    /// <inheritdoc/>
    protected override ReduceFunction Function => ReduceFunction.Min;

    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => Share(x, y, dy);
}

/// <summary>y = Π x over axes.</summary>
/// <param name="Axes">The axes; all when empty.</param>
/// <param name="KeepDims">Reduced axes stay with size 1.</param>
public sealed record ReduceProd(Dims Axes, bool KeepDims) : ReduceOp(Axes, KeepDims)
{
    /// <inheritdoc/>
    protected override ReduceFunction Function => ReduceFunction.Product;

    // The product of the others is y/x, at the only zero of a product that of the rest, and 0 where there are two.
    /// <inheritdoc/>
    protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy)
    {
        Tensor zero = Tensor.Scalar(0, x.Type), isZero = x.Equal(zero), zeros = isZero.Cast(x.Type).ReduceSum(Axes, KeepDims).Spread(Axes, KeepDims, x.Shape);
        Tensor rest = isZero.Where(Tensor.Scalar(1, x.Type), x), product = rest.ReduceProd(Axes, KeepDims).Spread(Axes, KeepDims, x.Shape);
        Tensor atZeros = zeros.Equal(Tensor.Scalar(1, x.Type)).Where(product, zero), elsewhere = zeros.Equal(zero).Where(product / rest, zero);
        return dy.Spread(Axes, KeepDims, x.Shape) * isZero.Where(atZeros, elsewhere);
    }
}

/// <summary>Reductions over axes.</summary>
public static class ReductionExtensions
{
    extension(Tensor x)
    {
        /// <summary>Σ x over <paramref name="axes"/> (all when empty).</summary>
        public Tensor ReduceSum(Dims axes = default, bool keepDims = false) => x.Apply(new ReduceSum(axes, keepDims));

        /// <summary>The mean of x over <paramref name="axes"/> (all when empty).</summary>
        public Tensor ReduceMean(Dims axes = default, bool keepDims = false) => x.Apply(new ReduceMean(axes, keepDims));

        /// <summary>The largest x over <paramref name="axes"/> (all when empty).</summary>
        public Tensor ReduceMax(Dims axes = default, bool keepDims = false) => x.Apply(new ReduceMax(axes, keepDims));

        /// <summary>The smallest x over <paramref name="axes"/> (all when empty).</summary>
        public Tensor ReduceMin(Dims axes = default, bool keepDims = false) => x.Apply(new ReduceMin(axes, keepDims));

        /// <summary>Π x over <paramref name="axes"/> (all when empty).</summary>
        public Tensor ReduceProd(Dims axes = default, bool keepDims = false) => x.Apply(new ReduceProd(axes, keepDims));
    }
}
