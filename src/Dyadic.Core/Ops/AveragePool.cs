using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = the mean of each window of each plane.</summary>
/// <param name="Kernel">The window, one entry a spatial axis.</param>
/// <param name="Strides">Steps between windows; empty means ones.</param>
/// <param name="Pads">All befores, then all afters; empty means none.</param>
/// <param name="Dilations">Steps between taps; empty means ones.</param>
/// <param name="CeilMode">Whether a last, partial window counts.</param>
/// <param name="CountIncludePad">Whether zeros of the padding count in the mean; what a window covers beyond them never does.</param>
/// <remarks>ONNX AveragePool. Shapes: x [N, C, (H,) W] → y [N, C, (OH,) OW].</remarks>
public sealed partial record AveragePool(Dims Kernel, Dims Strides, Dims Pads, Dims Dilations, bool CeilMode = false, bool CountIncludePad = false) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) =>
        [Pooling.Infer(inputs[0], Kernel, Strides, Pads, Dilations, CeilMode, Name)];

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product() * Pooling.Taps(inputs[0].Shape, Kernel);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new PoolStep(PoolFunction.Average, SlidingWindows.Lift(Kernel.Span, Strides, Pads, Dilations), CountIncludePad);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(new AveragePoolTranspose(this, SlidingWindows.Spatial(context.Inputs[0].Shape)))];
}

/// <summary>Each value spread evenly over its window: the gradient of <see cref="AveragePool"/>, whose own gradient is the pooling.</summary>
/// <param name="Pool">The pooling.</param>
/// <param name="Spatial">The spatial sizes of the pooling's input.</param>
public sealed partial record AveragePoolTranspose(AveragePool Pool, Dims Spatial) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape x = [.. inputs[0].Shape.Span[..2], .. Spatial.ToArray()], pooled = Pool.Infer([new(inputs[0].Type, x)])[0].Shape;
        Ensure.Shape(pooled == inputs[0].Shape, $"{Name}: the input is {inputs[0].Shape}, pooling {x} gives {pooled}.");
        return [new(inputs[0].Type, x)];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => inputs[0].Shape.Product() * Pooling.Taps(Infer(inputs)[0].Shape, Pool.Kernel);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new PoolStep(PoolFunction.AverageTranspose, SlidingWindows.Lift(Pool.Kernel.Span, Pool.Strides, Pool.Pads, Pool.Dilations), Pool.CountIncludePad);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(Pool)];
}

/// <summary>Average pooling on tensors.</summary>
public static class AveragePoolExtensions
{
    extension(Tensor x)
    {
        /// <summary>The mean of each window; see <see cref="Ops.AveragePool"/>.</summary>
        /// <param name="kernel">One entry a spatial axis.</param>
        /// <param name="strides">Default: the kernel, so that windows do not overlap.</param>
        /// <param name="pads">[top, left, bottom, right]; default zeros.</param>
        /// <param name="dilations">Default ones.</param>
        /// <param name="ceilMode">Whether a last, partial window counts.</param>
        /// <param name="countIncludePad">Whether the padding counts in the mean.</param>
        public Tensor AveragePool(
            Dims kernel, Dims strides = default, Dims pads = default, Dims dilations = default, bool ceilMode = false, bool countIncludePad = false) =>
            x.Apply(new AveragePool(
                kernel, strides.Count == 0 ? kernel : strides, SlidingWindows.Fill(pads, 2 * kernel.Count, 0),
                SlidingWindows.Fill(dilations, kernel.Count, 1), ceilMode, countIncludePad));
    }
}
