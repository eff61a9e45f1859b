using Dyadic.Kernels;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = clamp(⌊acc·m·2⁻ˢ⌉ + z_y, lo, hi) in 16 bits, acc[r, n] = Σₖ w[n, k]·(x[r, k] − z_x) + bias[n]: what a residual sum or a normalisation reads.</summary>
/// <remarks>x [*, K] of 8 bits → y [*, N]; equations (2), (3), (4).</remarks>
public sealed class IntWideLinear : IntStep
{
    private const int ChunkSums = 1 << 17;      // that wait for their end in the second cache
    private readonly WeightCodes _weights;
    private readonly int[] _bias;
    private readonly DyadicScale[] _scales;
    private readonly IntFormat _from, _to;
    private readonly Requantizer _requantizer;
    private readonly IntegerContraction _generated;
    private PackedWeights? _packed;      // of the managed kernels, made when one is first used

    /// <summary>A matrix product with fused bias, requantisation and clamp.</summary>
    /// <param name="weights">[N, K], less their zero points.</param>
    /// <param name="bias">[N], in units of S_x·S_w[n].</param>
    /// <param name="scales">[N]: m·2⁻ˢ ≈ S_x·S_w[n]/S_y.</param>
    /// <param name="from">Format of x, of 8 bits.</param>
    /// <param name="to">Format of y, of 16 bits; its range is the fused clamp.</param>
    /// <exception cref="ShapeException">The lengths do not fit each other.</exception>
    /// <exception cref="PlanException">A 32-bit accumulator could overflow.</exception>
    public IntWideLinear(WeightCodes weights, int[] bias, DyadicScale[] scales, IntFormat from, IntFormat to)
    {
        int outs = bias.Length;
        Ensure.Shape(outs > 0 && weights.Length > 0 && weights.Length % outs == 0 && scales.Length == outs,
            $"Linear: {weights.Length} weights, {outs} biases and {scales.Length} scales do not make [N, K]. Give N of each of the last two.");
        Ensure.Shape(to.IsWide, $"Linear: {to.Type} is not of 16 bits. Use IntLinear.");
        (_weights, _bias, _scales, _from, _to) = (weights, bias, scales, from.Checked(), to.Checked(wide: true));
        WeightSums[] sums = weights.Sums();
        WorstAccumulator = AccumulatorBound.Prove(Kernel, sums, Inner, bias, from);
        _requantizer = new(bias, scales, to, WorstAccumulator, outs);
        _generated = new(weights, sums, bias, scales, 1, new(1, 1), from, to, _requantizer);
    }

    /// <summary>K.</summary>
    public int Inner => _weights.Length / _bias.Length;

    /// <summary>N.</summary>
    public int Outputs => _bias.Length;

    /// <summary>max |acc| that any input in range can cause; below 2³¹.</summary>
    public long WorstAccumulator { get; }

    /// <inheritdoc/>
    public override string Kernel => $"gemm_{_from.Name}{(_weights.AreNibbles ? "s4" : "s8")}{_to.Name}";

    /// <inheritdoc/>
    public override long WeightBytes => _weights.HeldBytes + _generated.PackedBytes + (_packed?.Bytes ?? 0);

    /// <inheritdoc/>
    public override void Prepare(in ExecutionMode mode)
    {
        if (!NibbleLinear.TakesAll(_weights, in mode)) _generated.Prepare(mode.Code);
        if (!_generated.IsReady(in mode) && !_weights.AreNibbles) Packed();
    }

    /// <inheritdoc/>
    public override IEnumerable<GeneratedKernel> GeneratedKernels(InstructionSet set) => _generated.Kernels(set);

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        ReadOnlySpan<byte> x = Bytes.Of(inputs[0]);
        ReadOnlySpan<short> w = _weights.Rows();
        Span<short> y = outputs[0].Span<short>();
        for (int i = 0; i < y.Length; i++)
        {
            int n = i % Outputs, acc = IntegerConv.Sum(x.Slice(i / Outputs * Inner, Inner), w.Slice(n * Inner, Inner), _bias[n], _from);
            y[i] = (short)_scales[n].Requantize(acc, _to.Zero, _to.Lo, _to.Hi);                                             // (2)
        }
    }

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int rows = inputs[0].Length / Inner, chunk = Math.Clamp(ChunkSums / Outputs, 1, Math.Max(1, rows));
        short* y = (short*)outputs[0].Data;
        bool nibbles = _weights.AreNibbles && (NibbleLinear.Takes(_weights, rows, in mode) || !_generated.IsReady(in mode));
        if (!nibbles && !_generated.IsReady(in mode))
        {
            PairProduct.Linear(rows, Inner, inputs[0].Data, Packed(), _requantizer, y, _from, in mode);
            return;
        }
        using ScratchBuffer<int> sums = Scratch.Rent<int>((nint)chunk * Outputs);
        for (int first = 0; first < rows; first += chunk)
        {
            int count = Math.Min(chunk, rows - first);
            byte* x = inputs[0].Data + ((nint)first * Inner);
            if (nibbles) NibbleLinear.Sums(count, x, _weights, sums.Pointer, _from, in mode);
            else _generated.RunSums(new(1, Inner, count, 1, Outputs, count, 1, 1, new Window(1, 1)), x, sums.Pointer, in mode);
            RowRequantize.Run(_requantizer, sums.Pointer, count, Outputs, y + ((nint)first * Outputs), in mode);
        }
    }

    private PackedWeights Packed() => _packed ??= PackedWeights.Linear(_weights.Rows(), Outputs);
}
