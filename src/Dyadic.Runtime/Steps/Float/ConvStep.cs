using Dyadic.Kernels;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = x ∗ w + bias in NCHW (or NCW); inputs x, w and perhaps bias.</summary>
/// <param name="window">Kernel, strides, padding and dilation; one row high for NCW.</param>
/// <param name="groups">Channel groups.</param>
public sealed class ConvStep(Window window, int groups) : Step
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
        if (y.Type == DType.Float32)
            FloatConv.Forward(x.Span<float>(), w.Span<float>(), ConvViews.Bias<float>(inputs), y.Span<float>(), in g, mode);
        else if (y.Type == DType.Float64)
            ReferenceConv.Forward<double>(x.Span<double>(), w.Span<double>(), ConvViews.Bias<double>(inputs), y.Span<double>(), in g);
        else throw ConvViews.Unsupported(Kernel, y.Type);
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
