using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = clamp(x ∗ w + bias + residual, lo, hi) in float32 with constant weights. x [N, (H,) W, C] → y [N, (P,) Q, M], channels-last.</summary>
/// <remarks>Inputs: x and, if wanted, the residual, of y's shape. Weights are packed once for all sessions that run in one mode.</remarks>
public sealed unsafe class PackedConvStep : Step
{
    private readonly FloatContraction _packed;
    private readonly Window _window;
    private readonly int _groups;
    private readonly bool _residual;
    private readonly Clamp _clamp;

    /// <summary>A convolution with fused bias, residual and clamp.</summary>
    /// <param name="weights">[M, C/g, kH, kW], row-major; kept, and must not change.</param>
    /// <param name="bias">[M], or empty for zeros.</param>
    /// <param name="outs">M.</param>
    /// <param name="groups">Channel groups g; divides C and M.</param>
    /// <param name="window">Kernel, strides, padding, dilation; one row high for [N, W, C].</param>
    /// <param name="clamp">Bounds of y.</param>
    /// <param name="residual">Whether a second input is added before the clamp.</param>
    public PackedConvStep(ReadOnlyMemory<float> weights, float[] bias, int outs, int groups, Window window, Clamp clamp, bool residual = false)
    {
        _packed = FloatContraction.Conv(weights, bias, outs, groups, in window, clamp.Low, clamp.High);
        (_window, _groups, _clamp, _residual) = (window, groups, clamp, residual);
    }

    /// <inheritdoc/>
    public override StepLayout Layout => StepLayout.ChannelsLast;

    /// <inheritdoc/>
    public override string Kernel => _packed.IsDepthwise ? "depthwise_f32" : "conv_f32";

    /// <inheritdoc/>
    public override string Details => $"{WindowText.Of(_window, _packed.IsDepthwise ? 1 : _groups)}{(_residual ? " + residual" : "")}{_clamp}";

    /// <inheritdoc/>
    public override int InPlaceInput => _residual ? 1 : -1;

    /// <inheritdoc/>
    public override long WeightBytes => _packed.HeldBytes;

    /// <inheritdoc/>
    public override void Prepare(in ExecutionMode mode) => _packed.Prepare(mode, _residual);

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int[] x = inputs[0].Dims, y = outputs[0].Dims;
        WindowSizes sizes = new(x[0], x[^1], x.Length == 4 ? x[1] : 1, x[^2], y[^1], y.Length == 4 ? y[1] : 1, y[^2], _groups, _window);
        _packed.Run(in sizes, (float*)inputs[0].Data, _residual ? (float*)inputs[1].Data : null, (float*)outputs[0].Data, in mode);
        GC.KeepAlive(this);
    }
}
