using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y[n, c] = the mean of plane x[n, c, ..].</summary>
public sealed unsafe class GlobalAverageStep : Step
{
    /// <inheritdoc/>
    public override string Kernel => "global_average";

    internal override Step InChannelsLast(int rank) => new ReduceStep(ReduceFunction.Mean, [.. Enumerable.Range(1, rank - 2)]);

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (outputs[0].Type == DType.Float32) Run<float>(inputs[0], outputs[0], mode);
        else if (outputs[0].Type == DType.Float64) Run<double>(inputs[0], outputs[0], mode);
        else throw ConvViews.Unsupported(Kernel, outputs[0].Type);
    }

    private static void Run<T>(in TensorView x, in TensorView y, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (y.Length == 0) return;
        Body<T> body = new() { X = (T*)x.Data, Y = (T*)y.Data, Plane = x.Length / y.Length };
        WorkerPool.For(y.Length, mode, ref body, Math.Max(1, 16384 / Math.Max(1, body.Plane)));
    }

    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public T* X, Y;
        public int Plane;

        public readonly void Run(int start, int end)
        {
            T n = T.CreateChecked(Plane);
            for (int i = start; i < end; i++) Y[i] = Lanes.Sum(new ReadOnlySpan<T>(X + (nint)i * Plane, Plane)) / n;
        }
    }
}
