using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y[o, j, i] = Σₜ w[j, t]·x[o, at[j, t], i]: one axis sampled anew. Any element type where an element is chosen, else float32 and float64.</summary>
/// <param name="axis">The axis.</param>
/// <param name="sampling">Taps and weights.</param>
/// <param name="scale">The scale, or 0 for the quotient of the sizes.</param>
/// <param name="outside">The value of what lies outside, as 8 bytes of which the element's first ones are used.</param>
public sealed unsafe class ResampleStep(int axis, Resampling sampling, double scale, ulong outside) : Step
{
    private const int Grain = 1 << 13;

    /// <inheritdoc/>
    public override string Kernel => $"resize_{sampling.Mode}".ToLowerInvariant();

    /// <summary>True where elements are chosen and nothing is computed.</summary>
    internal bool Moves => sampling.Mode == ResizeMode.Nearest;

    internal override Step InChannelsLast(int rank) => new ResampleStep(ChannelsLast.Axis(axis, rank), sampling, scale, outside);

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView y) = (inputs[0], outputs[0]);
        if (y.Length == 0) return;
        (int size, int count) = (x.Dims[axis], y.Dims[axis]);
        double s = scale > 0 ? scale : (double)count / size;
        int taps = sampling.Taps(s);
        using ScratchBuffer<int> at = Scratch.Rent<int>(count * taps);
        using ScratchBuffer<double> weights = Scratch.Rent<double>(count * taps);
        sampling.Fill(size, count, s, at.Span, weights.Span);
        Taps map = new(size, count, taps, Product(y.Dims.AsSpan(axis + 1)), at.Pointer);
        if (Moves) Move(x, y, map, mode);
        else if (y.Type == DType.Float32) Weigh<float>(x, y, map, weights.Span, mode);
        else if (y.Type == DType.Float64) Weigh<double>(x, y, map, weights.Span, mode);
        else throw ConvViews.Unsupported(Kernel, y.Type);
    }

    private static int Product(ReadOnlySpan<int> dims)
    {
        int n = 1;
        foreach (int d in dims) n *= d;
        return n;
    }

    private void Move(in TensorView x, in TensorView y, Taps map, in ExecutionMode mode)
    {
        int unit = y.Type.Size(), rows = y.Length / map.Inner;
        MoveBody body = new() { X = x.Data, Y = y.Data, Map = map, Unit = unit, Outside = outside };
        WorkerPool.For(rows, mode, ref body, Math.Max(1, Grain / map.Inner));
    }

    private void Weigh<T>(in TensorView x, in TensorView y, Taps map, ReadOnlySpan<double> weights, in ExecutionMode mode) where T : unmanaged, INumber<T>
    {
        using ScratchBuffer<T> rounded = Scratch.Rent<T>(weights.Length);
        for (int i = 0; i < weights.Length; i++) rounded.Pointer[i] = T.CreateChecked(weights[i]);
        ulong bits = outside;
        WeighBody<T> body = new() { X = (T*)x.Data, Y = (T*)y.Data, Map = map, Weights = rounded.Pointer, Outside = *(T*)&bits };
        WorkerPool.For(y.Length / map.Inner, mode, ref body, Math.Max(1, Grain / (map.Inner * map.Each)));
    }

    // Rows are [outer, j]; a row holds what lies within the axis.
    private readonly record struct Taps(int Size, int Count, int Each, int Inner, nint At)
    {
        public Taps(int size, int count, int each, int inner, int* at) : this(size, count, each, inner, (nint)at)
        {
        }

        public ReadOnlySpan<int> Places(int j) => new((int*)At + (j * Each), Each);
    }

    private struct MoveBody : IParallelBody
    {
        public byte* X, Y;
        public Taps Map;
        public int Unit;
        public ulong Outside;

        public readonly void Run(int start, int end)
        {
            switch (Unit)
            {
                case 1: Run<byte>(start, end, (byte)Outside); break;
                case 2: Run<ushort>(start, end, (ushort)Outside); break;
                case 4: Run<uint>(start, end, (uint)Outside); break;
                default: Run<ulong>(start, end, Outside); break;
            }
        }

        private readonly void Run<T>(int start, int end, T value) where T : unmanaged
        {
            int inner = Map.Inner, outer = start / Map.Count, j = start % Map.Count;
            for (int row = start; row < end; row++)
            {
                int at = Map.Places(j)[0];
                T* target = (T*)Y + ((nint)row * inner), source = (T*)X + ((((nint)outer * Map.Size) + at) * inner);
                if (at < 0) new Span<T>(target, inner).Fill(value);
                else if (inner == 1) *target = *source;
                else new ReadOnlySpan<T>(source, inner).CopyTo(new(target, inner));
                if (++j == Map.Count) (j, outer) = (0, outer + 1);
            }
        }
    }

    private struct WeighBody<T> : IParallelBody where T : unmanaged, INumber<T>
    {
        public T* X, Y, Weights;
        public T Outside;
        public Taps Map;

        public readonly void Run(int start, int end)
        {
            int inner = Map.Inner, outer = start / Map.Count, j = start % Map.Count;
            for (int row = start; row < end; row++)
            {
                ReadOnlySpan<int> at = Map.Places(j);
                T* plane = X + ((nint)outer * Map.Size * inner), target = Y + ((nint)row * inner), w = Weights + (j * Map.Each);
                if (at[0] < 0) new Span<T>(target, inner).Fill(Outside);
                else if (inner == 1) *target = Sum(plane, at, w);
                else Lines(plane, at, w, new(target, inner));
                if (++j == Map.Count) (j, outer) = (0, outer + 1);
            }
        }

        private static T Sum(T* x, ReadOnlySpan<int> at, T* w)
        {
            T sum = w[0] * x[at[0]];
            for (int t = 1; t < at.Length; t++) sum += w[t] * x[at[t]];
            return sum;
        }

        private static void Lines(T* x, ReadOnlySpan<int> at, T* w, Span<T> y)
        {
            Primitives.Multiply(new ReadOnlySpan<T>(x + ((nint)at[0] * y.Length), y.Length), w[0], y);
            for (int t = 1; t < at.Length; t++)
                Primitives.MultiplyAdd(new ReadOnlySpan<T>(x + ((nint)at[t] * y.Length), y.Length), w[t], y, y);
        }
    }
}
