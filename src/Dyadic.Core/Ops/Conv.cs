using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y[n, m, i, j] = bias[m] + Σ x[n, c, i·s + u·d − pad, …]·w[m, c, u, v]: convolution along one or two axes.</summary>
/// <param name="Strides">One entry a spatial axis, here and below; empty means ones.</param>
/// <param name="Pads">All zeros before, then all after: [top, left, bottom, right]; empty means none.</param>
/// <param name="Dilations">Steps between taps; empty means ones.</param>
/// <param name="Groups">Output channel m sees the channels of its group only.</param>
/// <remarks>ONNX Conv. Inputs: x [N, C, (H,) W], w [M, C/g, (kH,) kW] and, if wanted, bias [M].</remarks>
public sealed partial record Conv(Dims Strides, Dims Pads, Dims Dilations, int Groups = 1) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (Shape x, Shape w) = (inputs[0].Shape, inputs[1].Shape);
        int rank = SlidingWindows.SpatialRank(x, Strides, Pads, Dilations, Name);
        Contractions.SameFloats(inputs, Name);
        Ensure.Shape(w.Rank == x.Rank && w.IsKnown, $"{Name}: x is {x} and w is {w}; the ranks must agree, and w must be known.");
        Ensure.Shape(Groups > 0 && w[0] % Groups == 0, $"{Name}: {Groups} groups do not divide the {w[0]} output channels of w {w}.");
        Ensure.Shape(!x[1].IsKnown || x[1] == w[1] * Groups, $"{Name}: x {x} has {x[1]} channels, w {w} with {Groups} groups needs {w[1] * Groups}.");
        if (inputs.Length > 2) Ensure.Shape(inputs[2].Shape == [w[0]], $"{Name}: the bias is {inputs[2].Shape}, {w[0]} output channels need [{w[0]}].");
        Shape y = x.With(1, w[0]);
        for (int i = 0; i < rank; i++) y = y.With(i + 2, SlidingWindows.Convolved(x[i + 2], i, rank, w[i + 2], Strides, Pads, Dilations, Name));
        return [new(inputs[0].Type, y)];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product() * inputs[1].Shape.Product(1);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new ConvStep(SlidingWindows.Lift(SlidingWindows.Spatial(inputs[1].Shape).Span, Strides, Pads, Dilations), Groups);

    // The kernels read and write channels-last. On the tape values stay so, for the gradients and for the next convolution.
    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        (Tensor x, Tensor w) = (inputs[0], inputs[1]);
        if (Groups != 1 || x.Type != DType.Float32 || x.Length == 0 || !(x.IsChannelsLast || GradMode.IsRecording(inputs))) return base.Forward(inputs, mode);
        TensorType y = Infer(TypesOf(inputs))[0];
        PixelConvStep step = new(SlidingWindows.Lift(SlidingWindows.Spatial(w.Shape).Span, Strides, Pads, Dilations));
        return [RunStep(step, [x.ToPixels(mode), .. inputs[1..]], [y with { Shape = Tensor.Pixels(y.Shape) }], mode)[0].FromPixels()];
    }

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor x, Tensor w, Tensor dy) = (context.Inputs[0], context.Inputs[1], context.Dy);
        Tensor? dx = context.Needs(0) ? dy.Apply(Transposed(x.Shape, dy.Shape, w.Shape), w) : null;
        Tensor? dw = context.Needs(1) ? x.Apply(new ConvWeightGradient(SlidingWindows.Spatial(w.Shape), Strides, Pads, Dilations, Groups), dy) : null;
        if (context.Inputs.Count == 2) return [dx, dw];
        return [dx, dw, context.Needs(2) ? Contractions.SumToChannels(dy) : null];
    }

    // The input gradient; what the last window leaves over at the end is added as output padding.
    private ConvTranspose Transposed(Shape x, Shape y, Shape w) => ConvTranspose.Inverse(x, y, w, Strides, Pads, Dilations, Groups);
}

/// <summary>Convolution on tensors.</summary>
public static class ConvExtensions
{
    extension(Tensor x)
    {
        /// <summary>x ∗ w + bias; see <see cref="Ops.Conv"/>.</summary>
        /// <param name="w">[M, C/g, (kH,) kW].</param>
        /// <param name="bias">[M], or null for none.</param>
        /// <param name="strides">One entry a spatial axis; default ones.</param>
        /// <param name="pads">[top, left, bottom, right]; default zeros.</param>
        /// <param name="dilations">One entry a spatial axis; default ones.</param>
        /// <param name="groups">Channel groups.</param>
        /// <exception cref="ShapeException">The shapes do not fit.</exception>
        public Tensor Conv(Tensor w, Tensor? bias = null, Dims strides = default, Dims pads = default, Dims dilations = default, int groups = 1)
        {
            int rank = Math.Max(1, x.Rank - 2);
            Conv op = new(SlidingWindows.Fill(strides, rank, 1), SlidingWindows.Fill(pads, 2 * rank, 0), SlidingWindows.Fill(dilations, rank, 1), groups);
            return bias is null ? x.Apply(op, w) : x.Apply(op, w, bias);
        }
    }
}
