using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Reference = Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = clamp(⌊acc·m·2⁻ˢ⌉ + z_y, lo, hi), acc = Σ w·(x − z_x) + bias; padding contributes 0.</summary>
/// <remarks>x [N, C, H, W] → y [N, M, P, Q]; equations (1), (2), (4).</remarks>
public sealed class IntConv : IntContraction
{
    private PackedWeights? _packed;      // of the managed kernels, made when one is first used
    private IntegerDepthwise? _depthwise;

    /// <summary>A convolution with fused bias, requantisation and clamp.</summary>
    /// <param name="weights">[M, C/g, kH, kW], less their zero points.</param>
    /// <param name="bias">[M], in units of S_x·S_w[m].</param>
    /// <param name="scales">[M] or one for all: m·2⁻ˢ ≈ S_x·S_w[m]/S_y.</param>
    /// <param name="window">Kernel, strides, padding, dilation.</param>
    /// <param name="groups">Channel groups g; divides C and M.</param>
    /// <param name="from">Format of x; its range tightens the accumulator bound.</param>
    /// <param name="to">Format of y; its range is the fused clamp.</param>
    /// <exception cref="ShapeException">The lengths do not fit each other.</exception>
    /// <exception cref="PlanException">A 32-bit accumulator could overflow.</exception>
    public IntConv(WeightCodes weights, int[] bias, DyadicScale[] scales, Window window, int groups, IntFormat from, IntFormat to)
        : base("conv", weights, bias, Fitting(weights, bias, scales, in window, groups), in window, groups, from, to) => (Window, Groups) = (window, groups);

    /// <summary>A convolution with weights as an array.</summary>
    /// <inheritdoc cref="IntConv(WeightCodes, int[], DyadicScale[], Window, int, IntFormat, IntFormat)"/>
    public IntConv(short[] weights, int[] bias, DyadicScale[] scales, Window window, int groups, IntFormat from, IntFormat to)
        : this(WeightCodes.Of(weights, bias.Length), bias, scales, window, groups, from, to)
    {
    }

    /// <summary>Kernel, strides, padding, dilation.</summary>
    public Window Window { get; }

    /// <summary>Channel groups.</summary>
    public int Groups { get; }

    /// <inheritdoc/>
    public override StepLayout Layout => StepLayout.ChannelsLast;

    /// <inheritdoc/>
    public override string Details => WindowText.Of(Window, IsDepthwise ? 1 : Groups) + (HasResidual ? " + residual" : "");

    /// <inheritdoc/>
    public override long WeightBytes => HeldBytes + (_packed?.Bytes ?? 0) + (_depthwise?.Bytes ?? 0);

    private protected override WindowSizes SizesOf(in TensorView x, in TensorView y) =>
        new(x.Dims[0], x.Dims[3], x.Dims[1], x.Dims[2], y.Dims[3], y.Dims[1], y.Dims[2], Groups, Window);

    private protected override void Define(in TensorView x, int[] dims, Span<byte> q)
    {
        WindowSizes sizes = new(x.Dims[0], x.Dims[1], x.Dims[2], x.Dims[3], dims[1], dims[2], dims[3], Groups, Window);
        Reference.IntegerConv.Run(in sizes, Bytes.Of(x), Weights.Rows(), Bias, Scales, q, From, Codes);
    }

    private protected override void PrepareManaged()
    {
        if (IsDepthwise) _depthwise ??= new(Weights.Rows(), Bias.Length);
        else _packed ??= PackedWeights.Conv(Weights.Rows(), Bias.Length, Groups, Window);
    }

    private protected override unsafe void RunManaged(in WindowSizes s, byte* x, byte* q, in ExecutionMode mode)
    {
        PrepareManaged();
        if (IsDepthwise) _depthwise!.Run(in s, x, Requantizer, q, From, in mode);
        else IntegerConvolution.Run(in s, x, _packed!, Requantizer, q, From, in mode);
    }

    private static DyadicScale[] Fitting(WeightCodes weights, int[] bias, DyadicScale[] scales, in Window window, int groups)
    {
        int outs = bias.Length;
        Ensure.Shape(outs > 0 && groups > 0 && outs % groups == 0 && weights.Length % (outs * window.Taps) == 0 && weights.Length > 0,
            $"Conv: {weights.Length} weights do not make [{outs}, C/{groups}, {window.KernelH}, {window.KernelW}]. Check groups and bias.");
        Ensure.Shape(scales.Length == outs || scales.Length == 1, $"Conv: {scales.Length} scales for {outs} output channels. Give one, or one each.");
        return scales;
    }
}
