using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Managed;

/// <summary>Pooling of values held channels-last, vectorised over channels. Equal to <see cref="Reference.IntegerPool"/> bit for bit.</summary>
public static unsafe class IntegerPool
{
    /// <summary>y = max of the codes under the window; padding is ignored.</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="y">[N, P, Q, C].</param>
    /// <param name="format">Format of both.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Max(in WindowSizes s, byte* x, byte* y, IntFormat format, in ExecutionMode mode)
    {
        MaxBody body = new(s, x, y, format, mode.Width);
        WorkerPool.For(s.Batch * s.OutHeight, mode, ref body, Grain(in s));
    }

    /// <summary>y = clamp(⌊Σ(x − z_x)·m·2⁻ˢ⌉ + z_y, lo, hi).</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="scales">One scale, or one for each number of taps.</param>
    /// <param name="rq">The same scales, from <see cref="Scales"/>.</param>
    /// <param name="y">[N, P, Q, C].</param>
    /// <param name="from">Format of x.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Average(in WindowSizes s, byte* x, int scales, Requantizer rq, byte* y, IntFormat from, in ExecutionMode mode)
    {
        WindowSizes sizes = s;
        switch (mode.Width)
        {
            case SimdWidth.V512: Average<IntVector512, Vector512<int>>(in sizes, x, scales, rq, y, from, in mode); break;
            case SimdWidth.V256: Average<IntVector256, Vector256<int>>(in sizes, x, scales, rq, y, from, in mode); break;
            case SimdWidth.V128: Average<IntVector128, Vector128<int>>(in sizes, x, scales, rq, y, from, in mode); break;
            default:
                AverageBody<ScalarKernel, ScalarSum> body = new(sizes, x, scales, rq, y, from);
                WorkerPool.For(s.Batch * s.OutHeight, mode, ref body, Grain(in s));
                break;
        }
    }

    /// <summary>The scales of an average pooling, ready for vectors.</summary>
    /// <param name="scales">One scale, or one for each number of taps.</param>
    /// <param name="to">Format of the result.</param>
    /// <param name="bound">A bound of the sum.</param>
    public static Requantizer Scales(ReadOnlySpan<DyadicScale> scales, IntFormat to, long bound) => Requantizer.Uniform(scales, to, bound);

    private static void Average<TOps, TVector>(in WindowSizes s, byte* x, int scales, Requantizer rq, byte* y, IntFormat from, in ExecutionMode mode)
        where TOps : IIntVector<TVector> where TVector : unmanaged
    {
        AverageBody<VectorKernel<TOps, TVector>, VectorSum<TOps, TVector>> body = new(s, x, scales, rq, y, from);
        WorkerPool.For(s.Batch * s.OutHeight, mode, ref body, Grain(in s));
    }

    private static int Grain(in WindowSizes s) => Math.Max(1, (1 << 15) / (s.OutWidth * s.Channels * s.Window.Taps));

    // Taps [i0, i1) of a window whose first tap is at `at` lie inside [0, size).
    private static void Inside(int at, int taps, int dilation, int size, out int first, out int end)
    {
        (first, end) = (0, taps);
        if (at >= 0 && at + (taps - 1) * dilation < size) return;
        first = at >= 0 ? 0 : (-at + dilation - 1) / dilation;
        end = Math.Max(first, at >= size ? 0 : Math.Min(taps, (size - 1 - at) / dilation + 1));
    }

    // The channels of a pixel in blocks as wide as a vector: each block is the maximum of all its taps before it is stored.
    private readonly struct MaxBody(WindowSizes s, byte* x, byte* y, IntFormat format, SimdWidth width) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int row = start; row < end; row++) Row(row / s.OutHeight, row % s.OutHeight);
        }

        // Pixels whose windows lie inside go together.
        private void Row(int n, int p)
        {
            Window t = s.Window;
            int h = p * t.StrideH - t.Top, span = (t.KernelW - 1) * t.DilationW;
            Inside(h, t.KernelH, t.DilationH, s.Height, out int i0, out int i1);
            byte* from = x + ((nint)n * s.Height + h + i0 * t.DilationH) * s.Width * s.Channels, to = y + ((nint)n * s.OutHeight + p) * s.OutWidth * s.Channels;
            int first = Math.Min((t.Left + t.StrideW - 1) / t.StrideW, s.OutWidth), room = s.Width - 1 - span + t.Left;
            int end = room < 0 ? first : Math.Clamp(room / t.StrideW + 1, first, s.OutWidth);
            for (int q = 0; q < s.OutWidth;)
            {
                int count = q == first && end > first ? end - first : 1, w = q * t.StrideW - t.Left;
                Inside(w, t.KernelW, t.DilationW, s.Width, out int j0, out int j1);
                Pixels(from + (nint)(w + j0 * t.DilationW) * s.Channels, to + (nint)q * s.Channels, count, i1 - i0, j1 - j0);
                q += count;
            }
        }

        private void Pixels(byte* from, byte* to, int count, int rows, int columns)
        {
            int c = 0;
            if (width >= SimdWidth.V512) c = Blocks<Codes512, Vector512<byte>>(from, to, count, c, 64, rows, columns);
            if (width >= SimdWidth.V256) c = Blocks<Codes256, Vector256<byte>>(from, to, count, c, 32, rows, columns);
            if (width >= SimdWidth.V128) c = Blocks<Codes128, Vector128<byte>>(from, to, count, c, 16, rows, columns);
            Blocks<Code, byte>(from, to, count, c, 1, rows, columns);
        }

        // As many blocks as fit from channel c on, of each pixel, over rows × columns of taps; the first channel after them.
        private int Blocks<TOps, TVector>(byte* from, byte* to, int count, int c, int lanes, int rows, int columns) where TOps : struct, ICodes<TVector>
        {
            byte top = (byte)(format.Signed ? 0x80 : 0);      // signed codes are compared with their top bit flipped
            TVector flip = TOps.Splat(top), lowest = TOps.Splat((byte)(IntFormat.Write(format.Lo) ^ top));
            nint channels = s.Channels, right = s.Window.DilationW * channels, down = s.Window.DilationH * s.Width * channels, step = s.Window.StrideW * channels;
            for (; c <= channels - lanes; c += lanes)
            {
                byte* pixel = from + c, result = to + c;
                for (int q = 0; q < count; q++, pixel += step, result += channels)
                {
                    TVector max = lowest;
                    byte* row = pixel;
                    for (int i = 0; i < rows; i++, row += down)
                    {
                        byte* at = row;
                        for (int j = 0; j < columns; j++, at += right) max = TOps.Larger(max, at, flip);
                    }
                    TOps.Store(max, flip, result);
                }
            }
            return c;
        }
    }

    // Vectors of codes, or one code.
    private interface ICodes<TVector>
    {
        static abstract TVector Splat(byte code);
        static abstract TVector Larger(TVector a, byte* b, TVector flip);
        static abstract void Store(TVector a, TVector flip, byte* to);
    }

    private readonly struct Codes512 : ICodes<Vector512<byte>>
    {
        public static Vector512<byte> Splat(byte code) => Vector512.Create(code);
        public static Vector512<byte> Larger(Vector512<byte> a, byte* b, Vector512<byte> flip) => Vector512.Max(a, Vector512.Load(b) ^ flip);
        public static void Store(Vector512<byte> a, Vector512<byte> flip, byte* to) => (a ^ flip).Store(to);
    }

    private readonly struct Codes256 : ICodes<Vector256<byte>>
    {
        public static Vector256<byte> Splat(byte code) => Vector256.Create(code);
        public static Vector256<byte> Larger(Vector256<byte> a, byte* b, Vector256<byte> flip) => Vector256.Max(a, Vector256.Load(b) ^ flip);
        public static void Store(Vector256<byte> a, Vector256<byte> flip, byte* to) => (a ^ flip).Store(to);
    }

    private readonly struct Codes128 : ICodes<Vector128<byte>>
    {
        public static Vector128<byte> Splat(byte code) => Vector128.Create(code);
        public static Vector128<byte> Larger(Vector128<byte> a, byte* b, Vector128<byte> flip) => Vector128.Max(a, Vector128.Load(b) ^ flip);
        public static void Store(Vector128<byte> a, Vector128<byte> flip, byte* to) => (a ^ flip).Store(to);
    }

    private readonly struct Code : ICodes<byte>
    {
        public static byte Splat(byte code) => code;
        public static byte Larger(byte a, byte* b, byte flip) => Math.Max(a, (byte)(*b ^ flip));
        public static void Store(byte a, byte flip, byte* to) => *to = (byte)(a ^ flip);
    }

    private readonly struct AverageBody<TKernel, TSum>(WindowSizes s, byte* x, int scales, Requantizer rq, byte* y, IntFormat from) : IParallelBody
        where TKernel : struct, IIntegerKernel where TSum : struct, ISum
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<int> sums = Scratch.Rent<int>(s.Channels + PackedWeights.Panel);
            for (int row = start; row < end; row++)
                for (int q = 0; q < s.OutWidth; q++) Pixel(row / s.OutHeight, row % s.OutHeight, q, sums.Pointer);
        }

        private void Pixel(int n, int p, int q, int* sums)
        {
            Window t = s.Window;
            int h = p * t.StrideH - t.Top, w = q * t.StrideW - t.Left;
            Inside(h, t.KernelH, t.DilationH, s.Height, out int i0, out int i1);
            Inside(w, t.KernelW, t.DilationW, s.Width, out int j0, out int j1);
            int count = (i1 - i0) * (j1 - j0);
            new Span<int>(sums, s.Channels + PackedWeights.Panel).Fill(-count * from.Zero - (from.Signed ? 128 * count : 0));
            for (int i = i0; i < i1; i++)
                for (int j = j0; j < j1; j++)
                    TSum.Add(x + (((nint)n * s.Height + h + i * t.DilationH) * s.Width + w + j * t.DilationW) * s.Channels, sums, s.Channels, from.Signed ? 0x80 : 0);
            Store(sums, scales == 1 ? 0 : Math.Max(count, 1) - 1, y + (((nint)n * s.OutHeight + p) * s.OutWidth + q) * s.Channels);
        }

        private void Store(int* sums, int scale, byte* to)
        {
            byte* part = stackalloc byte[PackedWeights.Panel];
            for (int c = 0; c < s.Channels; c += PackedWeights.Panel)
            {
                bool whole = s.Channels - c >= PackedWeights.Panel;
                TKernel.Requantize(rq, scale, 0, sums + c, 1, whole ? to + c : part, 0);
                if (!whole) new Span<byte>(part, s.Channels - c).CopyTo(new(to + c, s.Channels - c));
            }
        }
    }

    private interface ISum
    {
        static abstract void Add(byte* x, int* sums, int channels, int flip);
    }

    private readonly struct ScalarSum : ISum
    {
        public static void Add(byte* x, int* sums, int channels, int flip)
        {
            for (int c = 0; c < channels; c++) sums[c] += x[c] ^ flip;
        }
    }

    private readonly struct VectorSum<TOps, TVector> : ISum where TOps : IIntVector<TVector> where TVector : unmanaged
    {
        public static void Add(byte* x, int* sums, int channels, int flip)
        {
            int c = 0;
            TVector f = TOps.Splat(flip);
            for (; c <= channels - TOps.Lanes; c += TOps.Lanes) TOps.Store(TOps.Add(TOps.Load(sums + c), TOps.Xor(TOps.LoadBytes(x + c), f)), sums + c);
            for (; c < channels; c++) sums[c] += x[c] ^ flip;
        }
    }
}
