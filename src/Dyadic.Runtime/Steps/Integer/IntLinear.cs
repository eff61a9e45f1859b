using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Reference = Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = clamp(⌊acc·m·2⁻ˢ⌉ + z_y, lo, hi), acc[r, n] = Σₖ w[n, k]·(x[r, k] − z_x) + bias[n].</summary>
/// <remarks>x [*, K] → y [*, N]; equations (2), (3), (4).</remarks>
public sealed class IntLinear : IntContraction
{
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
        : base("gemm", weights, bias, Fitting(weights, bias, scales), new(1, 1), 1, from, to)
    {
    }

    /// <summary>A matrix product with weights [N, K] as an array.</summary>
    /// <inheritdoc cref="IntLinear(WeightCodes, int[], DyadicScale[], IntFormat, IntFormat)"/>
    public IntLinear(short[] weights, int[] bias, DyadicScale[] scales, IntFormat from, IntFormat to)
        : this(WeightCodes.Of(weights, bias.Length), bias, scales, from, to)
    {
    }

    /// <summary>K.</summary>
    public int Inner => Weights.Length / Bias.Length;

    /// <summary>N.</summary>
    public int Outputs => Bias.Length;

    /// <inheritdoc/>
    public override long WeightBytes => HeldBytes + (_packed?.Bytes ?? 0);

    private protected override WindowSizes SizesOf(in TensorView x, in TensorView y) => new(1, Inner, x.Length / Inner, 1, Outputs, x.Length / Inner, 1, 1, new(1, 1));

    private protected override void Define(in TensorView x, int[] dims, Span<byte> q) =>
        Reference.IntegerConv.Linear(x.Length / Inner, Inner, Bytes.Of(x), Weights.Rows(), Bias, Scales, q, From, Codes);

    private protected override void PrepareManaged()
    {
        if (!Weights.AreNibbles) _packed ??= PackedWeights.Linear(Weights.Rows(), Outputs);
    }

    private protected override bool PrefersManaged(in WindowSizes s, in ExecutionMode mode) => NibbleLinear.Takes(Weights, s.Height, in mode);

    private protected override bool AlwaysManaged(in ExecutionMode mode) => NibbleLinear.TakesAll(Weights, in mode);

    private protected override unsafe void RunManaged(in WindowSizes s, byte* x, byte* q, in ExecutionMode mode)
    {
        PrepareManaged();
        if (Weights.AreNibbles) NibbleLinear.Run(s.Height, x, Weights, Requantizer, q, From, in mode);
        else IntegerLinear.Run(s.Height, Inner, x, _packed!, Requantizer, q, From, in mode);
    }

    private static DyadicScale[] Fitting(WeightCodes weights, int[] bias, DyadicScale[] scales)
    {
        int outs = bias.Length;
        Ensure.Shape(outs > 0 && weights.Length > 0 && weights.Length % outs == 0, $"Linear: {weights.Length} weights do not make [{outs}, K]. Check the bias.");
        Ensure.Shape(scales.Length == outs || scales.Length == 1, $"Linear: {scales.Length} scales for {outs} outputs. Give one, or one each.");
        return scales;
    }
}
