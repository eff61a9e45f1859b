using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Contractions;

/// <summary>Runs the tiles of a convolution or product: chunks of output rows, in each all panels of output channels, in each all pixels.</summary>
/// <remarks>Work is cut by chunks, and by panels too where there are few chunks. No cut changes a sum, so threads and batch change no bit.</remarks>
internal static unsafe class ContractionDriver
{
    /// <summary>Runs it.</summary>
    /// <param name="s">Sizes; a product is a 1×1 convolution.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="form">What the kernels want of x.</param>
    /// <param name="from">Format of 8-bit x.</param>
    /// <param name="w">Weights, constants and kernels.</param>
    /// <param name="requantizer">Requantises what kernels leave as int32, or null.</param>
    /// <param name="bounds">The clamp of float32 values.</param>
    /// <param name="residual">Added before the clamp, laid out as y, or null.</param>
    /// <param name="y">[N, P, Q, M].</param>
    /// <param name="mode">Threads.</param>
    public static void Run(in WindowSizes s, byte* x, OperandForm form, IntFormat from, PackedOperands w, Requantizer? requantizer, (float Lo, float Hi) bounds, byte* residual, byte* y, in ExecutionMode mode)
    {
        WindowSizes flat = Flat(in s);
        int valueBytes = w.Shape.Depthwise && w.Kind != OperandKind.F32 ? 1 : w.ValueBytes;
        int segmentBytes = w.Shape.Depthwise ? (flat.Channels % ChannelConstants.Block == 0 ? 4 : 1) : w.Shape.SegmentValues * valueBytes;
        OperandRows rows = new(in flat, form, from, valueBytes, segmentBytes, mode);
        int chunks = flat.Batch * rows.Chunks, groups = w.Shape.Groups, panels = groups * w.Panels;
        int parts = chunks >= 2 * mode.Threads || mode.Threads == 1 ? 1 : Math.Min(panels, (2 * mode.Threads + chunks - 1) / chunks);
        Body body = new(flat, rows, w, requantizer, bounds, x, residual, y, parts);
        WorkerPool.For(chunks * parts, mode, ref body);
        GC.KeepAlive(w);
        GC.KeepAlive(requantizer);
    }

    // A 1×1 window with stride 1 sees pixels only: all of them are rows of one tall image.
    private static WindowSizes Flat(in WindowSizes s)
    {
        Window t = s.Window;
        bool pixels = t.Taps == 1 && t.StrideH == 1 && t.StrideW == 1 && s.OutHeight == s.Height && s.OutWidth == s.Width;
        return pixels ? s with { Batch = 1, Height = s.Batch * s.Height * s.Width, Width = 1, OutHeight = s.Batch * s.Height * s.Width, OutWidth = 1 } : s;
    }

    private readonly struct Body(
        WindowSizes s, OperandRows rows, PackedOperands w, Requantizer? requantizer, (float Lo, float Hi) bounds, byte* x, byte* residual, byte* y, int parts) : IParallelBody
    {
        private const int TileColumns = 2 * ChannelConstants.Block, TileRows = 12;

        // What kernels store, and what y holds.
        private int StoredBytes => w.End == TileEnd.Requantize ? 1 : 4;

        private int OutputBytes => w.Kind == OperandKind.F32 ? 4 : 1;

        public void Run(int start, int end)
        {
            int imageBytes = s.Height * s.Width * s.Channels * (w.Kind == OperandKind.F32 ? 4 : 1), held = -1;
            using ScratchBuffer<byte> copy = Scratch.Rent<byte>(rows.Bytes), tile = Scratch.Rent<byte>(2 * TileRows * TileColumns * 4);
            using ScratchBuffer<nint> pixels = Scratch.Rent<nint>((nint)rows.ChunkRows * s.OutWidth), segments = Scratch.Rent<nint>(w.Shape.Segments);
            int panels = w.Shape.Groups * w.Panels;
            for (int item = start; item < end; item++)
            {
                int chunk = item / parts, part = item % parts, n = chunk / rows.Chunks;
                int p0 = chunk % rows.Chunks * rows.ChunkRows, p1 = Math.Min(p0 + rows.ChunkRows, s.OutHeight);
                if (chunk != held) rows.Prepare(x + (nint)n * imageBytes, p0, p1, copy.Pointer, pixels.Pointer);
                held = chunk;
                nint output = ((nint)n * s.OutHeight + p0) * s.OutWidth;
                for (int panel = panels * part / parts; panel < panels * (part + 1) / parts; panel++)
                    Panel(panel / w.Panels, panel % w.Panels, pixels.Pointer, (p1 - p0) * s.OutWidth, segments.Pointer, output, tile.Pointer);
            }
        }

        private void Panel(int group, int panel, nint* pixels, int count, nint* segments, nint output, byte* tile)
        {
            rows.Segments(w.Shape, group, segments);
            int first = group * w.Shape.GroupOuts + panel * w.PanelColumns, valid = Math.Min(w.PanelColumns, w.Shape.ValidOuts(group) - panel * w.PanelColumns);
            int block = panel * (w.PanelColumns / ChannelConstants.Block), blocks = Math.Min(w.PanelColumns / ChannelConstants.Block, w.GroupBlocks - block);
            bool whole = valid == blocks * ChannelConstants.Block && StoredBytes == OutputBytes;
            ContractionArguments a = new()
            {
                Segments = segments,
                SegmentCount = w.Shape.Segments,
                Steps4 = w.Steps / 4,
                StepsRest = w.Steps % 4,
                Weights = w.WeightsAt(group, panel),
                Constants = w.ConstantsAt(group, block),
                YStride = whole ? (nint)s.OutChannels * OutputBytes : TileColumns * StoredBytes,
                ResidualStride = whole ? (nint)s.OutChannels * OutputBytes : TileColumns * OutputBytes,
                PixelStride = rows.PixelBytes,
                Codes = w.Codes,
                Lo = bounds.Lo,
                Hi = bounds.Hi,
            };
            // Rows of a tile are any pixels, or neighbours of one output row.
            int line = w.IsRowwise ? s.OutWidth : count, tiles = (line + w.MostRows - 1) / w.MostRows;
            nint stride = (nint)s.OutChannels * OutputBytes, share = (nint)a.SegmentCount * a.Steps4 * ContractionKey.AheadBytes;
            byte* next = w.WeightsAt(group, panel + 1);      // asked for in shares by the tiles of this panel
            for (int start = 0; start < count; start += line)
                for (int t = 0, i = start; t < tiles; t++)
                {
                    int tileRows = (line + t) / tiles;      // as even as can be
                    nint offset = ((output + i) * s.OutChannels + first) * OutputBytes;
                    a.Rows = pixels + i;
                    a.Y = whole ? y + offset : tile;
                    a.Ahead = t * share < next - a.Weights ? next + t * share : a.Weights;
                    if (residual != null) a.Residual = whole ? residual + offset : Gathered(residual + offset, stride, tileRows, valid, tile + TileRows * TileColumns * 4);
                    w.Run(tileRows, blocks, &a);
                    if (!whole) Scatter(group, block, tile, tileRows, valid, y + offset, stride);
                    i += tileRows;
                }
        }

        private static byte* Gathered(byte* from, nint stride, int count, int valid, byte* to)
        {
            for (int r = 0; r < count; r++)
                Buffer.MemoryCopy(from + r * stride, to + r * TileColumns * 4, valid * 4, valid * 4);
            return to;
        }

        // From the tile to y: the columns that exist, requantised where the kernel has not done so.
        private void Scatter(int group, int block, byte* tile, int count, int valid, byte* to, nint stride)
        {
            if (StoredBytes == OutputBytes)
            {
                for (int r = 0; r < count; r++)
                    Buffer.MemoryCopy(tile + r * TileColumns * StoredBytes, to + r * stride, valid * StoredBytes, valid * StoredBytes);
                return;
            }
            const int Most = 6;
            byte* part = stackalloc byte[Most * ChannelConstants.Block];
            (int owner, int first) = w.Shape.Depthwise ? (0, group) : (group, block);
            for (int b = 0; b * ChannelConstants.Block < valid; b++)
                for (int r = 0; r < count; r += Most)
                {
                    int n = Math.Min(Most, count - r), columns = Math.Min(ChannelConstants.Block, valid - b * ChannelConstants.Block);
                    byte* at = to + r * stride + b * ChannelConstants.Block;
                    bool full = columns == ChannelConstants.Block;
                    int* acc = (int*)tile + r * TileColumns + b * ChannelConstants.Block;
                    Requantize(owner, first + b, acc, n, full ? at : part, full ? stride : ChannelConstants.Block);
                    if (full) continue;
                    for (int i = 0; i < n; i++)
                        for (int c = 0; c < columns; c++) at[i * stride + c] = part[i * ChannelConstants.Block + c];
                }
        }

        private void Requantize(int group, int panel, int* acc, int count, byte* to, nint stride)
        {
            if (Vector256.IsHardwareAccelerated) VectorKernel<IntVector256, Vector256<int>>.Requantize(requantizer!, group, panel, acc, count, to, stride);
            else VectorKernel<IntVector128, Vector128<int>>.Requantize(requantizer!, group, panel, acc, count, to, stride);
        }
    }
}
