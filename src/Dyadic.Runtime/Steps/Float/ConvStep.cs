using Dyadic.Kernels;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = x ∗ w + bias in NCHW (or NCW); inputs x, w and perhaps bias.</summary>
/// <param name="window">Kernel, strides, padding and dilation; one row high for NCW.</param>
/// <param name="groups">Channel groups.</param>
public sealed unsafe class ConvStep(Window window, int groups) : Step
{
    internal Window Window => window;

    internal int Groups => groups;

    /// <inheritdoc/>
    public override string Kernel => "conv";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView w, TensorView y) = (inputs[0], inputs[1], outputs[0]);
        ConvGeometry g = ConvViews.Geometry(x, y.Dims[1], window, groups);
        if (y.Type == DType.Float32 && groups == 1) RunChannelsLast((float*)x.Data, (float*)w.Data, inputs.Length > 2 ? (float*)inputs[2].Data : null, (float*)y.Data, in g, mode);
        else if (y.Type == DType.Float32)
            FloatConv.Forward(x.Span<float>(), w.Span<float>(), ConvViews.Bias<float>(inputs), y.Span<float>(), in g, mode);
        else if (y.Type == DType.Float64)
            ReferenceConv.Forward<double>(x.Span<double>(), w.Span<double>(), ConvViews.Bias<double>(inputs), y.Span<double>(), in g);
        else throw ConvViews.Unsupported(Kernel, y.Type);
    }

    // On the kernels of plans with constant weights, so that all have the same bits.
    private void RunChannelsLast(float* x, float* w, float* bias, float* y, in ConvGeometry g, in ExecutionMode mode)
    {
        if (g.Batch == 0) return;
        WindowSizes s = new(g.Batch, g.Channels, g.Height, g.Width, g.OutChannels, g.OutHeight, g.OutWidth, 1, window);
        using ScratchBuffer<float> from = Scratch.Rent<float>(g.InputLength), to = Scratch.Rent<float>(g.OutputLength);
        LayoutStep.Turn(x, from.Pointer, g.Batch, g.Channels, g.Height * g.Width, mode);
        PixelConv.Forward(in s, from.Pointer, w, bias, to.Pointer, mode);
        LayoutStep.Turn(to.Pointer, y, g.Batch, g.OutHeight * g.OutWidth, g.OutChannels, mode);
    }
}

/// <summary>y = the transposed convolution of x with w, + bias; inputs x, w [C, M/g, ..] and perhaps bias [M].</summary>
/// <param name="window">The window of the convolution from y to x.</param>
/// <param name="groups">Channel groups.</param>
public sealed class ConvTransposeStep(Window window, int groups) : Step
{
    internal Window Window => window;

    internal int Groups => groups;

    /// <inheritdoc/>
    public override string Kernel => "conv_transpose";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView w, TensorView y) = (inputs[0], inputs[1], outputs[0]);
        ConvGeometry g = ConvViews.Geometry(y, x.Dims[1], window, groups);
        if (y.Type == DType.Float32)
        {
            FloatConv.InputGradient(x.Span<float>(), w.Span<float>(), y.Span<float>(), in g, mode);
            ConvViews.AddBias(y.Span<float>(), ConvViews.Bias<float>(inputs), g.Height * g.Width);
        }
        else if (y.Type == DType.Float64)
        {
            ReferenceConv.InputGradient<double>(x.Span<double>(), w.Span<double>(), y.Span<double>(), in g);
            ConvViews.AddBias(y.Span<double>(), ConvViews.Bias<double>(inputs), g.Height * g.Width);
        }
        else throw ConvViews.Unsupported(Kernel, y.Type);
    }
}

/// <summary>dw = the gradient of a convolution's weights; inputs x and dy.</summary>
/// <param name="window">The window of the convolution from x to y.</param>
/// <param name="groups">Channel groups.</param>
public sealed class ConvWeightGradientStep(Window window, int groups) : Step
{
    internal Window Window => window;

    internal int Groups => groups;

    /// <inheritdoc/>
    public override string Kernel => "conv_weight_gradient";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView dy, TensorView dw) = (inputs[0], inputs[1], outputs[0]);
        ConvGeometry g = ConvViews.Geometry(x, dy.Dims[1], window, groups);
        if (dw.Type == DType.Float32) FloatConv.WeightGradient(x.Span<float>(), dy.Span<float>(), dw.Span<float>(), in g, mode);
        else if (dw.Type == DType.Float64) ReferenceConv.WeightGradient<double>(x.Span<double>(), dy.Span<double>(), dw.Span<double>(), in g);
        else throw ConvViews.Unsupported(Kernel, dw.Type);
    }
}
