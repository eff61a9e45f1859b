using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = clamp(x·w + bias + residual, lo, hi) in float32 with constant weights. x [*, K] → y [*, N].</summary>
/// <remarks>Inputs: x and, if wanted, the residual, of y's shape. Weights are packed once for all sessions that run in one mode.</remarks>
public sealed unsafe class PackedLinearStep : Step
{
    private readonly FloatContraction _packed;
    private readonly int _inner;
    private readonly bool _residual;
    private readonly Clamp _clamp;

    /// <summary>A matrix product with fused bias, residual and clamp.</summary>
    /// <param name="weights">[K, N], row-major; kept, and must not change.</param>
    /// <param name="bias">[N], or empty for zeros.</param>
    /// <param name="outs">N.</param>
    /// <param name="clamp">Bounds of y.</param>
    /// <param name="residual">Whether a second input is added before the clamp.</param>
    public PackedLinearStep(ReadOnlyMemory<float> weights, float[] bias, int outs, Clamp clamp, bool residual = false)
    {
        _packed = FloatContraction.Linear(weights, bias, outs, clamp.Low, clamp.High);
        (_inner, _clamp, _residual) = (weights.Length / outs, clamp, residual);
    }

    /// <inheritdoc/>
    public override string Kernel => "linear_f32";

    /// <inheritdoc/>
    public override string Details => $"{_inner}→{_packed.Outputs}{(_residual ? " + residual" : "")}{_clamp}";

    /// <inheritdoc/>
    public override int InPlaceInput => _residual ? 1 : -1;

    /// <inheritdoc/>
    public override long WeightBytes => _packed.HeldBytes;

    /// <inheritdoc/>
    public override void Prepare(in ExecutionMode mode) => _packed.Prepare(mode, _residual);

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int rows = outputs[0].Length / _packed.Outputs;
        WindowSizes sizes = new(1, _inner, 1, rows, _packed.Outputs, 1, rows, 1, new Window(1, 1));
        _packed.Run(in sizes, (float*)inputs[0].Data, _residual ? (float*)inputs[1].Data : null, (float*)outputs[0].Data, in mode);
        GC.KeepAlive(this);
    }
}
