using System.Numerics;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Pooling of codes held channels-last; a window is cut to the image.</summary>
public static unsafe class CodePool
{
    /// <summary>y = the largest code of each window, and at = its place h·W + w; the first of equal ones.</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="y">[N, P, Q, C], codes of the same width; may be empty.</param>
    /// <param name="at">[N, P, Q, C]; may be empty.</param>
    /// <param name="mode">Threads.</param>
    public static void Max(in WindowSizes s, CodeSpan x, Span<byte> y, Span<int> at, in ExecutionMode mode)
    {
        x.Expect((long)s.Batch * s.Height * s.Width * s.Channels, "CodePool.Max: x");
        fixed (byte* px = x.Bytes, py = y)
        fixed (int* places = at)
        {
            if (x.Bits <= 8) Run(new MaxBody<sbyte>(s, (sbyte*)px, (sbyte*)py, places), s.Batch * s.OutHeight, in mode);
            else Run(new MaxBody<short>(s, (short*)px, (short*)py, places), s.Batch * s.OutHeight, in mode);
        }
    }

    /// <summary>y[n, at[n, i, c], c] += x[n, i, c], from 0.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="x">[N, windows, C].</param>
    /// <param name="at">[N, windows, C], places below <paramref name="pixels"/>.</param>
    /// <param name="pixels">Places of an image.</param>
    /// <param name="y">[N, pixels, C].</param>
    /// <param name="mode">Threads.</param>
    public static void Scatter(int batch, int channels, CodeSpan x, ReadOnlySpan<int> at, int pixels, Span<int> y, in ExecutionMode mode)
    {
        x.Expect(at.Length, "CodePool.Scatter: x");
        Ensure.Shape(y.Length == (long)batch * pixels * channels, $"CodePool.Scatter: y holds {y.Length} sums, [{batch}, {pixels}, {channels}] are needed.");
        fixed (byte* px = x.Bytes)
        fixed (int* places = at, py = y)
        {
            ScatterBody body = new(batch == 0 ? 0 : at.Length / batch, channels, px, x.Bits <= 8, places, pixels, py);
            WorkerPool.For(batch, mode, ref body);
        }
    }

    private static void Run<TBody>(TBody body, int count, in ExecutionMode mode) where TBody : struct, IParallelBody => WorkerPool.For(count, mode, ref body);

    private readonly struct ScatterBody(int values, int channels, byte* x, bool bytes, int* at, int pixels, int* y) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int n = start; n < end; n++)
            {
                int* to = y + (nint)n * pixels * channels;
                new Span<int>(to, pixels * channels).Clear();
                for (int i = 0; i < values; i++)
                {
                    nint k = (nint)n * values + i;
                    to[(nint)at[k] * channels + i % channels] += bytes ? ((sbyte*)x)[k] : ((short*)x)[k];
                }
            }
        }
    }

    private readonly struct MaxBody<T>(WindowSizes s, T* x, T* y, int* at) : IParallelBody where T : unmanaged, IBinaryInteger<T>
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<T> largest = Scratch.Rent<T>(s.Channels);
            using ScratchBuffer<int> places = Scratch.Rent<int>(s.Channels);
            for (int row = start; row < end; row++)
                for (int q = 0; q < s.OutWidth; q++)
                {
                    nint to = ((nint)row * s.OutWidth + q) * s.Channels;
                    Window(row / s.OutHeight, row % s.OutHeight, q, y == null ? largest.Pointer : y + to, at == null ? places.Pointer : at + to);
                }
        }

        private void Window(int n, int p, int q, T* largest, int* places)
        {
            Window t = s.Window;
            bool first = true;
            for (int u = 0; u < t.KernelH; u++)
                for (int v = 0; v < t.KernelW; v++)
                {
                    int i = p * t.StrideH + u * t.DilationH - t.Top, j = q * t.StrideW + v * t.DilationW - t.Left;
                    if ((uint)i >= (uint)s.Height || (uint)j >= (uint)s.Width) continue;
                    T* pixel = x + ((nint)(n * s.Height + i) * s.Width + j) * s.Channels;
                    if (first) First(pixel, largest, places, i * s.Width + j);
                    else Next(pixel, largest, places, i * s.Width + j);
                    first = false;
                }
        }

        private void First(T* pixel, T* largest, int* places, int place)
        {
            for (int c = 0; c < s.Channels; c++) (largest[c], places[c]) = (pixel[c], place);
        }

        private void Next(T* pixel, T* largest, int* places, int place)
        {
            for (int c = 0; c < s.Channels; c++)
                if (pixel[c] > largest[c]) (largest[c], places[c]) = (pixel[c], place);
        }
    }
}
