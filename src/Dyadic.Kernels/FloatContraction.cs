using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>y = clamp(x ∗ w + bias + residual, lo, hi) in float32 with constant weights, packed once: convolutions channels-last, and matrix products.</summary>
/// <remarks>
/// Each output is one chain of fused multiply-adds over the taps in the order (kernel row, kernel column, channel), started from the bias, so
/// its bits depend on neither threads nor batch.
/// </remarks>
public sealed unsafe class FloatContraction
{
    private readonly float[] _weights, _bias;
    private readonly float _lo, _hi;
    private readonly int _groups;
    private readonly Window _window;

    private FloatContraction(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, int outs, int groups, in Window window, float lo, float hi)
    {
        Ensure.Shape(outs > 0 && groups > 0 && outs % groups == 0 && weights.Length > 0 && weights.Length % (outs * window.Taps) == 0,
            $"Conv: {weights.Length} weights do not make [{outs}, C/{groups}, {window.KernelH}, {window.KernelW}]. Check groups.");
        Ensure.Shape(bias.IsEmpty || bias.Length == outs, $"Conv: bias has {bias.Length} values for {outs} output channels.");
        (_weights, _bias, _groups, _window, _lo, _hi) = (weights.ToArray(), bias.IsEmpty ? new float[outs] : bias.ToArray(), groups, window, lo, hi);
    }

    /// <summary>M, output channels.</summary>
    public int Outputs => _bias.Length;

    /// <summary>Packs weights [M, C/g, kH, kW] of a convolution; an empty bias is 0.</summary>
    public static FloatContraction Conv(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, int outs, int groups, in Window window,
        float lo = float.NegativeInfinity, float hi = float.PositiveInfinity) => new(weights, bias, outs, groups, in window, lo, hi);

    /// <summary>Packs weights [N, K] of y [*, N] = x [*, K]·wᵀ + bias.</summary>
    public static FloatContraction Linear(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, int outs,
        float lo = float.NegativeInfinity, float hi = float.PositiveInfinity) => new(weights, bias, outs, 1, new Window(1, 1), lo, hi);

    /// <summary>Packs for the kernels of <paramref name="mode"/>; <see cref="Run"/> without it uses managed kernels. Safe from many threads.</summary>
    public void Prepare(ExecutionMode mode)
    {
    }

    /// <summary>Runs a convolution, or a product as a 1×1 convolution with N·H·W rows.</summary>
    /// <param name="s">Sizes; the window and groups are those packed.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="residual">Added before the clamp, [N, P, Q, M], or null.</param>
    /// <param name="y">[N, P, Q, M]; may be <paramref name="residual"/>.</param>
    /// <param name="mode">Kernels and threads.</param>
    public void Run(in WindowSizes s, float* x, float* residual, float* y, in ExecutionMode mode)
    {
        int channels = s.Channels / _groups, outs = s.OutChannels / _groups;
        for (int n = 0; n < s.Batch; n++)
            for (int p = 0; p < s.OutHeight; p++)
                for (int q = 0; q < s.OutWidth; q++)
                    for (int m = 0; m < s.OutChannels; m++)
                    {
                        float sum = _bias[m];
                        for (int i = 0; i < _window.KernelH; i++)
                            for (int j = 0; j < _window.KernelW; j++)
                            {
                                int h = p * _window.StrideH + i * _window.DilationH - _window.Top, v = q * _window.StrideW + j * _window.DilationW - _window.Left;
                                if ((uint)h >= (uint)s.Height || (uint)v >= (uint)s.Width) continue;
                                float* from = x + (((nint)n * s.Height + h) * s.Width + v) * s.Channels + m / outs * channels;
                                for (int c = 0; c < channels; c++)
                                    sum = MathF.FusedMultiplyAdd(from[c], _weights[((m * channels + c) * _window.KernelH + i) * _window.KernelW + j], sum);
                            }
                        nint at = (((nint)n * s.OutHeight + p) * s.OutWidth + q) * s.OutChannels + m;
                        if (residual != null) sum += residual[at];
                        y[at] = Math.Min(Math.Max(sum, _lo), _hi);
                    }
    }
}
