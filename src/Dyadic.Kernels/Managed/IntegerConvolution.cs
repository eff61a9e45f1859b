using System.Runtime.Intrinsics;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Integer convolution on values held channels-last, without building patches: rows of a tile point into a widened, padded copy of the input.</summary>
/// <remarks>
/// A chunk of output rows needs few input rows; these are widened to int16 once (zero point taken away, padding 0) and stay in cache while all
/// output channels pass over them. Equal to <see cref="Reference.IntegerConv"/> bit for bit.
/// </remarks>
public static unsafe class IntegerConvolution
{
    /// <summary>y = clamp(⌊acc·m·2⁻ˢ⌉ + z_y, lo, hi), acc = Σ w·(x − z_x) + bias.</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="w">From <see cref="PackedWeights.Conv"/> with the same window and groups.</param>
    /// <param name="rq">Bias and scales, grouped by M/g.</param>
    /// <param name="y">[N, P, Q, M].</param>
    /// <param name="from">Format of x.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Run(in WindowSizes s, byte* x, PackedWeights w, Requantizer rq, byte* y, IntFormat from, in ExecutionMode mode)
    {
        switch (mode.Width)
        {
            case SimdWidth.V512: Run<VectorKernel<IntVector512, Vector512<int>>>(in s, x, w, rq, y, from, in mode); break;
            case SimdWidth.V256: Run<VectorKernel<IntVector256, Vector256<int>>>(in s, x, w, rq, y, from, in mode); break;
            case SimdWidth.V128: Run<VectorKernel<IntVector128, Vector128<int>>>(in s, x, w, rq, y, from, in mode); break;
            default: Run<ScalarKernel>(in s, x, w, rq, y, from, in mode); break;
        }
    }

    private static void Run<TKernel>(in WindowSizes s, byte* x, PackedWeights w, Requantizer rq, byte* y, IntFormat from, in ExecutionMode mode)
        where TKernel : struct, IIntegerKernel
    {
        OperandRows rows = new(in s, OperandForm.Widened, from, sizeof(short), exact: false, weightBytes: 0, outputBytes: 1, mode);
        Body<TKernel> body = new(s, rows, x, w, rq, y);
        WorkerPool.For(s.Batch * rows.Chunks, mode, ref body);
    }

    private readonly struct Body<TKernel>(WindowSizes s, OperandRows rows, byte* x, PackedWeights w, Requantizer rq, byte* y) : IParallelBody
        where TKernel : struct, IIntegerKernel
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<byte> wide = Scratch.Rent<byte>(rows.Bytes);
            using ScratchBuffer<nint> segments = Scratch.Rent<nint>(w.Segments), pixels = Scratch.Rent<nint>(rows.ChunkRows * s.OutWidth);
            using ScratchBuffer<int> tile = Scratch.Rent<int>(6 * 32);
            for (int item = start; item < end; item++)
            {
                int n = item / rows.Chunks, p0 = item % rows.Chunks * rows.ChunkRows, p1 = Math.Min(p0 + rows.ChunkRows, s.OutHeight);
                rows.Prepare(x + (nint)n * s.Height * s.Width * s.Channels, p0, p1, wide.Pointer, pixels.Pointer);
                byte* to = y + ((nint)n * s.OutHeight + p0) * s.OutWidth * s.OutChannels;
                for (int g = 0; g < w.Groups; g++)
                {
                    rows.Segments(w.Shape, g, segments.Pointer);
                    for (int panel = 0; panel < w.Panels; panel += 2) Panels(g, panel, (p1 - p0) * s.OutWidth, segments.Pointer, pixels.Pointer, tile.Pointer, to);
                }
            }
        }

        private void Panels(int group, int panel, int count, nint* segments, nint* pixels, int* tile, byte* to)
        {
            short** rowPointers = stackalloc short*[6];
            short* weights = w.At(group, panel);
            int panels = Math.Min(2, w.Panels - panel);
            for (int i = 0; i < count; i += 6)
            {
                int valid = Math.Min(6, count - i);
                for (int r = 0; r < 6; r++) rowPointers[r] = (short*)pixels[i + Math.Min(r, valid - 1)];
                TKernel.Tile(rowPointers, valid, segments, w.Segments, w.Pairs, weights, panels, tile);
                for (int p = 0; p < panels; p++)
                    Epilogue.Store<TKernel>(rq, group, panel + p, tile + p * 16, valid, to + (nint)i * s.OutChannels, s.OutChannels);
            }
        }
    }
}

/// <summary>The way of one panel of accumulators to memory.</summary>
internal static unsafe class Epilogue
{
    /// <summary>Requantises a panel in each row of a tile and stores those of its channels that exist.</summary>
    /// <param name="rq">Scales.</param>
    /// <param name="group">The group.</param>
    /// <param name="panel">The panel of the group.</param>
    /// <param name="acc">16 accumulators a row, rows 32 apart.</param>
    /// <param name="rows">Rows, at most 6.</param>
    /// <param name="y">The first channel of the first row's output.</param>
    /// <param name="stride">Bytes between outputs of two rows.</param>
    public static void Store<TKernel>(Requantizer rq, int group, int panel, int* acc, int rows, byte* y, nint stride) where TKernel : struct, IIntegerKernel
    {
        int first = panel * PackedWeights.Panel, valid = rq.Group - first;
        y += group * rq.Group + first;
        if (valid >= PackedWeights.Panel)
        {
            TKernel.Requantize(rq, group, panel, acc, rows, y, stride);
            return;
        }
        byte* part = stackalloc byte[6 * PackedWeights.Panel];
        TKernel.Requantize(rq, group, panel, acc, rows, part, PackedWeights.Panel);
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < valid; i++) y[r * stride + i] = part[r * PackedWeights.Panel + i];
    }
}
