using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Convolution of float32 images in NCHW with its two gradients; each is a list of rungs, of which the first that accepts runs.</summary>
/// <remarks>Results do not depend on the thread count. For float64 see <see cref="ReferenceConv"/>.</remarks>
public static unsafe class FloatConv
{
    /// <summary>y = x ∗ w + bias.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="w">[M, C/g, kH, kW].</param>
    /// <param name="bias">[M], or empty for none.</param>
    /// <param name="y">[N, M, OH, OW].</param>
    /// <param name="g">The sizes.</param>
    /// <param name="mode">The widest vectors and the most threads.</param>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y, in ConvGeometry g,
        ExecutionMode mode)
    {
        Check(x.Length, w.Length, y.Length, in g);
        Ensure.Shape(bias.IsEmpty || bias.Length == g.OutChannels, $"Conv: bias has {bias.Length} values for {g.OutChannels} output channels.");
        fixed (float* px = x, pw = w, pb = bias, py = y)
            if (ManagedConv.TryForward(px, pw, pb, py, in g, mode)) return;
        ReferenceConv.Forward(x, w, bias, y, in g);
    }

    /// <summary>dx, the gradient of the input: the transposed convolution of dy with w.</summary>
    /// <param name="dy">[N, M, OH, OW].</param>
    /// <param name="w">[M, C/g, kH, kW].</param>
    /// <param name="dx">[N, C, H, W].</param>
    /// <param name="g">The sizes of the forward convolution.</param>
    /// <param name="mode">The widest vectors and the most threads.</param>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public static void InputGradient(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx, in ConvGeometry g, ExecutionMode mode)
    {
        Check(dx.Length, w.Length, dy.Length, in g);
        fixed (float* pdy = dy, pw = w, pdx = dx)
            if (ManagedConvInputGradient.TryRun(pdy, pw, pdx, in g, mode)) return;
        ReferenceConv.InputGradient(dy, w, dx, in g);
    }

    /// <summary>dw, the gradient of the weights, summed over the batch in a fixed order.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="dy">[N, M, OH, OW].</param>
    /// <param name="dw">[M, C/g, kH, kW].</param>
    /// <param name="g">The sizes of the forward convolution.</param>
    /// <param name="mode">The widest vectors and the most threads.</param>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public static void WeightGradient(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, in ConvGeometry g, ExecutionMode mode)
    {
        Check(x.Length, dw.Length, dy.Length, in g);
        fixed (float* px = x, pdy = dy, pdw = dw)
            if (ManagedConvWeightGradient.TryRun(px, pdy, pdw, in g, mode)) return;
        ReferenceConv.WeightGradient(x, dy, dw, in g);
    }

    private static void Check(int input, int weights, int output, in ConvGeometry g)
    {
        g.Validate();
        Ensure.Shape(input == g.InputLength, $"Conv: the input has {input} values, the sizes {g} need {g.InputLength}.");
        Ensure.Shape(weights == g.WeightLength, $"Conv: the weights have {weights} values, the sizes {g} need {g.WeightLength}.");
        Ensure.Shape(output == g.OutputLength, $"Conv: the output has {output} values, the sizes {g} need {g.OutputLength}.");
    }
}
