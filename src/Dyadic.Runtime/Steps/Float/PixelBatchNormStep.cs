using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Batch normalisation in training and its gradient over x [N, .., C], channels-last: two passes over blocks of rows, whose sums are combined in order.</summary>
/// <param name="function">Training or its gradient.</param>
/// <param name="epsilon">ε.</param>
/// <remarks>Means and sums of squares of two blocks make those of both by Chan, Golub and LeVeque 1979, eq. (1.5).</remarks>
internal sealed unsafe class PixelBatchNormStep(BatchNormFunction function, float epsilon) : Step
{
    /// <inheritdoc/>
    public override StepLayout Layout => StepLayout.ChannelsLast;

    /// <inheritdoc/>
    public override string Kernel => $"pixel_batch_norm_{function}".ToLowerInvariant();

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (inputs[0].Length == 0) return;
        if (inputs[0].Type == DType.Float32) Run<float>(inputs, outputs, mode);
        else if (inputs[0].Type == DType.Float64) Run<double>(inputs, outputs, mode);
        else throw ConvViews.Unsupported(Kernel, inputs[0].Type);
    }

    private void Run<T>(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorView x = inputs[0];
        int channels = x.Dims[^1];
        PixelRows<T> rows = new(x.Length / channels, channels);
        using ScratchBuffer<T> partial = Scratch.Rent<T>((nint)rows.Blocks * 2 * channels), vectors = Scratch.Rent<T>((nint)4 * channels);
        Body<T> body = new()
        {
            Rows = rows, X = (T*)x.Data, Y = (T*)outputs[0].Data, Partial = partial.Pointer,
            Center = vectors.Pointer, A = vectors.Pointer + channels, B = vectors.Pointer + 2 * channels, C = vectors.Pointer + 3 * channels,
        };
        if (function == BatchNormFunction.Training) Train(ref body, inputs, outputs, mode);
        else Gradient(ref body, inputs, outputs, mode);
    }

    private void Train<T>(ref Body<T> body, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* scale = (T*)inputs[1].Data, bias = (T*)inputs[2].Data, mean = (T*)outputs[1].Data, variance = (T*)outputs[2].Data;
        body.Pass = Pass.Moments;
        WorkerPool.For(body.Rows.Blocks, mode, ref body);
        for (int c = 0; c < body.Rows.Channels; c++)
        {
            double n = 0, mu = 0, squares = 0;
            for (int b = 0; b < body.Rows.Blocks; b++)
            {
                double count = body.Rows.Count(b), d = double.CreateTruncating(body.Partial[(2 * b * body.Rows.Channels) + c]) - mu;
                squares += double.CreateTruncating(body.Partial[(((2 * b) + 1) * body.Rows.Channels) + c]) + (d * d * n * count / (n + count));
                mu += d * count / (n + count);
                n += count;
            }
            (mean[c], variance[c]) = (T.CreateTruncating(mu), T.CreateTruncating(squares / n));
            (body.Center[c], body.B[c]) = (mean[c], bias[c]);
            body.A[c] = T.CreateTruncating(double.CreateTruncating(scale[c]) / Math.Sqrt((squares / n) + epsilon));
        }
        body.Pass = Pass.Normalize;
        WorkerPool.For(body.Rows.Blocks, mode, ref body);
    }

    // With r = 1/√(var + ε) and x̂ = (x − mean)·r: dbias = Σdy, dscale = Σdy·x̂, dx = scale·r·(dy − dbias/n − x̂·dscale/n).
    private void Gradient<T>(ref Body<T> body, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* scale = (T*)inputs[1].Data, mean = (T*)inputs[2].Data, variance = (T*)inputs[3].Data, dScale = (T*)outputs[1].Data, dBias = (T*)outputs[2].Data;
        int channels = body.Rows.Channels;
        body.Dy = (T*)inputs[4].Data;
        new Span<T>(mean, channels).CopyTo(new(body.Center, channels));
        body.Pass = Pass.Sums;
        WorkerPool.For(body.Rows.Blocks, mode, ref body);
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, dot = 0, r = 1 / Math.Sqrt(double.CreateTruncating(variance[c]) + epsilon), n = body.Rows.Total, a = double.CreateTruncating(scale[c]) * r;
            for (int b = 0; b < body.Rows.Blocks; b++)
            {
                sum += double.CreateTruncating(body.Partial[(2 * b * channels) + c]);
                dot += double.CreateTruncating(body.Partial[(((2 * b) + 1) * channels) + c]);
            }
            (dScale[c], dBias[c]) = (T.CreateTruncating(dot * r), T.CreateTruncating(sum));
            (body.A[c], body.B[c], body.C[c]) = (T.CreateTruncating(a), T.CreateTruncating(-a * r * r * dot / n), T.CreateTruncating(-a * sum / n));
        }
        body.Pass = Pass.Differentiate;
        WorkerPool.For(body.Rows.Blocks, mode, ref body);
    }

    private enum Pass
    {
        Moments,
        Normalize,
        Sums,
        Differentiate,
    }

    // Blocks [start, end).
    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public Pass Pass;
        public PixelRows<T> Rows;
        public T* X, Dy, Y, Partial, Center, A, B, C;

        public readonly void Run(int start, int end)
        {
            for (int b = start; b < end; b++)
            {
                nint at = (nint)b * Rows.BlockRows * Rows.Channels;
                int count = Rows.Count(b);
                T* first = Partial + ((nint)2 * b * Rows.Channels), second = first + Rows.Channels;
                if (Pass == Pass.Moments) Rows.Moments(X + at, count, first, second);
                else if (Pass == Pass.Normalize) Rows.Affine(X + at, count, Center, A, B, Y + at);
                else if (Pass == Pass.Sums) Rows.Sums(Dy + at, X + at, count, Center, first, second);
                else Rows.Affine(Dy + at, A, X + at, count, Center, B, C, Y + at);
            }
        }
    }
}
