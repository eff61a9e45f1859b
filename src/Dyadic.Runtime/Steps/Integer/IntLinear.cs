using Dyadic.Kernels;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Reference = Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = clamp(⌊acc·m·2⁻ˢ⌉ + z_y, lo, hi), acc[r, n] = Σₖ w[n, k]·(x[r, k] − z_x) + bias[n].</summary>
/// <remarks>x [*, K] → y [*, N]; equations (2), (3), (4).</remarks>
public sealed class IntLinear : IntStep
{
    private readonly WeightCodes _weights;
    private readonly int[] _bias;
    private readonly DyadicScale[] _scales;
    private readonly IntegerContraction _generated;
    private readonly Requantizer _requantizer;
    private PackedWeights? _packed;      // of the managed kernels, made when one is first used

    /// <summary>A matrix product with fused bias, requantisation and clamp.</summary>
    /// <param name="weights">[N, K], less their zero points.</param>
    /// <param name="bias">[N], in units of S_x·S_w[n].</param>
    /// <param name="scales">[N] or one for all: m·2⁻ˢ ≈ S_x·S_w[n]/S_y.</param>
    /// <param name="from">Format of x.</param>
    /// <param name="to">Format of y; its range is the fused clamp.</param>
    /// <exception cref="ShapeException">The lengths do not fit each other.</exception>
    /// <exception cref="PlanException">A 32-bit accumulator could overflow.</exception>
    public IntLinear(WeightCodes weights, int[] bias, DyadicScale[] scales, IntFormat from, IntFormat to)
    {
        int outs = bias.Length;
        Ensure.Shape(outs > 0 && weights.Length > 0 && weights.Length % outs == 0, $"Linear: {weights.Length} weights do not make [{outs}, K]. Check the bias.");
        Ensure.Shape(scales.Length == outs || scales.Length == 1, $"Linear: {scales.Length} scales for {outs} outputs. Give one, or one each.");
        (_weights, _bias, From, To) = (weights, bias, from.Checked(), to.Checked());
        _scales = scales.Length == outs ? scales : [.. Enumerable.Repeat(scales[0], outs)];
        WeightSums[] sums = weights.Sums();
        WorstAccumulator = AccumulatorBound.Prove(Kernel, sums, Inner, bias, from);
        _requantizer = new(bias, _scales, to, WorstAccumulator, outs);
        _generated = new(weights, sums, bias, _scales, 1, new Window(1, 1), from, to, _requantizer);
    }

    /// <summary>A matrix product with weights [N, K] as an array.</summary>
    /// <inheritdoc cref="IntLinear(WeightCodes, int[], DyadicScale[], IntFormat, IntFormat)"/>
    public IntLinear(short[] weights, int[] bias, DyadicScale[] scales, IntFormat from, IntFormat to)
        : this(WeightCodes.Of(weights, bias.Length), bias, scales, from, to)
    {
    }

    /// <summary>K.</summary>
    public int Inner => _weights.Length / _bias.Length;

    /// <summary>N.</summary>
    public int Outputs => _bias.Length;

    /// <summary>Format of the input.</summary>
    public IntFormat From { get; }

    /// <summary>Format of the output.</summary>
    public IntFormat To { get; }

    /// <summary>max |acc| that any input in range can cause; below 2³¹.</summary>
    public long WorstAccumulator { get; }

    /// <inheritdoc/>
    public override string Kernel => $"gemm_{(From.Signed ? "s8" : "u8")}s8s32";

    /// <inheritdoc/>
    public override IEnumerable<GeneratedKernel> GeneratedKernels(InstructionSet set) => _generated.Kernels(set);

    /// <inheritdoc/>
    public override long WeightBytes => _weights.HeldBytes + _generated.PackedBytes + (_packed?.Bytes ?? 0);

    /// <inheritdoc/>
    public override void Prepare(in ExecutionMode mode)
    {
        _generated.Prepare(mode.Code);
        if (!_generated.IsReady(in mode)) _packed ??= PackedWeights.Linear(_weights.Rows(), Outputs);
    }

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) =>
        Reference.IntegerConv.Linear(inputs[0].Length / Inner, Inner, Bytes.Of(inputs[0]), _weights.Rows(), _bias, _scales, Bytes.Of(outputs[0]), From, To);

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int rows = inputs[0].Length / Inner;
        ExecutionMode used = (long)rows * _weights.Length < SmallWork ? mode with { Threads = 1 } : mode;
        if (_generated.IsReady(in mode)) _generated.Run(new(1, Inner, rows, 1, Outputs, rows, 1, 1, new(1, 1)), inputs[0].Data, outputs[0].Data, in used);
        else IntegerLinear.Run(rows, Inner, inputs[0].Data, _packed ??= PackedWeights.Linear(_weights.Rows(), Outputs), _requantizer, outputs[0].Data, From, in used);
        GC.KeepAlive(this);
    }
}
