using Dyadic.Kernels.Contractions;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Convolution of float32 images held channels-last, with its gradients, for weights that change from call to call. One group.</summary>
/// <remarks>
/// Sums run in an order that depends on the sizes only: neither threads nor instruction set change a bit. With constant weights see
/// <see cref="FloatContraction"/>, in the other memory order <see cref="FloatConv"/>.
/// </remarks>
public static unsafe class PixelConv
{
    /// <summary>y = x ∗ w + bias.</summary>
    /// <param name="s">Sizes, of one group.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="w">[M, C, kH, kW].</param>
    /// <param name="bias">[M], or null.</param>
    /// <param name="y">[N, P, Q, M].</param>
    /// <param name="mode">Kernels and threads.</param>
    public static void Forward(in WindowSizes s, float* x, float* w, float* bias, float* y, in ExecutionMode mode)
    {
        Ensure.Shape(s.Groups == 1, $"PixelConv: {s.Groups} groups; one is supported. See FloatConv.");
        ContractionShape shape = new(s.OutChannels * s.Channels * s.Window.Taps, s.OutChannels, 1, s.Window);
        PackedOperands packed = TransientOperands.Rent(in shape, mode.Code, bias);
        packed.Pack(w, mode.Threads);
        ContractionDriver.Run(in s, (byte*)x, OperandForm.Same, default, packed, null, TransientOperands.Unbounded, null, (byte*)y, in mode);
        TransientOperands.Return(packed);
    }

    /// <summary>dx, the gradient of the input.</summary>
    /// <param name="s">Sizes of the forward convolution, of one group.</param>
    /// <param name="dy">[N, P, Q, M].</param>
    /// <param name="w">[M, C, kH, kW].</param>
    /// <param name="dx">[N, H, W, C].</param>
    /// <param name="mode">Kernels and threads.</param>
    public static void InputGradient(in WindowSizes s, float* dy, float* w, float* dx, in ExecutionMode mode)
    {
        Ensure.Argument(TakesInputGradient(in s), $"PixelConv: the window {s.Window} with {s.Groups} groups is not supported. See FloatConv.");
        PixelConvInputGradient.Run(in s, dy, w, dx, in mode);
    }

    /// <summary>False where padding exceeds what the window covers, or a window has both stride and dilation: <see cref="FloatConv"/> takes those.</summary>
    public static bool TakesInputGradient(in WindowSizes s) => s.Groups == 1 && PixelConvInputGradient.Takes(in s);

    /// <summary>dw, the gradient of the weights, summed over the batch.</summary>
    /// <param name="s">Sizes of the forward convolution, of one group.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="dy">[N, P, Q, M].</param>
    /// <param name="dw">[M, C, kH, kW].</param>
    /// <param name="mode">Kernels and threads.</param>
    public static void WeightGradient(in WindowSizes s, float* x, float* dy, float* dw, in ExecutionMode mode)
    {
        Ensure.Shape(s.Groups == 1, $"PixelConv: {s.Groups} groups; one is supported. See FloatConv.");
        PixelConvWeightGradient.Run(in s, x, dy, dw, in mode);
    }
}
