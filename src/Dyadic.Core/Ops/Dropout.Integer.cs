using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record Dropout : IIntegerOp
{
    // The elements that float32 keeps, times 1/(1 − p): a matter of the exponent where that is a power of two, else rounded once.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes || call.HasSums) return null;
        FixedPointTensor x = call.Codes(0);
        Tensor lying = x.Codes.ToContiguous(), kept = Tensor.Empty(lying.Shape, lying.Type);      // elements take their words in row-major order
        ulong threshold = CodeDropout.Threshold(Probability);
        if (lying.Type == DType.Int8) CodeDropout.Mask<sbyte>(lying.Span<sbyte>(), threshold, Seed, Stream, kept.Span<sbyte>(), call.Mode);
        else CodeDropout.Mask<short>(lying.Span<short>(), threshold, Seed, Stream, kept.Span<short>(), call.Mode);
        GC.KeepAlive(lying);
        DyadicScale scale = DyadicScale.Nearest(1 / (1 - (double)Probability), FixedPointSum.ScaleBits);
        if (int.IsPow2(scale.Multiplier)) return [new(new FixedPointTensor(kept, x.Exponent + int.Log2(scale.Multiplier) - scale.Shift, x.Bits))];
        Tensor y = call.Made(kept, (codes, rounding, draw) =>
            FixedPointSum.Scale(new(kept.Bytes(), x.Bits), x.Exponent, scale, codes, call.OutputBits, call.Headroom, rounding, draw, call.Mode));
        kept.Dispose();
        return [y];
    }
}
