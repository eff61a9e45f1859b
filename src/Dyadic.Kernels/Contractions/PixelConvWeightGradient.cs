using System.Numerics.Tensors;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Contractions;

/// <summary>dw[m, c, u, v] = Σ over images and pixels of x[n, i·sH + u·dH − top, j·sW + v·dW − left, c]·dy[n, i, j, m], channels-last: sums of outer products.</summary>
/// <remarks>The batch is cut into a fixed number of parts, each one chain a sum, which are added in order: the thread count changes no bit.</remarks>
internal static unsafe class PixelConvWeightGradient
{
    private const int MostParts = 16;

    public static void Run(in WindowSizes s, float* x, float* dy, float* dw, in ExecutionMode mode)
    {
        Body body = new(s, x, dy, mode.Code);
        int parts = Math.Min(MostParts, s.Batch), length = body.SumsLength;
        if (parts == 0)
        {
            new Span<float>(dw, s.OutChannels * s.Channels * s.Window.Taps).Clear();
            return;
        }
        using ScratchBuffer<float> sums = Scratch.Rent<float>((nint)parts * length);
        body.Sums = sums.Pointer;
        body.Parts = parts;
        WorkerPool.For(parts, mode, ref body);
        Span<float> total = sums.Span[..length];
        for (int part = 1; part < parts; part++) TensorPrimitives.Add(total, sums.Span.Slice(part * length, length), total);
        body.Place(sums.Pointer, dw);
    }

    private struct Body : IParallelBody
    {
        private const int CacheValues = 96 << 10;      // of x and dy in flight: most of a second cache
        private readonly WindowSizes _s;
        private readonly float* _x, _dy;
        private readonly OuterProducts _products;
        private readonly int _rows, _columns, _height, _width;
        private readonly bool _row, _padded;

        public Body(in WindowSizes s, float* x, float* dy, InstructionSet set)
        {
            Window t = s.Window;
            (_s, _products) = (s, OuterProducts.Of(set));
            _x = x;
            _dy = dy;
            _row = t.DilationW == 1;      // then the taps of a kernel row lie side by side
            _rows = _row ? t.KernelW * s.Channels : s.Channels;
            _columns = (s.OutChannels + ChannelConstants.Block - 1) / ChannelConstants.Block * ChannelConstants.Block;
            (int reachH, int reachW) = ((s.OutHeight - 1) * t.StrideH + (t.KernelH - 1) * t.DilationH + 1, (s.OutWidth - 1) * t.StrideW + (t.KernelW - 1) * t.DilationW + 1);
            _padded = t.Top > 0 || t.Left > 0 || reachH > s.Height || reachW > s.Width;
            (_height, _width) = _padded ? (reachH, reachW) : (s.Height, s.Width);
        }

        public float* Sums { get; set; }

        public int Parts { get; set; }

        /// <summary>Values of [kH, kW, C, columns].</summary>
        public readonly int SumsLength => _s.Window.Taps * _s.Channels * _columns;

        public readonly void Run(int start, int end)
        {
            int pixels = _s.OutHeight * _s.OutWidth, perPart = (_s.Batch + Parts - 1) / Parts;
            nint image = (nint)_height * _width * _s.Channels, gradient = (nint)pixels * _columns;
            int rounds = (int)(perPart * (image + gradient) / CacheValues) + 1, images = (perPart + rounds - 1) / rounds;
            bool wide = _columns != _s.OutChannels;
            using ScratchBuffer<float> padded = Scratch.Rent<float>(_padded ? images * image : 0), widened = Scratch.Rent<float>(wide ? images * gradient : 0);
            using ScratchBuffer<nint> segments = Scratch.Rent<nint>(images * _s.OutHeight);
            padded.Span.Clear();
            widened.Span.Clear();
            for (int b = 0; b < images; b++)
                for (int i = 0; i < _s.OutHeight; i++) segments.Pointer[b * _s.OutHeight + i] = (b * image + (nint)i * _s.Window.StrideH * _width * _s.Channels) * sizeof(float);
            for (int part = start; part < end; part++)
            {
                float* sums = Sums + (nint)part * SumsLength;
                new Span<float>(sums, SumsLength).Clear();
                int last = (int)((long)_s.Batch * (part + 1) / Parts);
                for (int n = (int)((long)_s.Batch * part / Parts); n < last; n += images)
                {
                    int count = Math.Min(images, last - n);
                    float* x = _x + (nint)n * _s.Height * _s.Width * _s.Channels, dy = _dy + (nint)n * pixels * _s.OutChannels;
                    if (_padded)
                        for (int b = 0; b < count; b++) Pad(x + (nint)b * _s.Height * _s.Width * _s.Channels, padded.Pointer + b * image);
                    if (wide) Widen(dy, count * pixels, widened.Pointer);
                    Multiply(_padded ? padded.Pointer : x, wide ? widened.Pointer : dy, segments.Pointer, count * _s.OutHeight, sums);
                }
            }
        }

        // [kH, kW, C, columns] to [M, C, kH, kW].
        public readonly void Place(float* sums, float* dw)
        {
            int taps = _s.Window.Taps;
            for (int m = 0; m < _s.OutChannels; m++)
                for (int c = 0; c < _s.Channels; c++)
                    for (int tap = 0; tap < taps; tap++) *dw++ = sums[((nint)tap * _s.Channels + c) * _columns + m];
        }

        private readonly void Multiply(float* x, float* dy, nint* segments, int count, float* sums)
        {
            Window t = _s.Window;
            OuterProductArguments a = new()
            {
                Segments = segments, SegmentCount = count, Steps4 = _s.OutWidth / 4, StepsRest = _s.OutWidth % 4,
                XStride = (nint)t.StrideW * _s.Channels * sizeof(float), W = (byte*)dy, WStride = _columns * sizeof(float), YStride = _columns * sizeof(float),
            };
            for (int u = 0; u < t.KernelH; u++)
                for (int v = 0; v < (_row ? 1 : t.KernelW); v++)
                {
                    a.X = (byte*)(x + ((nint)u * t.DilationH * _width + v * t.DilationW) * _s.Channels);
                    a.Y = (byte*)(sums + ((nint)u * t.KernelW + v) * _s.Channels * _columns);
                    _products.Run(in a, _rows, _columns);
                }
        }

        // The borders are zero and stay so.
        private readonly void Pad(float* image, float* padded)
        {
            Window t = _s.Window;
            int rows = Math.Min(_s.Height, _height - t.Top), bytes = Math.Max(0, Math.Min(_s.Width, _width - t.Left)) * _s.Channels * sizeof(float);
            for (int h = 0; h < rows; h++)
                Buffer.MemoryCopy(image + (nint)h * _s.Width * _s.Channels, padded + ((nint)(h + t.Top) * _width + t.Left) * _s.Channels, bytes, bytes);
        }

        private readonly void Widen(float* dy, int pixels, float* to)
        {
            int bytes = _s.OutChannels * sizeof(float);
            for (int p = 0; p < pixels; p++) Buffer.MemoryCopy(dy + (nint)p * _s.OutChannels, to + (nint)p * _columns, bytes, bytes);
        }
    }
}
