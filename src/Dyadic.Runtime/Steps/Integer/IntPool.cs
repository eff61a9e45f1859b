using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Reference = Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = the greatest code under the window; input and output share scale and zero point. x [N, C, H, W] → y [N, C, P, Q].</summary>
/// <param name="window">Kernel, strides, padding (ignored taps), dilation.</param>
/// <param name="format">Format of both sides.</param>
public sealed class IntMaxPool(Window window, IntFormat format) : IntStep
{
    private readonly IntFormat _format = format.Checked();

    /// <inheritdoc/>
    public override StepLayout Layout => StepLayout.ChannelsLast;

    /// <inheritdoc/>
    public override string Kernel => _format.Signed ? "maxpool_s8" : "maxpool_u8";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        int[] x = inputs[0].Dims, y = outputs[0].Dims;
        WindowSizes sizes = new(x[0], x[1], x[2], x[3], y[1], y[2], y[3], 1, window);
        Reference.IntegerPool.Max(in sizes, Bytes.Of(inputs[0]), Bytes.Of(outputs[0]), _format);
    }

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int[] x = inputs[0].Dims, y = outputs[0].Dims;
        WindowSizes sizes = new(x[0], x[3], x[1], x[2], y[3], y[1], y[2], 1, window);
        IntegerPool.Max(in sizes, inputs[0].Data, outputs[0].Data, _format, in mode);
    }
}

/// <summary>y = clamp(⌊Σ(x − z_x)·m·2⁻ˢ⌉ + z_y, lo, hi) with one rounding of the sum. x [N, C, H, W] → y [N, C, P, Q]; equation (9).</summary>
/// <remarks>Global average pooling is a window of the size of the image.</remarks>
public sealed class IntAveragePool : IntStep
{
    private readonly DyadicScale[] _scales;
    private readonly Requantizer _requantizer;

    /// <summary>Average pooling with the division by the number of taps inside the scale.</summary>
    /// <param name="window">Kernel, strides, padding, dilation.</param>
    /// <param name="scales">One scale S_x/(S_y·kH·kW) where padding counts (or there is none);
    /// kH·kW scales, the one at n − 1 being S_x/(S_y·n), where only the n taps inside the image count.</param>
    /// <param name="from">Format of x.</param>
    /// <param name="to">Format of y.</param>
    /// <exception cref="ShapeException">The number of scales is neither 1 nor kH·kW.</exception>
    /// <exception cref="PlanException">The 32-bit sum could overflow.</exception>
    public IntAveragePool(Window window, DyadicScale[] scales, IntFormat from, IntFormat to)
    {
        Ensure.Shape(scales.Length == 1 || scales.Length == window.Taps,
            $"AveragePool: {scales.Length} scales for {window.Taps} taps. Give one where padding counts, else one for each number of taps.");
        (Window, _scales, From, To) = (window, scales, from.Checked(), to.Checked());
        WorstAccumulator = (long)window.Taps * from.Reach;
        if (WorstAccumulator >= 1L << 31)
            throw new PlanException($"plan: step {Kernel}: |acc| can reach {WorstAccumulator} ≥ 2³¹ for {window.Taps} taps. Pool in two stages.");
        _requantizer = IntegerPool.Scales(scales, to, WorstAccumulator);
    }

    /// <summary>Kernel, strides, padding, dilation.</summary>
    public Window Window { get; }

    /// <summary>Format of the input.</summary>
    public IntFormat From { get; }

    /// <summary>Format of the output.</summary>
    public IntFormat To { get; }

    /// <summary>max |acc| that any input in range can cause; below 2³¹.</summary>
    public long WorstAccumulator { get; }

    /// <inheritdoc/>
    public override StepLayout Layout => StepLayout.ChannelsLast;

    /// <inheritdoc/>
    public override string Kernel => From.Signed ? "averagepool_s8s32" : "averagepool_u8s32";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        int[] x = inputs[0].Dims, y = outputs[0].Dims;
        WindowSizes sizes = new(x[0], x[1], x[2], x[3], y[1], y[2], y[3], 1, Window);
        Reference.IntegerPool.Average(in sizes, Bytes.Of(inputs[0]), _scales, Bytes.Of(outputs[0]), From, To);
    }

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int[] x = inputs[0].Dims, y = outputs[0].Dims;
        WindowSizes sizes = new(x[0], x[3], x[1], x[2], y[3], y[1], y[2], 1, Window);
        IntegerPool.Average(in sizes, inputs[0].Data, _scales.Length, _requantizer, outputs[0].Data, From, in mode);
        GC.KeepAlive(this);
    }
}
