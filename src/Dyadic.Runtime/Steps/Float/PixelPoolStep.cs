using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The largest value or the mean of each window, channels-last: whole pixels are combined. x [N, (H,) W, C] → y [N, (P,) Q, C].</summary>
/// <param name="max">The largest value, not the mean.</param>
/// <param name="window">Kernel, strides, padding and dilation; one row high for three dimensions.</param>
/// <param name="countPad">Whether the padding counts in means; what lies beyond it never does.</param>
internal sealed unsafe class PixelPoolStep(bool max, Window window, bool countPad) : Step
{
    /// <inheritdoc/>
    public override string Kernel => max ? "pool_max_nhwc" : "pool_average_nhwc";

    /// <inheritdoc/>
    public override StepLayout Layout => StepLayout.ChannelsLast;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (outputs[0].Type == DType.Float32) Run<float>(inputs[0], outputs[0], mode);
        else if (outputs[0].Type == DType.Float64) Run<double>(inputs[0], outputs[0], mode);
        else throw ConvViews.Unsupported(Kernel, outputs[0].Type);
    }

    private void Run<T>(in TensorView x, in TensorView y, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        PoolGeometry g = new(
            x.Dims[0], x.Dims[^1], x.Rank == 4 ? x.Dims[1] : 1, x.Dims[^2], y.Rank == 4 ? y.Dims[1] : 1, y.Dims[^2], window.KernelH, window.KernelW,
            window.StrideH, window.StrideW, window.Top, window.Left, window.Bottom, window.Right, window.DilationH, window.DilationW);
        g.Validate();
        Body<T> body = new() { X = (T*)x.Data, Y = (T*)y.Data, G = g, Max = max, CountPad = countPad };
        WorkerPool.For(g.Batch * g.OutHeight, mode, ref body, (int)Math.Max(1, 16384 / ((long)g.OutWidth * window.Taps * g.Channels)));
    }

    // Rows [start, end) of all images' windows.
    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public T* X, Y;
        public PoolGeometry G;
        public bool Max, CountPad;

        public readonly void Run(int start, int end)
        {
            for (int row = start; row < end; row++)
            {
                Taps high = new(row % G.OutHeight * G.StrideH - G.PadTop, G.Height, G.KernelH, G.DilationH, G.PadBottom);
                T* image = X + (nint)(row / G.OutHeight) * G.Height * G.Width * G.Channels, y = Y + (nint)row * G.OutWidth * G.Channels;
                for (int q = 0; q < G.OutWidth; q++)
                    Pixel(image, high, new(q * G.StrideW - G.PadLeft, G.Width, G.KernelW, G.DilationW, G.PadRight), y + (nint)q * G.Channels);
            }
        }

        private readonly void Pixel(T* image, in Taps high, in Taps wide, T* result)
        {
            int done = Max ? Largest(image, in high, in wide, result) : 0;
            if (done == G.Channels) return;
            Span<T> y = new(result + done, G.Channels - done);
            bool first = true;
            for (int h = high.First; h < high.End; h += G.DilationH)
                for (int w = wide.First; w < wide.End; w += G.DilationW, first = false)
                {
                    ReadOnlySpan<T> x = new(image + ((nint)h * G.Width + w) * G.Channels + done, y.Length);
                    if (first) x.CopyTo(y);
                    else if (Max) Primitives.Max(y, x, y);
                    else Primitives.Add(y, x, y);
                }
            if (!Max) Primitives.Divide(y, T.CreateChecked(CountPad ? high.Padded * wide.Padded : high.Count * wide.Count), y);
        }

        // The channels that fill vectors, each the maximum of all its taps before it is stored; how many these are.
        private readonly int Largest(T* image, in Taps high, in Taps wide, T* y)
        {
            int c = 0;
            nint right = (nint)G.DilationW * G.Channels, down = (nint)G.DilationH * G.Width * G.Channels;
            for (; c <= G.Channels - Vector<T>.Count; c += Vector<T>.Count)
            {
                T* row = image + ((nint)high.First * G.Width + wide.First) * G.Channels + c;
                Vector<T> max = Vector.Load(row), numbers = Vector<T>.AllBitsSet;
                for (int h = high.First; h < high.End; h += G.DilationH, row += down)
                {
                    T* at = row;
                    for (int w = wide.First; w < wide.End; w += G.DilationW, at += right)
                    {
                        Vector<T> v = Vector.Load(at);
                        max = Vector.ConditionalSelect(Vector.GreaterThan(v, max), v, max);      // loses a NaN
                        numbers &= Vector.Equals(v, v);
                    }
                }
                Vector.ConditionalSelect(numbers, max, new(T.NaN)).Store(y + c);
            }
            return c;
        }
    }

    // The taps of one window along one axis: those within the image, from First below End, and how many with the padding.
    private readonly struct Taps
    {
        public readonly int First, End;
        private readonly int _start, _kernel, _dilation, _sizeAndPad;

        public Taps(int start, int size, int kernel, int dilation, int padAfter)
        {
            (_start, _kernel, _dilation, _sizeAndPad) = (start, kernel, dilation, size + padAfter);
            First = start >= 0 ? start : dilation == 1 ? 0 : start + (-start + dilation - 1) / dilation * dilation;
            End = Math.Min(start + (kernel - 1) * dilation + 1, size);
        }

        public int Count => (End - First + _dilation - 1) / _dilation;

        public int Padded => Math.Min(_kernel, (_sizeAndPad - _start + _dilation - 1) / _dilation);
    }
}
