using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = a·b on the last two axes, the others broadcast; a vector is a row on the left and a column on the right.</summary>
/// <remarks>ONNX MatMul. Shapes: a [.., M, K], b [.., K, N] → y [.., M, N]; a [K] drops M, b [K] drops N. Transposed views are multiplied without a copy; bfloat16 is summed in float32.</remarks>
public sealed partial record MatMul : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (Shape a, Shape b) = (inputs[0].Shape, inputs[1].Shape);
        Contractions.SameFloats(inputs, Name, takesBFloat16: true);
        Ensure.Shape(a.Rank > 0 && b.Rank > 0, $"{Name}: a is {a} and b is {b}; a scalar is not a matrix. Use * instead?");
        Dim inner = b.Rank == 1 ? b[0] : b[-2];
        Ensure.Shape(a[-1] == inner || !a[-1].IsKnown || !inner.IsKnown, $"{Name}: inner sizes differ, a is {a} and b is {b}. Transpose b?");
        Shape batch = Shape.Broadcast(Batch(a), Batch(b), Name);
        List<Dim> dims = [.. batch.Span];
        if (a.Rank > 1) dims.Add(a[-2]);
        if (b.Rank > 1) dims.Add(b[-1]);
        return [new(inputs[0].Type, [.. dims])];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product() * inputs[0].Shape[-1].Size;

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new MatMulStep();

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        TensorType[] outputs = Infer(TypesOf(inputs));
        (Tensor a, bool transA) = Stored(inputs[0]);
        (Tensor b, bool transB) = Stored(inputs[1]);
        return RunStep(new MatMulStep(transA, transB), [a, b], outputs, mode);
    }

    // y = a·b, so da = dy·bᵀ and db = aᵀ·dy, each summed over the axes along which it was broadcast.
    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor a, Tensor b, Tensor dy) = (context.Inputs[0], context.Inputs[1], context.Dy);
        Tensor a2 = a.Rank == 1 ? a.Reshape(Shape.Of(1, a.Length)) : a, b2 = b.Rank == 1 ? b.Reshape(Shape.Of(b.Length, 1)) : b;
        if (a.Rank == 1 || b.Rank == 1) dy = dy.Reshape(Matrices(Shape.Broadcast(Batch(a.Shape), Batch(b.Shape), Name), a2.Shape[-2], b2.Shape[-1]));
        Tensor? da = context.Needs(0) ? dy.MatMul(b2.Transpose(-1, -2)).SumTo(a2.Shape).Reshape(a.Shape) : null;
        return [da, context.Needs(1) ? RightGradient(a2, b2, dy).Reshape(b.Shape) : null];
    }

    // For a single b the sum over the batch is part of one product.
    private static Tensor RightGradient(Tensor a, Tensor b, Tensor dy)
    {
        if (b.Rank > 2) return a.Transpose(-1, -2).MatMul(dy).SumTo(b.Shape);
        int rows = dy.Length / Math.Max(1, dy.Shape[-1].Size);
        Tensor left = a.Reshape(Shape.Of(rows, a.Shape[-1])), right = dy.Reshape(Shape.Of(rows, dy.Shape[-1]));
        return Stored(b).Transposed ? right.Transpose().MatMul(left).Transpose() : left.Transpose().MatMul(right);      // in the memory order of b
    }

    private static Shape Matrices(Shape batch, Dim rows, Dim columns) => [.. batch.Span, rows, columns];

    private static Shape Batch(Shape shape) => shape.Rank <= 2 ? Shape.Scalar : [.. shape.Span[..^2]];

    // A tensor whose last two axes are swapped in memory is read as it lies, with a flag.
    private static (Tensor Stored, bool Transposed) Stored(Tensor x)
    {
        if (x.Rank < 2 || x.IsContiguous) return (x, false);
        int[] strides = x.Strides.ToArray();
        (strides[^1], strides[^2]) = (strides[^2], strides[^1]);
        Tensor swapped = x.Restride(Swapped(x.Shape), strides);
        return swapped.IsContiguous ? (swapped, true) : (x, false);
    }

    private static Shape Swapped(Shape shape) => shape.With(-1, shape[-2]).With(-2, shape[-1]);
}

/// <summary>Matrix products on tensors.</summary>
public static class MatMulExtensions
{
    extension(Tensor a)
    {
        /// <summary>a·b on the last two axes, the others broadcast; see <see cref="Ops.MatMul"/>.</summary>
        /// <exception cref="ShapeException">The inner sizes differ, or the other axes do not broadcast.</exception>
        public Tensor MatMul(Tensor b) => a.Apply(new MatMul(), b);

        /// <summary>a·wᵀ + bias: a fully connected layer.</summary>
        /// <param name="weight">[N, K]; a is [.., K], the result [.., N].</param>
        /// <param name="bias">[N], or null for none.</param>
        public Tensor Linear(Tensor weight, Tensor? bias = null)
        {
            Tensor y = a.MatMul(weight.Transpose());
            return bias is null ? y : y + bias;
        }
    }
}
