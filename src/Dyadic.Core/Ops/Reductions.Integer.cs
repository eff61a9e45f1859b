using Dyadic.Arithmetics;
using Dyadic.Kernels.Managed;

namespace Dyadic.Ops;

public sealed partial record ReduceSum : IIntegerOp
{
    // Sums of codes are exact. Where the axes that stay are not the last ones in memory, float32 adds up.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes || call.HasSums) return null;
        FixedPointTensor x = call.Codes(0);
        if (Ordered(x.Codes) is not { } lying) return null;
        Shape shape = Infer([call.Inputs[0].TensorType])[0].Shape;
        Tensor sums = Tensor.Empty(shape, DType.Int64);
        CodeTotals.OfColumns(new(lying.Bytes(), x.Bits), sums.Span<long>());
        GC.KeepAlive(lying);
        return [IntegerCall.Exact(sums, x.Exponent)];
    }

    // The memory of x where all axes that vanish lie outside of those that stay, which keep their order.
    private Tensor? Ordered(Tensor x)
    {
        HashSet<int> gone = [.. Axes.Count == 0 ? Enumerable.Range(0, x.Rank) : Axes.Select(a => x.Shape.Axis(a, Name))];
        int[] order = [.. Enumerable.Range(0, x.Rank).Where(gone.Contains).OrderByDescending(a => x.Strides[a]), .. Enumerable.Range(0, x.Rank).Where(a => !gone.Contains(a))];
        Tensor permuted = x.Permuted(order);
        return permuted.IsContiguous ? permuted : null;
    }
}
