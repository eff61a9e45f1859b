using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record Conv : IIntegerOp
{
    // Ŷ = X̂ ∗ Ŵ + b̂, with the bias at the exponent of the sums.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        Tensor? bias = call.Inputs.Count > 2 ? call.Inputs[2] : null;
        (FixedPointTensor x, FixedPointTensor w) = (call.Codes(0), call.Weights(1));
        Shape y = Infer([.. call.Inputs.Select(i => i.TensorType)])[0].Shape;
        Window window = SlidingWindows.Lift(SlidingWindows.Spatial(w.Codes.Shape).Span, Strides, Pads, Dilations);
        CodePixels images = CodePixels.Of(x.Codes);
        return CodeConvolution.Run(call, in images, x, w.Codes.ToContiguous(), w, bias, y, Groups, in window) is { } result ? [result] : null;
    }
}

public sealed partial record ConvTranspose : IIntegerOp
{
    // A convolution with stride 1 of x, zeros between its pixels where the stride is larger, with the weights turned.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        Shape y = Infer([.. call.Inputs.Select(i => i.TensorType)])[0].Shape;
        (Shape x, Shape w) = (call.Inputs[0].Shape, call.Inputs[1].Shape);
        Window own = SlidingWindows.Lift(SlidingWindows.Spatial(w).Span, Strides, Pads, Dilations);
        int height = y.Rank == 4 ? y[2] : 1, width = y[-1], tall = ((x.Rank == 4 ? x[2].Size : 1) - 1) * own.StrideH + 1, wide = (x[-1].Size - 1) * own.StrideW + 1;
        int spanH = own.DilationH * (own.KernelH - 1), spanW = own.DilationW * (own.KernelW - 1), top = spanH - own.Top, left = spanW - own.Left;
        Window window = new(own.KernelH, own.KernelW, 1, 1, top, left, height - tall - top + spanH, width - wide - left + spanW, own.DilationH, own.DilationW);
        if (top < 0 || left < 0 || window.Bottom < 0 || window.Right < 0) return null;      // more is cut off than a window reaches: rare enough for float32
        (FixedPointTensor codes, FixedPointTensor weights) = (call.Codes(0), call.Weights(1));
        CodePixels images = CodePixels.Of(codes.Codes).Spread(own.StrideH, own.StrideW);
        Tensor turned = Turned(weights.Codes.ToContiguous(), own.Taps);
        Tensor? bias = call.Inputs.Count > 2 ? call.Inputs[2] : null;
        return CodeConvolution.Run(call, in images, codes, turned, weights, bias, y, Groups, in window) is { } result ? [result] : null;
    }

    // [C, M/g, kH, kW] → [M, C/g, kH, kW], mirrored.
    private Tensor Turned(Tensor w, int taps)
    {
        int outs = w.Shape[0] / Groups, ins = w.Shape[1];
        Tensor turned = Tensor.Empty([ins * Groups, outs, .. w.Shape.Span[2..]], w.Type);
        if (w.Type == DType.Int8) CodeImages.Turned<sbyte>(w.Span<sbyte>(), Groups, outs, ins, taps, turned.Span<sbyte>());
        else CodeImages.Turned<short>(w.Span<short>(), Groups, outs, ins, taps, turned.Span<short>());
        GC.KeepAlive(w);
        return turned;
    }
}

public sealed partial record ConvWeightGradient : IIntegerOp
{
    // dŴ = X̂ᵀ·dŶ, exact: sums in int64, which the optimiser rounds.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        (FixedPointTensor x, FixedPointTensor dy) = (call.Codes(0), call.Codes(1));
        Shape dw = Infer([call.Inputs[0].TensorType, call.Inputs[1].TensorType])[0].Shape;
        CodePixels images = CodePixels.Of(x.Codes), windows = CodePixels.Of(dy.Codes);
        WindowSizes sizes = images.Sizes(windows.Channels, windows.Height, windows.Width, Groups, SlidingWindows.Lift(Kernel.Span, Strides, Pads, Dilations));
        Tensor sums = Tensor.Empty(dw, DType.Int64);
        CodeWeightGradient.Run(in sizes, new(images.Memory.Bytes(), x.Bits), new(windows.Memory.Bytes(), dy.Bits), sums.Span<long>(), call.Mode);
        GC.KeepAlive(images.Memory);
        GC.KeepAlive(windows.Memory);
        return [IntegerCall.Exact(sums, x.Exponent + dy.Exponent)];
    }
}

/// <summary>The sums of a convolution, rounded.</summary>
internal static class CodeConvolution
{
    private const int BiasBits = 30;      // leaves room for the sum it is added to

    /// <summary>[N, M, (P,) Q] held channels-last; null where the bias is too large for the exponent of the sums.</summary>
    public static Tensor? Run(IntegerCall call, in CodePixels images, FixedPointTensor x, Tensor w, FixedPointTensor weights, Tensor? bias, Shape y, int groups, in Window window)
    {
        int exponent = x.Exponent + weights.Exponent;
        bool fits = CodeContraction.Fits(2L * w.Shape[1] * window.Taps, x.Bits, weights.Bits);      // twice: with a bias
        int[]? added = bias is null ? null : Bias(call, bias, exponent);
        if (bias is not null && added is null) return null;
        int height = y.Rank == 4 ? y[2] : 1, width = y[-1], outs = y[1];
        WindowSizes sizes = images.Sizes(outs, height, width, groups, in window);
        Tensor sums = Tensor.Empty([y[0], .. y.Span[2..], y[1]], fits ? DType.Int32 : DType.Int64);
        CodeSpan pixels = new(images.Memory.Bytes(), x.Bits), taps = new(w.Bytes(), weights.Bits);
        ulong? largest = null;
        if (fits) largest = CodeContraction.Run(in sizes, pixels, taps, byColumns: false, sums.Span<int>(), call.Mode);
        else CodeContraction.Run(in sizes, pixels, taps, byColumns: false, sums.Span<long>(), call.Mode);
        GC.KeepAlive(images.Memory);
        GC.KeepAlive(w);
        if (added is not null && fits) CodeImages.AddToRows(sums.Span<int>(), added);
        else if (added is not null) CodeImages.AddToRows(sums.Span<long>(), added);
        return call.Rounded(CodePixels.Logical(sums), exponent, added is null ? largest : null);
    }

    private static int[]? Bias(IntegerCall call, Tensor bias, int exponent)
    {
        Tensor floats = bias.FixedPoint is { } codes ? codes.ToTensor(call.Mode) : bias.ToContiguous();
        int[] added = new int[bias.Length];
        float largest = FixedPointMap.Largest(floats.Span<float>(), "a bias", call.Mode);
        if (FixedPointCode.Exponent(largest, BiasBits) > exponent) return null;
        (Rounding rounding, RoundingDraw draw) = call.NextRounding();
        FixedPointMap.Quantize(floats.Span<float>(), added, BiasBits, exponent, rounding, draw, call.Mode);
        GC.KeepAlive(floats);
        return added;
    }
}

/// <summary>Images of codes in the order of the kernels: [N, H, W, C] in memory.</summary>
/// <param name="Memory">Contiguous.</param>
internal readonly record struct CodePixels(Tensor Memory)
{
    public int Batch => Memory.Shape[0];

    public int Height => Memory.Shape[1];

    public int Width => Memory.Shape[2];

    public int Channels => Memory.Shape[3];

    /// <summary>Codes [N, C, (H,) W], copied only where they lie otherwise.</summary>
    public static CodePixels Of(Tensor x)
    {
        Tensor pixels = CodeLayout.ChannelsLast(x);
        return new(x.Rank == 4 ? pixels : pixels.Unsqueezed(1).ToContiguous());
    }

    /// <summary>[N, (H,) W, C] as [N, C, (H,) W].</summary>
    public static Tensor Logical(Tensor pixels) => pixels.Permuted(pixels.Rank == 4 ? [0, 3, 1, 2] : [0, 2, 1]);

    /// <summary>The sizes of a window op from these images.</summary>
    public WindowSizes Sizes(int outs, int outHeight, int outWidth, int groups, in Window window) =>
        new(Batch, Channels, Height, Width, outs, outHeight, outWidth, groups, window);

    /// <summary>The images with zeros between their pixels.</summary>
    public CodePixels Spread(int strideH, int strideW)
    {
        if (strideH == 1 && strideW == 1) return this;
        Tensor wide = Tensor.Empty(Shape.Of(Batch, (Height - 1) * strideH + 1, (Width - 1) * strideW + 1, Channels), Memory.Type);
        CodeImages.Spread(Memory.Bytes(), Batch, Height, Width, Channels * Memory.Type.Size(), strideH, strideW, wide.Bytes());
        GC.KeepAlive(Memory);
        return new(wide);
    }
}
