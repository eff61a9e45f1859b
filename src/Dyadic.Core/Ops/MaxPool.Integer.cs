using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record MaxPool : IIntegerOp
{
    // Exact: comparisons of codes.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes) return null;
        FixedPointTensor x = call.Codes(0);
        Shape y = Infer([call.Inputs[0].TensorType])[0].Shape;
        CodePixels images = CodePixels.Of(x.Codes);
        Tensor largest = Tensor.Empty([y[0], .. y.Span[2..], y[1]], images.Memory.Type);
        CodePool.Max(Sizes(in images, y), new(images.Memory.Bytes(), x.Bits), largest.Bytes(), default, call.Mode);
        GC.KeepAlive(images.Memory);
        return [IntegerCall.Like(x, CodePixels.Logical(largest))];
    }

    internal WindowSizes Sizes(in CodePixels images, Shape y) =>
        images.Sizes(images.Channels, y.Rank == 4 ? y[2] : 1, y[-1], 1, SlidingWindows.Lift(Kernel.Span, Strides, Pads, Dilations));
}

public sealed partial record MaxPoolIndices : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes) return null;
        FixedPointTensor x = call.Codes(0);
        Shape y = Infer([call.Inputs[0].TensorType])[0].Shape;
        CodePixels images = CodePixels.Of(x.Codes);
        Tensor places = Tensor.Empty([y[0], .. y.Span[2..], y[1]], DType.Int32);
        CodePool.Max(new MaxPool(Kernel, Strides, Pads, Dilations, CeilMode).Sizes(in images, y), new(images.Memory.Bytes(), x.Bits), default, places.Span<int>(), call.Mode);
        GC.KeepAlive(images.Memory);
        return [CodePixels.Logical(places)];
    }
}

public sealed partial record PlaneScatter : IIntegerOp
{
    // Windows may share a pixel: what they add to it is summed, then brought back to the bits of a gradient.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes) return null;
        FixedPointTensor x = call.Codes(0);
        Shape y = Infer([call.Inputs[0].TensorType, call.Inputs[1].TensorType])[0].Shape;
        (CodePixels values, CodePixels places) = (CodePixels.Of(x.Codes), CodePixels.Of(call.Inputs[1]));
        Tensor sums = Tensor.Empty([y[0], .. y.Span[2..], y[1]], DType.Int32);
        int pixels = sums.Length / Math.Max(1, values.Batch * values.Channels);
        CodePool.Scatter(values.Batch, values.Channels, new(values.Memory.Bytes(), x.Bits), places.Memory.Span<int>(), pixels, sums.Span<int>(), call.Mode);
        GC.KeepAlive(values.Memory);
        GC.KeepAlive(places.Memory);
        return [call.Rounded(CodePixels.Logical(sums), x.Exponent)];
    }
}
