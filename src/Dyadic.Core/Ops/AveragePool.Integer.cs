using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record AveragePool : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) =>
        call.HasCodes && !call.HasSums ? [CodeAverages.Run(call, this, Infer([call.Inputs[0].TensorType])[0].Shape, spread: false)] : null;
}

public sealed partial record AveragePoolTranspose : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) =>
        call.HasCodes ? [CodeAverages.Run(call, Pool, Infer([call.Inputs[0].TensorType])[0].Shape, spread: true)] : null;
}

/// <summary>Averages over windows of codes, and codes spread over them: exact sums at a lower exponent, rounded once.</summary>
internal static class CodeAverages
{
    /// <summary>The result of shape <paramref name="to"/>, held channels-last.</summary>
    public static Tensor Run(IntegerCall call, AveragePool pool, Shape to, bool spread)
    {
        FixedPointTensor x = call.Codes(0);
        CodePixels pixels = CodePixels.Of(x.Codes);
        Window w = SlidingWindows.Lift(pool.Kernel.Span, pool.Strides, pool.Pads, pool.Dilations);
        (int height, int width) = (to.Rank == 4 ? to[2] : 1, to[-1]);
        (int tall, int wide, int outTall, int outWide) = spread ? (height, width, pixels.Height, pixels.Width) : (pixels.Height, pixels.Width, height, width);
        PoolGeometry g = new(
            pixels.Batch, pixels.Channels, tall, wide, outTall, outWide, w.KernelH, w.KernelW, w.StrideH, w.StrideW, w.Top, w.Left, w.Bottom, w.Right, w.DilationH, w.DilationW);
        bool fits = CodeAverage.Fits(x.Bits, w.Taps), padded = pool.CountIncludePad;
        Tensor sums = Tensor.Empty([to[0], .. to.Span[2..], to[1]], fits ? DType.Int32 : DType.Int64);
        CodeSpan codes = new(pixels.Memory.Bytes(), x.Bits);
        if (fits && spread) CodeAverage.Spread(in g, codes, padded, sums.Span<int>(), call.Mode);
        else if (fits) CodeAverage.Pool(in g, codes, padded, sums.Span<int>(), call.Mode);
        else if (spread) CodeAverage.Spread(in g, codes, padded, sums.Span<long>(), call.Mode);
        else CodeAverage.Pool(in g, codes, padded, sums.Span<long>(), call.Mode);
        GC.KeepAlive(pixels.Memory);
        return call.Rounded(CodePixels.Logical(sums), x.Exponent - CodeAverage.Shift(w.Taps));
    }
}
