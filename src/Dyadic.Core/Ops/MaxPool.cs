using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = the largest value of each window of each plane; the padding never wins.</summary>
/// <param name="Kernel">The window, one entry a spatial axis.</param>
/// <param name="Strides">Steps between windows; empty means ones.</param>
/// <param name="Pads">All befores, then all afters; empty means none.</param>
/// <param name="Dilations">Steps between taps; empty means ones.</param>
/// <param name="CeilMode">Whether a last, partial window counts.</param>
/// <remarks>ONNX MaxPool, first output. Shapes: x [N, C, (H,) W] → y [N, C, (OH,) OW].</remarks>
public sealed partial record MaxPool(Dims Kernel, Dims Strides, Dims Pads, Dims Dilations, bool CeilMode = false) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) =>
        [Pooling.Infer(inputs[0], Kernel, Strides, Pads, Dilations, CeilMode, Name)];

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product() * Pooling.Taps(inputs[0].Shape, Kernel);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new PoolStep(PoolFunction.Max, SlidingWindows.Lift(Kernel.Span, Strides, Pads, Dilations));

    // dx is dy scattered to where the maxima were found; they are looked for again, so that the forward pass stores nothing.
    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Tensor x = context.Inputs[0], at = x.Apply(new MaxPoolIndices(Kernel, Strides, Pads, Dilations, CeilMode));
        return [context.Dy.Apply(new PlaneScatter(SlidingWindows.Spatial(x.Shape)), at)];
    }
}

/// <summary>y = the place h·W + w within its plane of the first largest value of each window, int32.</summary>
/// <param name="Kernel">As in <see cref="MaxPool"/>, here and below.</param>
/// <param name="Strides">Steps between windows.</param>
/// <param name="Pads">All befores, then all afters.</param>
/// <param name="Dilations">Steps between taps.</param>
/// <param name="CeilMode">Whether a last, partial window counts.</param>
public sealed partial record MaxPoolIndices(Dims Kernel, Dims Strides, Dims Pads, Dims Dilations, bool CeilMode = false) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) =>
        [new(DType.Int32, Pooling.Infer(inputs[0], Kernel, Strides, Pads, Dilations, CeilMode, Name).Shape)];

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product() * Pooling.Taps(inputs[0].Shape, Kernel);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new PoolStep(PoolFunction.ArgMax, SlidingWindows.Lift(Kernel.Span, Strides, Pads, Dilations));
}

/// <summary>Max pooling on tensors.</summary>
public static class MaxPoolExtensions
{
    extension(Tensor x)
    {
        /// <summary>The largest value of each window; see <see cref="Ops.MaxPool"/>.</summary>
        /// <param name="kernel">One entry a spatial axis.</param>
        /// <param name="strides">Default: the kernel, so that windows do not overlap.</param>
        /// <param name="pads">[top, left, bottom, right]; default zeros.</param>
        /// <param name="dilations">Default ones.</param>
        /// <param name="ceilMode">Whether a last, partial window counts.</param>
        public Tensor MaxPool(Dims kernel, Dims strides = default, Dims pads = default, Dims dilations = default, bool ceilMode = false) =>
            x.Apply(new MaxPool(
                kernel, strides.Count == 0 ? kernel : strides, SlidingWindows.Fill(pads, 2 * kernel.Count, 0),
                SlidingWindows.Fill(dilations, kernel.Count, 1), ceilMode));

        /// <summary>The largest value of each plane: [N, C, (H,) W] → [N, C, (1,) 1].</summary>
        public Tensor GlobalMaxPool() => x.MaxPool(SlidingWindows.Spatial(x.Shape));
    }
}
