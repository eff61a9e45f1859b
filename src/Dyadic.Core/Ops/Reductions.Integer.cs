using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Kernels.Managed;

namespace Dyadic.Ops;

public sealed partial record ReduceSum : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes || call.HasSums) return null;
        FixedPointTensor x = call.Codes(0);
        return [IntegerCall.Exact(CodeReduction.Sums(this, x), x.Exponent)];
    }
}

public sealed partial record ReduceMean : IIntegerOp
{
    // Σ q·⌊2ˢ/n⌉ at an exponent s lower: exact where n is a power of two.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes || call.HasSums || call.Inputs[0].Length == 0) return null;
        FixedPointTensor x = call.Codes(0);
        Tensor sums = CodeReduction.Sums(this, x);
        int n = x.Codes.Length / sums.Length, shift = CodeAverage.Shift(n);
        System.Numerics.Tensors.TensorPrimitives.Multiply(sums.Span<long>(), CodeAverage.Factor(n, shift), sums.Span<long>());
        return [IntegerCall.Exact(sums, x.Exponent - shift)];
    }
}

/// <summary>Sums of codes over axes, exact in 64 bits: who reads them as codes rounds them.</summary>
internal static class CodeReduction
{
    /// <summary>int64 sums of the shape that <paramref name="op"/> infers. Memory is read as it lies where the axes that vanish lie together, else put in order first.</summary>
    public static Tensor Sums(ReduceOp op, FixedPointTensor x)
    {
        Tensor codes = x.Codes, sums = Tensor.Empty(op.Infer([codes.TensorType])[0].Shape, DType.Int64);
        int[] gone = [.. op.Axes.Count == 0 ? Enumerable.Range(0, codes.Rank) : op.Axes.Select(a => codes.Shape.Axis(a, op.Name))];
        int[] inMemory = [.. gone.OrderByDescending(a => codes.Strides[a])], stay = [.. Enumerable.Range(0, codes.Rank).Except(gone)];
        Tensor rows = codes.Permuted([.. stay, .. inMemory]), columns = codes.Permuted([.. inMemory, .. stay]);
        Tensor lying = rows.IsContiguous ? rows : columns.ToContiguous();
        if (rows.IsContiguous) CodeTotals.OfRows(new(lying.Bytes(), x.Bits), sums.Span<long>());
        else CodeTotals.OfColumns(new(lying.Bytes(), x.Bits), sums.Span<long>());
        GC.KeepAlive(lying);
        return sums;
    }
}
