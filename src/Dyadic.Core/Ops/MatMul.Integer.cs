using Dyadic.Arithmetics;
using Dyadic.Kernels;

namespace Dyadic.Ops;

public sealed partial record MatMul : IIntegerOp
{
    // Ŷ = Â·B̂, with the exponents added. A sum of outer products over rows, the gradient of a layer's weights, stays as exact as it is.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        (FixedPointTensor a, FixedPointTensor b) = (call.Codes(0), call.Weights(1));
        Shape shape = Infer([call.Inputs[0].TensorType, call.Inputs[1].TensorType])[0].Shape;
        Tensor a2 = a.Codes.Rank == 1 ? a.Codes.Unsqueezed(0) : a.Codes, b2 = b.Codes.Rank == 1 ? b.Codes.Unsqueezed(1) : b.Codes;
        (CodeMatrices left, CodeMatrices right) = (CodeMatrices.Of(a2, a.Bits), CodeMatrices.Of(b2, b.Bits));
        Tensor sums = Sums(in left, in right, call.Mode, out ulong? largest);
        if (a.Codes.Rank == 1 || b.Codes.Rank == 1) sums = sums.ToContiguous().Restride(shape, shape.RowMajorStrides());
        bool isWeightGradient = call.IsBackward && left.IsTurned && shape.Rank == 2;
        return [isWeightGradient ? IntegerCall.Exact(sums, a.Exponent + b.Exponent) : call.Rounded(sums, a.Exponent + b.Exponent, largest)];
    }

    private Tensor Sums(in CodeMatrices a, in CodeMatrices b, ExecutionMode mode, out ulong? largest)
    {
        largest = null;
        Shape batch = Shape.Broadcast(a.Batch, b.Batch, Name);
        bool fits = CodeContraction.Fits(a.Columns, a.Bits, b.Bits), together = b.Batch.Length == 1 && !a.IsTurned;
        CodeProduct product = new(together ? a.Rows * a.Batch.Length : a.Rows, b.Columns, a.Columns, a.IsTurned, b.IsTurned);
        Shape stored = product.TurnedY ? [.. batch.Span, product.N, product.M] : [.. batch.Span, a.Rows, b.Columns];
        Tensor sums = Tensor.Empty(stored, fits ? DType.Int32 : DType.Int64);
        if (together || batch.Length == 1)
        {
            if (fits) largest = product.Run(a.Codes, b.Codes, sums.Span<int>(), mode);
            else product.Run(a.Codes, b.Codes, sums.Span<long>(), mode);
        }
        else
        {
            (int[] startsA, int[] startsB) = (a.Starts(batch), b.Starts(batch));
            if (fits) product.Batch(a.Codes, startsA, b.Codes, startsB, sums.Span<int>(), mode);
            else product.Batch(a.Codes, startsA, b.Codes, startsB, sums.Span<long>(), mode);
        }
        GC.KeepAlive(a.Memory);
        GC.KeepAlive(b.Memory);
        return product.TurnedY ? sums.SwapLast() : sums;
    }
}

/// <summary>Matrices of codes one after another in memory, stored as they are or turned.</summary>
/// <param name="Memory">[.., rows, columns], or turned [.., columns, rows]; contiguous.</param>
/// <param name="Batch">The axes before the matrix.</param>
/// <param name="Rows">Rows of a matrix.</param>
/// <param name="Columns">Columns of a matrix.</param>
/// <param name="IsTurned">Whether memory holds columns.</param>
/// <param name="Bits">Of a code.</param>
internal readonly record struct CodeMatrices(Tensor Memory, Shape Batch, int Rows, int Columns, bool IsTurned, int Bits)
{
    /// <summary>All of them; whoever reads keeps <see cref="Memory"/> reachable.</summary>
    public CodeSpan Codes => new(Memory.Bytes(), Bits);

    /// <summary>The matrices of the last two axes of <paramref name="x"/>. They are copied only where they do not lie one after another.</summary>
    public static CodeMatrices Of(Tensor x, int bits)
    {
        bool turned = !x.IsContiguous && x.Shape[-1] != 1 && x.Strides[^1] > x.Strides[^2];
        return new((turned ? x.SwapLast() : x).ToContiguous(), [.. x.Shape.Span[..^2]], x.Shape[-2], x.Shape[-1], turned, bits);
    }

    /// <summary>The first code of the matrix that each of <paramref name="batch"/> uses.</summary>
    public int[] Starts(Shape batch)
    {
        int size = Rows * Columns, skipped = batch.Rank - Batch.Rank;
        int[] starts = new int[batch.Length], own = Batch.RowMajorStrides(), all = batch.RowMajorStrides();
        for (int i = 0; i < starts.Length; i++)
            for (int axis = 0; axis < Batch.Rank; axis++)
                if (Batch[axis] != 1) starts[i] += i / all[axis + skipped] % batch[axis + skipped] * own[axis] * size;
        return starts;
    }
}
