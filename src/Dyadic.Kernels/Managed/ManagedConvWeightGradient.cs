using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>dw[m, k] = Σ over images and pixels of dy[n, m, q]·padded[n, q + taps[k]]: dot products along the pixels, no im2col.</summary>
/// <remarks>
/// dy is copied to rows as long as those of the padded input, zero in the gap, so that both are walked in one stride. The batch is cut
/// into a fixed number of parts whose sums are added in order, so the thread count changes no bit.
/// </remarks>
internal static unsafe class ManagedConvWeightGradient
{
    private const int Parts = 16;

    public static bool TryRun(float* x, float* dy, float* dw, in ConvGeometry g, ExecutionMode mode)
    {
        if (mode.Width == SimdWidth.Scalar || g.Batch == 0) return false;
        if (mode.Width >= SimdWidth.V512) Run<DotKernel512>(x, dy, dw, in g, mode);
        else if (mode.Width >= SimdWidth.V256) Run<DotKernel256>(x, dy, dw, in g, mode);
        else Run<DotKernel128>(x, dy, dw, in g, mode);
        return true;
    }

    private static void Run<TDot>(float* x, float* dy, float* dw, in ConvGeometry g, ExecutionMode mode) where TDot : struct, IDotKernel
    {
        int parts = Math.Min(Parts, g.Batch);
        PaddedPlanes planes = PaddedPlanes.OfInput(in g);
        using ScratchBuffer<int> taps = Scratch.Rent<int>(g.Taps);
        using ScratchBuffer<float> sums = Scratch.Rent<float>((nint)parts * g.WeightLength);
        ManagedConv.FillTaps(in g, in planes, taps.Pointer);
        Body<TDot> body = new() { X = x, Dy = dy, Sums = sums.Pointer, Taps = taps.Pointer, Planes = planes, Geometry = g, PartCount = parts };
        WorkerPool.For(parts * g.Groups, mode, ref body);
        Span<float> total = new(dw, g.WeightLength);
        sums.Span[..total.Length].CopyTo(total);
        for (int part = 1; part < parts; part++)
            System.Numerics.Tensors.TensorPrimitives.Add(total, sums.Span.Slice(part * total.Length, total.Length), total);
    }

    private struct Body<TDot> : IParallelBody where TDot : struct, IDotKernel
    {
        private const int CacheValues = 96 << 10;   // padded values of x and dy in flight: most of a second cache

        public float* X, Dy, Sums;
        public int* Taps;
        public PaddedPlanes Planes;
        public ConvGeometry Geometry;
        public int PartCount;

        // A unit is one part of the batch and one group.
        public readonly void Run(int start, int end)
        {
            int length = ((Geometry.OutHeight - 1) * Planes.Columns + Geometry.OutWidth + TDot.Lanes - 1) / TDot.Lanes * TDot.Lanes;
            nint xStride = (nint)Geometry.GroupChannels * Planes.Length, dyStride = (nint)Geometry.GroupOutChannels * length;
            int perPart = (Geometry.Batch + PartCount - 1) / PartCount, rounds = (int)(perPart * (xStride + dyStride) / CacheValues) + 1;
            int images = (perPart + rounds - 1) / rounds;
            using ScratchBuffer<float> padded = Scratch.Rent<float>(images * xStride + PaddedPlanes.Slack), wide = Scratch.Rent<float>(images * dyStride);
            new Span<float>(padded.Pointer + images * xStride, PaddedPlanes.Slack).Clear();
            DotTile tile = new() { AStride = dyStride, BStride = xStride, Length = length };
            for (int unit = start; unit < end; unit++)
            {
                int part = unit / Geometry.Groups, group = unit % Geometry.Groups, last = (int)((long)Geometry.Batch * (part + 1) / PartCount);
                float* sums = Sums + (nint)part * Geometry.WeightLength + (nint)group * Geometry.GroupOutChannels * Geometry.Taps;
                new Span<float>(sums, Geometry.GroupOutChannels * Geometry.Taps).Clear();
                for (int image = (int)((long)Geometry.Batch * part / PartCount); image < last; image += images)
                {
                    tile.Images = Math.Min(images, last - image);
                    for (int i = 0; i < tile.Images; i++) Copy(image + i, group, padded.Pointer + i * xStride, wide.Pointer + i * dyStride, length);
                    Products(ref tile, wide.Pointer, padded.Pointer, sums);
                }
            }
        }

        private readonly void Copy(int image, int group, float* padded, float* wide, int length)
        {
            int channels = Geometry.GroupChannels, outs = Geometry.GroupOutChannels, columns = Geometry.OutWidth, pixels = Geometry.OutHeight * columns;
            Planes.Fill(X + ((nint)image * Geometry.Groups + group) * channels * Geometry.Height * Geometry.Width, channels, padded);
            float* dy = Dy + ((nint)image * Geometry.Groups + group) * outs * pixels;
            new Span<float>(wide, outs * length).Clear();
            for (int m = 0; m < outs; m++)
                for (int i = 0; i < Geometry.OutHeight; i++, dy += columns)
                    new ReadOnlySpan<float>(dy, columns).CopyTo(new Span<float>(wide + m * length + i * Planes.Columns, columns));
        }

        // Tiles of 4 output channels × 3 taps; one that sticks out repeats its last line and keeps what is inside.
        private readonly void Products(ref DotTile tile, float* wide, float* padded, float* sums)
        {
            float* block = stackalloc float[12];
            int outs = Geometry.GroupOutChannels, taps = Geometry.Taps;
            for (int m = 0; m < outs; m += 4)
            {
                tile.A0 = wide + m * tile.Length;
                tile.A1 = wide + Math.Min(m + 1, outs - 1) * tile.Length;
                tile.A2 = wide + Math.Min(m + 2, outs - 1) * tile.Length;
                tile.A3 = wide + Math.Min(m + 3, outs - 1) * tile.Length;
                for (int k = 0; k < taps; k += 3)
                {
                    tile.B0 = padded + Taps[k];
                    tile.B1 = padded + Taps[Math.Min(k + 1, taps - 1)];
                    tile.B2 = padded + Taps[Math.Min(k + 2, taps - 1)];
                    TDot.Run(in tile, block);
                    for (int i = 0; i < Math.Min(4, outs - m); i++)
                        for (int j = 0; j < Math.Min(3, taps - k); j++) sums[(m + i) * taps + k + j] += block[3 * i + j];
                }
            }
        }
    }
}
