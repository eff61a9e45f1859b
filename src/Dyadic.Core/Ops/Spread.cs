using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = x repeated along <paramref name="Axes"/>, which a sum over them had removed: the adjoint of <see cref="ReduceSum"/>. A view.</summary>
/// <param name="Axes">The axes of y along which x is repeated; all when empty.</param>
/// <param name="KeepDims">Whether x has these axes, with size 1, or lacks them.</param>
/// <param name="Shape">The shape of y, which is known.</param>
public sealed record Spread(Dims Axes, bool KeepDims, Shape Shape) : Op, IIntegerOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape expected = new ReduceSum(Axes, KeepDims).Infer([new(inputs[0].Type, Shape)])[0].Shape;
        Ensure.Shape(inputs[0].Shape == expected, $"Spread: x is {inputs[0].Shape} but a sum of {Shape} over axes {Axes} is {expected}.");
        return [new(inputs[0].Type, Shape)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new SpreadStep(Strides(inputs[0].Shape.RowMajorStrides()));

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in Kernels.ExecutionMode mode)
    {
        Infer(TypesOf(inputs));
        return [inputs[0].Restride(Shape, Strides(inputs[0].Strides))];
    }

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.ReduceSum(Axes, KeepDims)];

    // 0 along the repeated axes, x's own strides along the others.
    private int[] Strides(ReadOnlySpan<int> own)
    {
        int[] strides = new int[Shape.Rank];
        for (int axis = 0, next = 0; axis < strides.Length; axis++)
        {
            bool repeated = Axes.Count == 0 || Axes.Any(a => (a < 0 ? a + strides.Length : a) == axis);
            if (!repeated) strides[axis] = own[next];
            if (!repeated || KeepDims) next++;
        }
        return strides;
    }

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>Repetition along reduced axes.</summary>
public static class SpreadExtensions
{
    extension(Tensor x)
    {
        /// <summary>x, a sum over <paramref name="axes"/>, repeated along them to <paramref name="shape"/>.</summary>
        public Tensor Spread(Dims axes, bool keepDims, Shape shape) => x.Apply(new Spread(axes, keepDims, shape));
    }
}
