using Dyadic.Kernels;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Reference = Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = clamp(⌊acc·m·2⁻ˢ⌉ + z_y, lo, hi), acc = Σ w·(x − z_x) + bias; padding contributes 0.</summary>
/// <remarks>x [N, C, H, W] → y [N, M, P, Q]; equations (1), (2), (4).</remarks>
public sealed class IntConv : IntStep
{
    private readonly WeightCodes _weights;
    private readonly int[] _bias;
    private readonly DyadicScale[] _scales;
    private readonly bool _isDepthwise;
    private readonly IntegerContraction _generated;
    private readonly Requantizer _requantizer;
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
    {
        int outs = bias.Length;
        Ensure.Shape(outs > 0 && groups > 0 && outs % groups == 0 && weights.Length % (outs * window.Taps) == 0 && weights.Length > 0,
            $"Conv: {weights.Length} weights do not make [{outs}, C/{groups}, {window.KernelH}, {window.KernelW}]. Check groups and bias.");
        Ensure.Shape(scales.Length == outs || scales.Length == 1, $"Conv: {scales.Length} scales for {outs} output channels. Give one, or one each.");
        (_weights, _bias, Window, Groups, From, To) = (weights, bias, window, groups, from.Checked(), to.Checked());
        _scales = scales.Length == outs ? scales : [.. Enumerable.Repeat(scales[0], outs)];
        _isDepthwise = IntegerContraction.IsDepthwise(weights.Length, outs, groups, in window);
        WeightSums[] sums = weights.Sums();
        WorstAccumulator = AccumulatorBound.Prove(Kernel, sums, weights.Length / outs, bias, from);
        _requantizer = new(bias, _scales, to, WorstAccumulator, _isDepthwise ? outs : outs / groups);
        _generated = new(weights, sums, bias, _scales, groups, in window, from, to, _requantizer);
    }

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

    /// <summary>Format of the input.</summary>
    public IntFormat From { get; }

    /// <summary>Format of the output.</summary>
    public IntFormat To { get; }

    /// <summary>max |acc| that any input in range can cause; below 2³¹.</summary>
    public long WorstAccumulator { get; }

    /// <inheritdoc/>
    public override StepLayout Layout => StepLayout.ChannelsLast;

    /// <inheritdoc/>
    public override string Kernel => $"{(_isDepthwise ? "depthwise" : "conv")}_{(From.Signed ? "s8" : "u8")}s8s32";

    /// <inheritdoc/>
    public override string Details => WindowText.Of(Window, _isDepthwise ? 1 : Groups);

    /// <inheritdoc/>
    public override IEnumerable<GeneratedKernel> GeneratedKernels(InstructionSet set) => _generated.Kernels(set);

    /// <inheritdoc/>
    public override long WeightBytes => _weights.HeldBytes + _generated.PackedBytes + (_packed?.Bytes ?? 0) + (_depthwise?.Bytes ?? 0);

    /// <inheritdoc/>
    public override void Prepare(in ExecutionMode mode)
    {
        _generated.Prepare(mode.Code);
        if (_generated.IsReady(in mode)) return;
        if (_isDepthwise) _depthwise ??= new(_weights.Rows(), _bias.Length);
        else _packed ??= PackedWeights.Conv(_weights.Rows(), _bias.Length, Groups, Window);
    }

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        int[] x = inputs[0].Dims, y = outputs[0].Dims;
        WindowSizes sizes = new(x[0], x[1], x[2], x[3], y[1], y[2], y[3], Groups, Window);
        Reference.IntegerConv.Run(in sizes, Bytes.Of(inputs[0]), _weights.Rows(), _bias, _scales, Bytes.Of(outputs[0]), From, To);
    }

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int[] x = inputs[0].Dims, y = outputs[0].Dims;
        WindowSizes sizes = new(x[0], x[3], x[1], x[2], y[3], y[1], y[2], Groups, Window);
        ExecutionMode used = (long)outputs[0].Length * (_weights.Length / y[3]) < SmallWork ? mode with { Threads = 1 } : mode;
        if (_generated.IsReady(in mode)) _generated.Run(in sizes, inputs[0].Data, outputs[0].Data, in used);
        else RunManaged(in sizes, inputs[0].Data, outputs[0].Data, in used);
        GC.KeepAlive(this);
    }

    private unsafe void RunManaged(in WindowSizes sizes, byte* x, byte* y, in ExecutionMode mode)
    {
        if (_isDepthwise) (_depthwise ??= new(_weights.Rows(), _bias.Length)).Run(in sizes, x, _requantizer, y, From, in mode);
        else IntegerConvolution.Run(in sizes, x, _packed ??= PackedWeights.Conv(_weights.Rows(), _bias.Length, Groups, Window), _requantizer, y, From, in mode);
    }
}
