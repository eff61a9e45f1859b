using Dyadic.Kernels.Contractions;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>y = clamp(x ∗ w + bias + residual, lo, hi) in float32 with constant weights, packed once: convolutions channels-last, and matrix products.</summary>
/// <remarks>
/// Each output is one chain of fused multiply-adds over the taps in the order (kernel row, kernel column, channel), started from the bias; padding
/// takes part as zeros. Its bits depend on neither threads, nor batch, nor instruction set. A NaN stays one through the clamp.
/// </remarks>
public sealed unsafe class FloatContraction
{
    private const long SmallWork = 1 << 20;      // products below which one thread is faster
    private readonly ReadOnlyMemory<float> _weights;
    private readonly float[] _bias;
    private readonly float _lo, _hi;
    private readonly ContractionShape _shape;
    private readonly bool _columns;
    private readonly PackedOperands?[] _packed = new PackedOperands?[2 * InstructionSets.Count];      // without residual, with

    private FloatContraction(ReadOnlyMemory<float> weights, float[] bias, int outs, int groups, in Window window, float lo, float hi, bool columns = false)
    {
        _columns = columns;
        Ensure.Shape(outs > 0 && groups > 0 && outs % groups == 0 && weights.Length > 0 && weights.Length % (outs * window.Taps) == 0,
            $"Conv: {weights.Length} weights do not make [{outs}, C/{groups}, {window.KernelH}, {window.KernelW}]. Check groups.");
        Ensure.Shape(bias.Length == 0 || bias.Length == outs, $"Conv: bias has {bias.Length} values for {outs} output channels.");
        (_weights, _bias, _lo, _hi) = (weights, bias.Length == 0 ? new float[outs] : bias, lo, hi);
        _shape = new(weights.Length, outs, groups, in window);
    }

    /// <summary>M, output channels.</summary>
    public int Outputs => _bias.Length;

    /// <summary>True where each output channel sees one input channel of its own.</summary>
    public bool IsDepthwise => _shape.Depthwise;

    /// <summary>Bytes held: weights and bias as given, and packed for all modes prepared so far.</summary>
    public long HeldBytes => sizeof(float) * ((long)_weights.Length + _bias.Length) + _packed.OfType<PackedOperands>().Sum(p => p.Bytes);

    /// <summary>Packs weights [M, C/g, kH, kW] of a convolution; an empty bias is 0. Both are kept and must not change.</summary>
    public static FloatContraction Conv(ReadOnlyMemory<float> weights, float[] bias, int outs, int groups, in Window window,
        float lo = float.NegativeInfinity, float hi = float.PositiveInfinity) => new(weights, bias, outs, groups, in window, lo, hi);

    /// <summary>Packs weights [K, N] of y [*, N] = x [*, K]·w + bias; an empty bias is 0. Both are kept and must not change.</summary>
    public static FloatContraction Linear(ReadOnlyMemory<float> weights, float[] bias, int outs,
        float lo = float.NegativeInfinity, float hi = float.PositiveInfinity) => new(weights, bias, outs, 1, new Window(1, 1), lo, hi, columns: true);

    /// <summary>Packs the weights for the kernels of <paramref name="mode"/>, which <see cref="Run"/> does at its first call otherwise. Safe from many threads.</summary>
    /// <param name="mode">Kernels.</param>
    /// <param name="residual">Whether a residual will be given.</param>
    public void Prepare(ExecutionMode mode, bool residual = false) => Packed(mode.Code.OnVectors(), residual);

    /// <summary>Runs a convolution, or a product as a 1×1 convolution with N·H·W rows.</summary>
    /// <param name="s">Sizes; the window and groups are those packed.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="residual">Added before the clamp, [N, P, Q, M], or null.</param>
    /// <param name="y">[N, P, Q, M]; may be <paramref name="residual"/>.</param>
    /// <param name="mode">Kernels and threads.</param>
    public void Run(in WindowSizes s, float* x, float* residual, float* y, in ExecutionMode mode)
    {
        long products = (long)s.Batch * s.OutHeight * s.OutWidth * _weights.Length;
        ExecutionMode used = products < SmallWork ? mode with { Threads = 1 } : mode;
        (int, int) bounds = (BitConverter.SingleToInt32Bits(_lo), BitConverter.SingleToInt32Bits(_hi));
        ContractionDriver.Run(in s, (byte*)x, OperandForm.Same, default, Packed(mode.Code.OnVectors(), residual != null), null, bounds, (byte*)residual, (byte*)y, in used);
    }

    private PackedOperands Packed(InstructionSet set, bool residual)
    {
        ref PackedOperands? slot = ref _packed[(int)set + (residual ? InstructionSets.Count : 0)];
        if (Volatile.Read(ref slot) is { } known) return known;
        TileEnd end = residual ? TileEnd.AddClamp : TileEnd.Clamp;
        PackedOperands? packed = set == InstructionSet.None ? null : PackedOperands.For(in _shape, set, OperandKind.F32, DepthwiseKind.F32, end);
        packed ??= PackedOperands.Managed(in _shape, OperandKind.F32, end, _shape.Depthwise ? &FloatTile.Depthwise : &FloatTile.Contract);
        fixed (float* w = _weights.Span) packed.PackMatrix(w, transposed: !_columns);
        for (int m = 0; m < _bias.Length; m++)
        {
            byte* constants = packed.ConstantsOf(m, out int lane);
            ((float*)constants)[lane] = _bias[m];
        }
        Volatile.Write(ref slot, packed);
        return packed;
    }
}
