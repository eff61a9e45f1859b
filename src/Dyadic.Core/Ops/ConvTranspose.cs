using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y[n, m, i·s + u·d − pad, …] += x[n, c, i, …]·w[c, m, u, …], + bias[m]: the transpose of <see cref="Conv"/> from y to x.</summary>
/// <param name="Strides">One entry a spatial axis, here and below; empty means ones.</param>
/// <param name="Pads">What is cut off: all befores, then all afters; empty means none.</param>
/// <param name="Dilations">Steps between taps; empty means ones.</param>
/// <param name="OutputPadding">Added to the size at the end; below the stride. Empty means none.</param>
/// <param name="Groups">Channel groups.</param>
/// <remarks>ONNX ConvTranspose. Inputs: x [N, C, (H,) W], w [C, M/g, (kH,) kW] and, if wanted, bias [M].</remarks>
public sealed partial record ConvTranspose(Dims Strides, Dims Pads, Dims Dilations, Dims OutputPadding, int Groups = 1) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (Shape x, Shape w) = (inputs[0].Shape, inputs[1].Shape);
        int rank = SlidingWindows.SpatialRank(x, Strides, Pads, Dilations, Name);
        SlidingWindows.Check(OutputPadding, rank, 0, "output padding", Name);
        for (int i = 0; i < rank; i++)
        {
            Ensure.Shape(SlidingWindows.Pad(OutputPadding, i) < SlidingWindows.At(Strides, i),
                $"{Name}: output padding {OutputPadding} must be below the strides {Strides}. Pad the result instead?");
        }
        Contractions.SameFloats(inputs, Name);
        Ensure.Shape(w.Rank == x.Rank && w.IsKnown, $"{Name}: x is {x} and w is {w}; the ranks must agree, and w must be known.");
        Ensure.Shape(!x[1].IsKnown || x[1] == w[0], $"{Name}: x {x} has {x[1]} channels, w {w} needs {w[0]}.");
        Ensure.Shape(Groups > 0 && w[0] % Groups == 0, $"{Name}: {Groups} groups do not divide the {w[0]} channels of w {w}.");
        int channels = w[1] * Groups;
        if (inputs.Length > 2) Ensure.Shape(inputs[2].Shape == [channels], $"{Name}: the bias is {inputs[2].Shape}, {channels} output channels need [{channels}].");
        Shape y = x.With(1, channels);
        for (int i = 0; i < rank; i++)
            y = y.With(i + 2, SlidingWindows.Transposed(x[i + 2], i, rank, w[i + 2], Strides, Pads, Dilations, OutputPadding, Name));
        return [new(inputs[0].Type, y)];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => inputs[0].Shape.Product() * inputs[1].Shape.Product(1);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new ConvTransposeStep(SlidingWindows.Lift(SlidingWindows.Spatial(inputs[1].Shape).Span, Strides, Pads, Dilations), Groups);

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        (Tensor x, Tensor w) = (inputs[0], inputs[1]);
        if (Groups != 1 || x.Type != DType.Float32 || inputs.Length > 2 || !x.IsChannelsLast) return base.Forward(inputs, mode);
        TensorType y = Infer(TypesOf(inputs))[0];
        PixelConvInputGradientStep step = new(SlidingWindows.Lift(SlidingWindows.Spatial(w.Shape).Span, Strides, Pads, Dilations));
        if (!step.Takes(y.Shape.ToArray(), x.Shape.ToArray())) return base.Forward(inputs, mode);
        return [RunStep(step, [x.ToPixels(mode), w], [y with { Shape = Tensor.Pixels(y.Shape) }], mode)[0].FromPixels()];
    }

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor x, Tensor w, Tensor dy) = (context.Inputs[0], context.Inputs[1], context.Dy);
        Tensor? dx = context.Needs(0) ? dy.Apply(new Conv(Strides, Pads, Dilations, Groups), w) : null;
        Tensor? dw = context.Needs(1) ? dy.Apply(new ConvWeightGradient(SlidingWindows.Spatial(w.Shape), Strides, Pads, Dilations, Groups), x) : null;
        if (context.Inputs.Count == 2) return [dx, dw];
        return [dx, dw, context.Needs(2) ? Contractions.SumToChannels(dy) : null];
    }

    /// <summary>The op from y to x for a convolution from x to y: what the last window leaves over at the end becomes output padding.</summary>
    internal static ConvTranspose Inverse(Shape x, Shape y, Shape w, Dims strides, Dims pads, Dims dilations, int groups)
    {
        int rank = x.Rank - 2;
        int[] extra = new int[rank];
        for (int i = 0; i < rank; i++)
            extra[i] = x[i + 2].Size - SlidingWindows.At(strides, i) * y[i + 2].Size - SlidingWindows.Overhang(i, rank, w[i + 2], strides, pads, dilations);
        return new(strides, pads, dilations, Dims.Create(extra), groups);
    }
}

/// <summary>Transposed convolution on tensors.</summary>
public static class ConvTransposeExtensions
{
    extension(Tensor x)
    {
        /// <summary>The transposed convolution of x with w, + bias; see <see cref="Ops.ConvTranspose"/>.</summary>
        /// <param name="w">[C, M/g, (kH,) kW].</param>
        /// <param name="bias">[M], or null for none.</param>
        /// <param name="strides">One entry a spatial axis; default ones.</param>
        /// <param name="pads">[top, left, bottom, right]; default zeros.</param>
        /// <param name="dilations">One entry a spatial axis; default ones.</param>
        /// <param name="outputPadding">One entry a spatial axis; default zeros.</param>
        /// <param name="groups">Channel groups.</param>
        /// <exception cref="ShapeException">The shapes do not fit.</exception>
        public Tensor ConvTranspose(
            Tensor w, Tensor? bias = null, Dims strides = default, Dims pads = default, Dims dilations = default, Dims outputPadding = default, int groups = 1)
        {
            int rank = Math.Max(1, x.Rank - 2);
            ConvTranspose op = new(
                SlidingWindows.Fill(strides, rank, 1), SlidingWindows.Fill(pads, 2 * rank, 0), SlidingWindows.Fill(dilations, rank, 1),
                SlidingWindows.Fill(outputPadding, rank, 0), groups);
            return bias is null ? x.Apply(op, w) : x.Apply(op, w, bias);
        }
    }
}
