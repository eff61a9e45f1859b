using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y[n, c, p] = Σₜ w[n, p, t]·x[n, c, at[n, p, t]]: planes read at places of a grid; float32 and float64.</summary>
/// <param name="sampling">Taps and weights along an axis; those of a plane are their products.</param>
public sealed unsafe class GridSampleStep(GridSampling sampling) : Step
{
    private const int Block = 64;

    /// <inheritdoc/>
    public override string Kernel => $"grid_sample_{sampling.Mode}_{sampling.Padding}".ToLowerInvariant();

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (outputs[0].Length == 0) return;
        if (outputs[0].Type == DType.Float32) Sample<float>(inputs[0], inputs[1], outputs[0], mode);
        else if (outputs[0].Type == DType.Float64) Sample<double>(inputs[0], inputs[1], outputs[0], mode);
        else throw ConvViews.Unsupported(Kernel, outputs[0].Type);
    }

    private void Sample<T>(in TensorView x, in TensorView grid, in TensorView y, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int planes = x.Dims[0] * x.Dims[1], points = y.Length / planes, blocks = (points + Block - 1) / Block;
        Body<T> body = new() { X = (T*)x.Data, Grid = (T*)grid.Data, Y = (T*)y.Data, Dims = x.Dims, Plane = x.Length / planes, Points = points, Blocks = blocks, Sampling = sampling };
        WorkerPool.For(x.Dims[0] * blocks, mode, ref body);
    }

    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public T* X, Grid, Y;
        public int[] Dims;                   // of x: [N, C, spatial…]
        public int Plane, Points, Blocks;    // elements of a plane of x, of a plane of y, and how many blocks the latter has
        public GridSampling Sampling;

        public readonly void Run(int start, int end)
        {
            int axes = Dims.Length - 2, taps = Sampling.Taps, each = 1;
            for (int k = 0; k < axes; k++) each *= taps;
            using ScratchBuffer<int> at = Scratch.Rent<int>((nint)Block * each);        // [point, tap]
            using ScratchBuffer<T> weights = Scratch.Rent<T>((nint)Block * each);
            using ScratchBuffer<int> axisAt = Scratch.Rent<int>(taps);
            using ScratchBuffer<T> axisWeights = Scratch.Rent<T>(taps);
            for (int item = start; item < end; item++)
            {
                int image = item / Blocks, first = item % Blocks * Block, count = Math.Min(Block, Points - first);
                for (int p = 0; p < count; p++)
                {
                    ReadOnlySpan<T> place = new(Grid + ((((nint)image * Points) + first + p) * axes), axes);
                    Combine(place, at.Span.Slice(p * each, each), weights.Span.Slice(p * each, each), axisAt.Span[..taps], axisWeights.Span[..taps]);
                }
                for (int channel = 0; channel < Dims[1]; channel++)
                {
                    nint plane = ((nint)image * Dims[1]) + channel;
                    Read(X + (plane * Plane), at.Pointer, weights.Pointer, each, new(Y + (plane * Points) + first, count));
                }
            }
        }

        // Every combination of taps of the axes, the last axis running fastest; the grid names the last axis first.
        private readonly void Combine(ReadOnlySpan<T> place, Span<int> at, Span<T> weights, Span<int> axisAt, Span<T> axisWeights)
        {
            (at[0], weights[0]) = (0, T.One);
            for (int axis = 0, known = 1; axis < place.Length; axis++, known *= axisAt.Length)
            {
                int size = Dims[axis + 2];
                Sampling.Fill(place[place.Length - 1 - axis], size, axisAt, axisWeights);
                for (int c = known - 1; c >= 0; c--)
                {
                    (int before, T weight) = (at[c], weights[c]);
                    for (int t = 0; t < axisAt.Length; t++)
                    {
                        int to = (c * axisAt.Length) + t;
                        at[to] = before < 0 || axisAt[t] < 0 ? -1 : (before * size) + axisAt[t];
                        weights[to] = weight * axisWeights[t];
                    }
                }
            }
        }

        private static void Read(T* x, int* at, T* weights, int each, Span<T> y)
        {
            for (int p = 0; p < y.Length; p++)
            {
                T sum = T.Zero;
                for (int t = p * each; t < (p + 1) * each; t++)
                    if (at[t] >= 0) sum += weights[t] * x[at[t]];
                y[p] = sum;
            }
        }
    }
}
