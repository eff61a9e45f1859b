using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = x ∗ w + bias in float32 with x [N, (H,) W, C] → y [N, (P,) Q, M]; inputs x, w [M, C, ..] and perhaps bias [M]. One group.</summary>
/// <param name="window">Kernel, strides, padding and dilation; one row high for [N, W, C].</param>
/// <remarks>For weights that change from run to run; those of a plan do not: <see cref="PackedConvStep"/>.</remarks>
public sealed unsafe class PixelConvStep(Window window) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "pixel_conv";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        WindowSizes sizes = PixelViews.Sizes(inputs[0], outputs[0], window);
        PixelConv.Forward(in sizes, (float*)inputs[0].Data, (float*)inputs[1].Data, inputs.Length > 2 ? (float*)inputs[2].Data : null, (float*)outputs[0].Data, in mode);
    }
}

/// <summary>dx = the gradient of the input of <see cref="PixelConvStep"/>; inputs dy [N, (P,) Q, M] and w [M, C, ..].</summary>
/// <param name="window">The window of the convolution.</param>
public sealed unsafe class PixelConvInputGradientStep(Window window) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "pixel_conv_input_gradient";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        WindowSizes sizes = PixelViews.Sizes(outputs[0], inputs[0], window);
        PixelConv.InputGradient(in sizes, (float*)inputs[0].Data, (float*)inputs[1].Data, (float*)outputs[0].Data, in mode);
    }

    /// <summary>Whether the gradient of this window is taken for x of logical dimensions <paramref name="x"/> and dy of <paramref name="dy"/>.</summary>
    internal bool Takes(ReadOnlySpan<int> x, ReadOnlySpan<int> dy) =>
        PixelConv.TakesInputGradient(new(x[0], x[1], x.Length == 4 ? x[2] : 1, x[^1], dy[1], dy.Length == 4 ? dy[2] : 1, dy[^1], 1, window));
}

/// <summary>dw [M, C, ..] = the gradient of the weights of <see cref="PixelConvStep"/>; inputs x [N, (H,) W, C] and dy [N, (P,) Q, M].</summary>
/// <param name="window">The window of the convolution.</param>
public sealed unsafe class PixelConvWeightGradientStep(Window window) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "pixel_conv_weight_gradient";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        WindowSizes sizes = PixelViews.Sizes(inputs[0], inputs[1], window);
        PixelConv.WeightGradient(in sizes, (float*)inputs[0].Data, (float*)inputs[1].Data, (float*)outputs[0].Data, in mode);
    }
}

/// <summary>Sizes from channels-last views.</summary>
internal static class PixelViews
{
    /// <summary>The sizes of the convolution from x to y, both [N, (H,) W, C].</summary>
    public static WindowSizes Sizes(in TensorView x, in TensorView y, in Window window) =>
        new(x.Dims[0], x.Dims[^1], x.Rank == 4 ? x.Dims[1] : 1, x.Dims[^2], y.Dims[^1], y.Rank == 4 ? y.Dims[1] : 1, y.Dims[^2], 1, window);
}
