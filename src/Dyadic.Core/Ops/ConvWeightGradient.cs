using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>dw[m, c, u, v] = Σ dy[n, m, i, j]·x[n, c, i·s + u·d − pad, …]: the gradient of a convolution's weights.</summary>
/// <param name="Kernel">The spatial sizes of the weights.</param>
/// <param name="Strides">As in <see cref="Conv"/>, here and below.</param>
/// <param name="Pads">All befores, then all afters; empty means none.</param>
/// <param name="Dilations">Steps between taps; empty means ones.</param>
/// <param name="Groups">Channel groups.</param>
/// <remarks>Inputs: x [N, C, (H,) W], dy [N, M, (OH,) OW]. Output: [M, C/g, kernel]. Linear in both, so its gradients are the other two of the family.</remarks>
public sealed partial record ConvWeightGradient(Dims Kernel, Dims Strides, Dims Pads, Dims Dilations, int Groups = 1) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (Shape x, Shape dy) = (inputs[0].Shape, inputs[1].Shape);
        int rank = SlidingWindows.SpatialRank(x, Strides, Pads, Dilations, Name);
        Contractions.SameFloats(inputs, Name);
        Ensure.Shape(dy.Rank == x.Rank && Kernel.Count == rank, $"{Name}: x is {x}, dy is {dy} and the kernel {Kernel}; the ranks must agree.");
        Ensure.Shape(x[0] == dy[0], $"{Name}: x is {x} and dy is {dy}; the batches differ.");
        Ensure.Shape(Groups > 0 && x[1] % Groups == 0 && dy[1] % Groups == 0, $"{Name}: {Groups} groups do not divide the channels of x {x} and dy {dy}.");
        Shape dw = [dy[1], x[1] / Groups];
        for (int i = 0; i < rank; i++)
        {
            Dim expected = SlidingWindows.Convolved(x[i + 2], i, rank, Kernel[i], Strides, Pads, Dilations, Name);
            Ensure.Shape(dy[i + 2] == expected, $"{Name}: dy is {dy}, but x {x} has {expected} windows of {Kernel} along spatial axis {i}.");
        }
        return [new(inputs[0].Type, [.. dw.Span, .. Kernel.ToArray()])];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product(1) * inputs[1].Shape.Product();

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new ConvWeightGradientStep(SlidingWindows.Lift(Kernel.Span, Strides, Pads, Dilations), Groups);

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        (Tensor x, Tensor dy) = (inputs[0], inputs[1]);
        if (Groups != 1 || x.Type != DType.Float32 || !(x.IsChannelsLast || dy.IsChannelsLast)) return base.Forward(inputs, mode);
        return RunStep(new PixelConvWeightGradientStep(SlidingWindows.Lift(Kernel.Span, Strides, Pads, Dilations)), [x.ToPixels(mode), dy.ToPixels(mode)], Infer(TypesOf(inputs)), mode);
    }

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor x, Tensor dy, Tensor g) = (context.Inputs[0], context.Inputs[1], context.Dy);
        Tensor? dx = context.Needs(0) ? dy.Apply(ConvTranspose.Inverse(x.Shape, dy.Shape, g.Shape, Strides, Pads, Dilations, Groups), g) : null;
        return [dx, context.Needs(1) ? x.Apply(new Conv(Strides, Pads, Dilations, Groups), g) : null];
    }
}
