using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Kernels.Managed;

namespace Dyadic.Ops;

public sealed partial record GlobalAveragePool : IIntegerOp
{
    // Σ q·⌊2ˢ/n⌉ at an exponent s lower: exact where n is a power of two.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes) return null;
        FixedPointTensor x = call.Codes(0);
        Shape y = Infer([call.Inputs[0].TensorType])[0].Shape;
        Tensor lying = x.Codes.Permuted([0, .. Enumerable.Range(2, x.Codes.Rank - 2), 1]).ToContiguous(), sums = Tensor.Empty(y, DType.Int64);
        int batch = y[0], channels = y[1], pixels = x.Codes.Length / Math.Max(1, batch * channels), shift = CodeAverage.Shift(pixels);
        long factor = CodeAverage.Factor(pixels, shift);
        int imageBytes = pixels * channels * lying.Type.Size();
        for (int n = 0; n < batch; n++)
        {
            Span<long> of = sums.Span<long>().Slice(n * channels, channels);
            CodeTotals.OfColumns(new(lying.Bytes().Slice(n * imageBytes, imageBytes), x.Bits), of);
            for (int c = 0; c < channels; c++) of[c] *= factor;
        }
        GC.KeepAlive(lying);
        return [call.Rounded(sums, x.Exponent - shift)];
    }
}
