using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// y[n, h·kH + i, w·kW + j, m] = clamp(Σ_c x[n, h, w, c]·w[c, m, i, j] + bias[m], lo, hi): a transposed convolution whose windows lie side by side, in float32 with
/// constant weights. x [N, (H,) W, C] → y [N, (kH·H,) kW·W, M], channels-last.
/// </summary>
/// <remarks>Row i of the windows is a product of the pixels of an input row by [C, kW·M], which makes a whole row of the output.</remarks>
public sealed unsafe class PackedUpConvStep : Step
{
    private readonly FloatContraction[] _rows;      // of the window
    private readonly int _kernelH, _kernelW, _outs;
    private readonly Clamp _clamp;

    /// <summary>A transposed convolution with fused bias and clamp, whose strides are its kernel.</summary>
    /// <param name="weights">[C, M, kH, kW], row-major.</param>
    /// <param name="bias">[M].</param>
    /// <param name="kernelH">kH; 1 for [N, W, C].</param>
    /// <param name="kernelW">kW.</param>
    /// <param name="clamp">Bounds of y.</param>
    public PackedUpConvStep(ReadOnlySpan<float> weights, float[] bias, int kernelH, int kernelW, Clamp clamp)
    {
        (_kernelH, _kernelW, _outs, _clamp) = (kernelH, kernelW, bias.Length, clamp);
        _rows = new FloatContraction[kernelH];
        int columns = kernelW * _outs, channels = weights.Length / (columns * kernelH);
        for (int i = 0; i < kernelH; i++)
        {
            float[] row = new float[channels * columns], repeated = new float[columns];
            for (int j = 0; j < kernelW; j++)
            {
                bias.CopyTo(repeated, j * _outs);
                for (int c = 0; c < channels; c++)
                    for (int m = 0; m < _outs; m++) row[c * columns + j * _outs + m] = weights[((c * _outs + m) * kernelH + i) * kernelW + j];
            }
            _rows[i] = FloatContraction.Linear(row, repeated, columns, clamp.Low, clamp.High);
        }
    }

    /// <inheritdoc/>
    public override StepLayout Layout => StepLayout.ChannelsLast;

    /// <inheritdoc/>
    public override string Kernel => "up_conv_f32";

    /// <inheritdoc/>
    public override string Details => $"{_kernelH}×{_kernelW}{_clamp}";

    /// <inheritdoc/>
    public override long WeightBytes => _rows.Sum(r => r.HeldBytes);

    /// <inheritdoc/>
    public override void Prepare(in ExecutionMode mode)
    {
        foreach (FloatContraction row in _rows) row.Prepare(mode);
    }

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        const int Grain = 1 << 18;      // products worth a thread
        int[] x = inputs[0].Dims;
        Body body = new() { Step = this, Channels = x[^1], Width = x[^2], X = (float*)inputs[0].Data, Y = (float*)outputs[0].Data, Mode = mode with { Threads = 1 } };
        if (outputs[0].Length > 0) WorkerPool.For(inputs[0].Length / (x[^1] * x[^2]), mode, ref body, Grain / (x[^1] * x[^2] * _kernelH * _kernelW * _outs) + 1);
        GC.KeepAlive(this);
    }

    // Input rows [start, end) of all images.
    private struct Body : IParallelBody
    {
        public PackedUpConvStep Step;
        public int Channels, Width;
        public float* X, Y;
        public ExecutionMode Mode;

        public readonly void Run(int start, int end)
        {
            int columns = Step._kernelW * Step._outs;
            WindowSizes sizes = new(1, Channels, Width, 1, columns, Width, 1, 1, new Window(1, 1));
            for (int row = start; row < end; row++)
                for (int i = 0; i < Step._kernelH; i++)
                    Step._rows[i].Run(in sizes, X + (nint)row * Width * Channels, null, Y + ((nint)row * Step._kernelH + i) * Width * columns, in Mode);
        }
    }
}
