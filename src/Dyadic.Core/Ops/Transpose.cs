using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y with axis a = axis <paramref name="Perm"/>[a] of x; a view of the same memory.</summary>
/// <param name="Perm">A permutation of 0 … rank − 1; empty reverses the axes.</param>
public sealed record Transpose(Dims Perm) : Op, IIntegerOp, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape x = inputs[0].Shape;
        return [new(inputs[0].Type, Shape.Create([.. Order(x).Select(a => x[a])]))];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new TransposeStep(Order(inputs[0].Shape));

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        Tensor x = inputs[0];
        int[] order = Order(x.Shape);
        return [x.Restride(Shape.Create([.. order.Select(a => x.Shape[a])]), Array.ConvertAll(order, a => x.Strides[a]))];
    }

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        int[] order = Order(context.Inputs[0].Shape), inverse = new int[order.Length];
        for (int a = 0; a < order.Length; a++) inverse[order[a]] = a;
        return [context.Dy.Permute(inverse)];
    }

    private int[] Order(Shape x)
    {
        if (Perm.Count == 0) return [.. Enumerable.Range(0, x.Rank).Reverse()];
        Ensure.Shape(Perm.Count == x.Rank, $"Transpose: permutation {Perm} has {Perm.Count} axes, x is {x} of rank {x.Rank}.");
        Ensure.Shape(Perm.Order().SequenceEqual(Enumerable.Range(0, x.Rank)), $"Transpose: {Perm} is no permutation of 0 … {x.Rank - 1}.");
        return Perm.ToArray();
    }

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>Orders of axes.</summary>
public static class TransposeExtensions
{
    extension(Tensor x)
    {
        /// <summary>x with its axes in reverse order.</summary>
        public Tensor Transpose() => x.Apply(new Transpose(Dims.Empty));

        /// <summary>x with two axes exchanged; negative axes count from the end.</summary>
        public Tensor Transpose(int axisA, int axisB)
        {
            int[] order = [.. Enumerable.Range(0, x.Rank)];
            (int a, int b) = (x.Shape.Axis(axisA, "Transpose"), x.Shape.Axis(axisB, "Transpose"));
            (order[a], order[b]) = (b, a);
            return x.Permute(order);
        }

        /// <inheritdoc cref="Ops.Transpose"/>
        public Tensor Permute(params ReadOnlySpan<int> perm) => x.Apply(new Transpose(Dims.Create(perm)));
    }
}
