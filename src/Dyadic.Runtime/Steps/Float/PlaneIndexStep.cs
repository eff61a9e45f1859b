using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Reads or adds at given places of each plane: inputs are values and int32 indices [N, C, ..], each index a place within its plane.</summary>
/// <param name="scatter">True: y[n, c, index[i]] += x[n, c, i], elsewhere 0. False: y[n, c, i] = x[n, c, index[i]].</param>
public sealed unsafe class PlaneIndexStep(bool scatter) : Step
{
    internal bool Scatter => scatter;

    /// <inheritdoc/>
    public override string Kernel => scatter ? "plane_scatter" : "plane_gather";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView indices, TensorView y) = (inputs[0], inputs[1], outputs[0]);
        if (y.Length == 0) return;
        int planes = y.Dims[0] * y.Dims[1], picked = indices.Length / planes, plane = (scatter ? y : x).Length / planes;
        int grain = Math.Max(1, 16384 / Math.Max(1, scatter ? plane : picked));
        if (y.Type == DType.Float32)
        {
            Body<float> body = new() { X = (float*)x.Data, Y = (float*)y.Data, Index = (int*)indices.Data, Picked = picked, Plane = plane, Scatter = scatter };
            WorkerPool.For(planes, mode, ref body, grain);
        }
        else if (y.Type == DType.Float64)
        {
            Body<double> body = new() { X = (double*)x.Data, Y = (double*)y.Data, Index = (int*)indices.Data, Picked = picked, Plane = plane, Scatter = scatter };
            WorkerPool.For(planes, mode, ref body, grain);
        }
        else throw ConvViews.Unsupported(Kernel, y.Type);
    }

    private struct Body<T> : IParallelBody where T : unmanaged, System.Numerics.INumber<T>
    {
        public T* X, Y;
        public int* Index;
        public int Picked, Plane;
        public bool Scatter;

        public readonly void Run(int start, int end)
        {
            for (int p = start; p < end; p++)
            {
                ReadOnlySpan<int> index = new(Index + (nint)p * Picked, Picked);
                if (Scatter) ScatterPlane(new(X + (nint)p * Picked, Picked), index, new(Y + (nint)p * Plane, Plane));
                else GatherPlane(new(X + (nint)p * Plane, Plane), index, new(Y + (nint)p * Picked, Picked));
            }
        }

        private static void ScatterPlane(ReadOnlySpan<T> x, ReadOnlySpan<int> index, Span<T> y)
        {
            y.Clear();
            for (int i = 0; i < x.Length; i++) y[Within(index[i], y.Length)] += x[i];
        }

        private static void GatherPlane(ReadOnlySpan<T> x, ReadOnlySpan<int> index, Span<T> y)
        {
            for (int i = 0; i < y.Length; i++) y[i] = x[Within(index[i], x.Length)];
        }

        private static int Within(int index, int size) =>
            (uint)index < (uint)size ? index : throw new ShapeException($"plane_index: place {index} is outside of a plane of {size}. Use the indices that the pooling gave.");
    }
}
