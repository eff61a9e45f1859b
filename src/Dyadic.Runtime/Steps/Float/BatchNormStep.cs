using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The functions of <see cref="BatchNormStep"/>.</summary>
public enum BatchNormFunction
{
    /// <summary>(x, scale, bias, mean, variance) → y = (x − mean)·scale/√(variance + ε) + bias.</summary>
    Inference,

    /// <summary>(x, scale, bias) → (y, mean, variance) with the statistics of the batch; the variance is Σ(x − mean)²/n.</summary>
    Training,

    /// <summary>(x, scale, mean, variance, dy) → (dx, dscale, dbias) of the training form.</summary>
    Gradient,
}

/// <summary>Batch normalisation over [N, C, ..], channel by channel, in parallel; sums run in a fixed order.</summary>
/// <param name="function">What is computed.</param>
/// <param name="epsilon">ε.</param>
public sealed unsafe class BatchNormStep(BatchNormFunction function, float epsilon) : Step
{
    internal BatchNormFunction Function => function;

    internal float Epsilon => epsilon;

    /// <inheritdoc/>
    public override string Kernel => $"batch_norm_{function}".ToLowerInvariant();

    // Plans have inference only, which becomes a part of the convolution before it.
    internal override Step? InChannelsLast(int rank) => function == BatchNormFunction.Inference ? null : new PixelBatchNormStep(function, epsilon);

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
        int channels = x.Dims[1], plane = 1;
        for (int axis = 2; axis < x.Rank; axis++) plane *= x.Dims[axis];
        Body<T> body = new()
        {
            Function = function, Epsilon = epsilon, Batch = x.Dims[0], Channels = channels, Plane = plane,
            X = (T*)x.Data, Scale = (T*)inputs[1].Data, In2 = (T*)inputs[2].Data,
            In3 = inputs.Length > 3 ? (T*)inputs[3].Data : null, In4 = inputs.Length > 4 ? (T*)inputs[4].Data : null,
            Y = (T*)outputs[0].Data, Out1 = outputs.Length > 1 ? (T*)outputs[1].Data : null, Out2 = outputs.Length > 2 ? (T*)outputs[2].Data : null,
        };
        WorkerPool.For(channels, mode, ref body, Math.Max(1, 8192 / (x.Dims[0] * plane)));
    }

    // Channels [start, end). In2 … In4 and Out1, Out2 are the vectors of the function, in the order of its inputs and outputs.
    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public BatchNormFunction Function;
        public float Epsilon;
        public int Batch, Channels, Plane;
        public T* X, Scale, In2, In3, In4, Y, Out1, Out2;

        public readonly void Run(int start, int end)
        {
            for (int c = start; c < end; c++)
            {
                if (Function == BatchNormFunction.Inference) Normalize(c, double.CreateTruncating(In3[c]), double.CreateTruncating(In4[c]), In2[c]);
                else if (Function == BatchNormFunction.Training) Train(c);
                else Gradient(c);
            }
        }

        private readonly void Train(int c)
        {
            double n = (double)Batch * Plane, sum = 0, squares = 0;
            for (int i = 0; i < Batch; i++) sum += double.CreateTruncating(Lanes.Sum<T>(Line(X, i, c)));
            double mean = sum / n;
            for (int i = 0; i < Batch; i++) squares += double.CreateTruncating(Lanes.CenteredSquares(Line(X, i, c), T.CreateTruncating(mean)));
            double variance = squares / n;
            (Out1[c], Out2[c]) = (T.CreateTruncating(mean), T.CreateTruncating(variance));
            Normalize(c, mean, variance, In2[c]);
        }

        private readonly void Normalize(int c, double mean, double variance, T bias)
        {
            T a = T.CreateTruncating(double.CreateTruncating(Scale[c]) / Math.Sqrt(variance + Epsilon)), center = T.CreateTruncating(mean);
            for (int i = 0; i < Batch; i++) Lanes.CenteredAffine(Line(X, i, c), center, a, bias, Line(Y, i, c));
        }

        // With r = 1/√(var + ε) and x̂ = (x − mean)·r: dbias = Σdy, dscale = Σdy·x̂, dx = scale·r·(dy − dbias/n − x̂·dscale/n).
        private readonly void Gradient(int c)
        {
            (T mean, double r, double n) = (In2[c], 1 / Math.Sqrt(double.CreateTruncating(In3[c]) + Epsilon), (double)Batch * Plane);
            double sum = 0, dot = 0;
            for (int i = 0; i < Batch; i++)
            {
                (T lineSum, T lineDot) = Lanes.SumAndCenteredDot(Line(In4, i, c), Line(X, i, c), mean);
                sum += double.CreateTruncating(lineSum);
                dot += double.CreateTruncating(lineDot);
            }
            (Out1[c], Out2[c]) = (T.CreateTruncating(dot * r), T.CreateTruncating(sum));
            double a = double.CreateTruncating(Scale[c]) * r;
            (T ta, T tb, T tc) = (T.CreateTruncating(a), T.CreateTruncating(-a * r * r * dot / n), T.CreateTruncating(-a * sum / n));
            for (int i = 0; i < Batch; i++) Lanes.CenteredAffine(Line(In4, i, c), ta, Line(X, i, c), mean, tb, tc, Line(Y, i, c));
        }

        private readonly Span<T> Line(T* data, int image, int channel) => new(data + ((nint)image * Channels + channel) * Plane, Plane);
    }
}
