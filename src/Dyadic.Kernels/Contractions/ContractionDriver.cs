using System.Runtime.Intrinsics;
using Dyadic.Kernels.Jit;
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
    /// <param name="bounds">The clamp of float32 values, their bits.</param>
    /// <param name="residual">Added before the clamp, laid out as y, or null.</param>
    /// <param name="y">[N, P, Q, M]: codes, or float32, or where there is no requantizer and no float the int32 sums; may be <paramref name="residual"/>.</param>
    /// <param name="mode">Threads.</param>
    public static void Run(in WindowSizes s, byte* x, OperandForm form, IntFormat from, PackedOperands w, Requantizer? requantizer, (int Lo, int Hi) bounds, byte* residual, byte* y, in ExecutionMode mode) =>
        Run(in s, x, form, from, w, requantizer, bounds, residual, y, null, in mode);

    /// <summary>The same; of int32 sums, raises <paramref name="largest"/> to the largest magnitude, found while they are in cache.</summary>
    public static void Run(in WindowSizes s, byte* x, OperandForm form, IntFormat from, PackedOperands w, Requantizer? requantizer, (int Lo, int Hi) bounds, byte* residual, byte* y, long* largest, in ExecutionMode mode)
    {
        WindowSizes flat = Flat(in s);
        int valueBytes = w.Shape.Depthwise && w.Kind != OperandKind.F32 ? 1 : w.ValueBytes;
        bool exact = w.Shape.Depthwise ? flat.Channels % (w.HasHalf ? ChannelConstants.Block / 2 : ChannelConstants.Block) == 0 : w.Shape.SegmentValues * valueBytes == 4 * w.Steps;
        OperandRows rows = new(in flat, form, from, valueBytes, exact, w.Bytes, w.Kind == OperandKind.F32 || requantizer is null ? 4 : 1, mode);
        int chunks = flat.Batch * rows.Chunks, groups = w.Shape.Groups, panels = groups * w.Panels;
        int parts = chunks >= 2 * mode.Threads || mode.Threads == 1 ? 1 : Math.Min(panels, (2 * mode.Threads + chunks - 1) / chunks);
        Body body = new(flat, rows, w, requantizer, bounds, x, residual, y, largest, parts);
        WorkerPool.For(chunks * parts, mode, ref body);
        GC.KeepAlive(w);
        GC.KeepAlive(requantizer);
    }

    // A 1×1 window with stride 1 sees pixels only: all of them are rows of one tall image.
    private static WindowSizes Flat(in WindowSizes s)
    {
        Window t = s.Window;
        bool pixels = t.Taps == 1 && t.StrideH == 1 && t.StrideW == 1 && t.Top == 0 && t.Left == 0 && s.OutHeight == s.Height && s.OutWidth == s.Width;
        return pixels ? s with { Batch = 1, Height = s.Batch * s.Height * s.Width, Width = 1, OutHeight = s.Batch * s.Height * s.Width, OutWidth = 1 } : s;
    }

    private readonly struct Body(
        WindowSizes s, OperandRows rows, PackedOperands w, Requantizer? requantizer, (int Lo, int Hi) bounds, byte* x, byte* residual, byte* y, long* largest, int parts) : IParallelBody
    {
        private const int TileColumns = 2 * ChannelConstants.Block, TileRows = TileKey.MostRows, TileBytes = TileRows * TileColumns * 4;
        private const long LeastOnTiles = 256;      // rows · steps below which configuring tiles takes longer than vectors do
        private const int LeastTiles = 4;      // below which it does not pay to bring weights into the first cache part by part

        // What kernels store, and what y holds.
        private int StoredBytes => w.End.MakesCodes() ? 1 : 4;

        private int OutputBytes => w.Kind == OperandKind.F32 || requantizer is null ? 4 : 1;

        public void Run(int start, int end)
        {
            int imageBytes = s.Height * s.Width * s.Channels * rows.SourceBytes, held = -1;
            using ScratchBuffer<byte> copy = Scratch.Rent<byte>(rows.Bytes), tile = Scratch.Rent<byte>(2 * TileBytes + TileArguments.SumsBytes);
            using ScratchBuffer<nint> pixels = Scratch.Rent<nint>((nint)rows.ChunkRows * s.OutWidth), segments = Scratch.Rent<nint>(w.Shape.Segments);
            int panels = w.Shape.Groups * w.Panels, chunks = s.Batch * rows.Chunks;
            for (int item = start; item < end; item++)
            {
                int chunk = item % chunks, part = item / chunks, n = chunk / rows.Chunks;      // a thread takes its panels through all chunks
                int p0 = chunk % rows.Chunks * rows.ChunkRows, p1 = Math.Min(p0 + rows.ChunkRows, s.OutHeight);
                if (chunk != held) rows.Prepare(x + (nint)n * imageBytes, p0, p1, copy.Pointer, pixels.Pointer);
                held = chunk;
                nint output = ((nint)n * s.OutHeight + p0) * s.OutWidth;
                Coming coming = rows.Direct && item + 1 < end ? After(x + (nint)n * imageBytes, p1, (p1 - p0) * s.OutWidth, panels / parts) : default;
                long found = 0;
                for (int panel = panels * part / parts; panel < panels * (part + 1) / parts; panel++)
                    Panel(panel / w.Panels, panel % w.Panels, pixels.Pointer, (p1 - p0) * s.OutWidth, segments.Pointer, output, tile.Pointer, ref coming, ref found);
                if (largest != null) Raise(ref *largest, found);
            }
        }

        // The input of the rows behind p1: as many as those of this chunk, in equal shares for its calls.
        private Coming After(byte* image, int p1, int count, int panels)
        {
            nint row = (nint)s.Window.StrideH * s.Width * s.Channels * rows.SourceBytes, bytes = Math.Min(rows.ChunkRows, s.OutHeight - p1) * row;
            int calls = Math.Max(1, panels * ((count + w.MostRows - 1) / w.MostRows) * (w.Shape.Segments / w.PartSegments) * (w.Steps / w.PartSteps));
            return new() { At = image + p1 * row, End = image + p1 * row + bytes, Share = (bytes / calls + CacheLines.Bytes) / CacheLines.Bytes * CacheLines.Bytes };
        }

        // Memory that a later chunk reads. A tile reads its rows side by side, a few lines of each, and would wait for every one of them.
        private struct Coming
        {
            public byte* At, End;
            public nint Share;

            public void Ask()
            {
                nint bytes = Math.Min(Share, (nint)(End - At));
                CacheLines.AskForLater(At, bytes);
                At += bytes;
            }
        }

        private void Panel(int group, int panel, nint* pixels, int count, nint* segments, nint output, byte* tile, ref Coming coming, ref long found)
        {
            rows.Segments(w.Shape, group, segments);
            int first = group * w.Shape.GroupOuts + panel * w.PanelColumns, valid = Math.Min(w.PanelColumns, w.Shape.ValidOuts(group) - panel * w.PanelColumns);
            int block = panel * (w.PanelColumns / ChannelConstants.Block), blocks = Math.Min(w.PanelColumns / ChannelConstants.Block, w.GroupBlocks - block);
            bool half = w.IsHalf(group, panel);
            int columns = half ? ChannelConstants.Block / 2 : blocks * ChannelConstants.Block;      // that a kernel stores
            bool whole = valid == columns && StoredBytes == OutputBytes, onTiles = w.HasTiles && (long)count * w.Steps * w.Shape.Segments >= LeastOnTiles;
            TileArguments a = new() { Steps16 = w.Steps / TileKey.Steps, RowStride = rows.NeighbourBytes, Sums = tile + 2 * TileBytes };
            a.Contraction = new()
            {
                Weights = w.WeightsAt(group, panel),
                Constants = w.ConstantsAt(group, block),
                YStride = whole ? (nint)s.OutChannels * OutputBytes : TileColumns * StoredBytes,
                ResidualStride = whole ? (nint)s.OutChannels * OutputBytes : TileColumns * OutputBytes,
                PixelStride = rows.PixelBytes,
                Codes = w.Codes,
            };
            // The rows of a call are any pixels, or neighbours, or in tile registers two output rows or a part of one.
            int neighbours = s.OutWidth == 1 ? count : s.OutWidth, most = onTiles ? TileKey.MostRows : half ? w.MostHalfRows : w.MostRows;
            int line = onTiles ? (2 * neighbours <= most ? 2 * neighbours : neighbours) : w.IsRowwise ? s.OutWidth : count;
            nint offset = (output * s.OutChannels + first) * OutputBytes;
            PanelRows of = new()
            {
                Pixels = pixels, Count = count, Line = line, Neighbours = neighbours, MostRows = most, Group = group, Block = block, Blocks = blocks, Valid = valid,
                IsWhole = whole, IsHalf = half, OnTiles = onTiles, Y = y + offset, Residual = residual == null ? null : residual + offset, Tile = tile,
            };
            bool isCut = whole && count >= LeastTiles * most;
            int someSegments = isCut ? w.PartSegments : w.Shape.Segments, someSteps = isCut ? w.PartSteps : w.Steps;
            for (int segment = 0; segment < w.Shape.Segments; segment += someSegments)
                for (int step = 0; step < w.Steps; step += someSteps)
                {
                    int steps = Math.Min(someSteps, w.Steps - step), taken = Math.Min(someSegments, w.Shape.Segments - segment);
                    bool isLast = segment + taken == w.Shape.Segments && step + steps == w.Steps;
                    a.Contraction.Segments = segments + segment;
                    (a.Contraction.SegmentCount, a.Contraction.Steps4, a.Contraction.StepsRest) = (taken, steps / 4, steps % 4);
                    (a.Contraction.Lo, a.Contraction.Hi) = isLast ? bounds : TransientOperands.Unbounded;
                    byte* next = a.Contraction.Weights + (nint)taken * steps * ContractionKey.StepBytes(blocks);
                    Tiles(in of, &a, next, goesOn: segment + step > 0, ref coming);
                    a.Contraction.Weights = next;
                    segments[segment] += steps * ContractionKey.RowStep;
                }
            if (largest != null) found = Math.Max(found, SumMagnitude.Largest((int*)of.Y, count, valid, s.OutChannels));
        }

        // All rows of a chunk for a panel's columns.
        private ref struct PanelRows
        {
            public nint* Pixels;
            public int Count, Line, Neighbours, MostRows, Group, Block, Blocks, Valid;
            public bool IsWhole, IsHalf, OnTiles;
            public byte* Y, Residual, Tile;
        }

        // The weights from `next` on are asked for in shares by the calls.
        private void Tiles(in PanelRows of, TileArguments* a, byte* next, bool goesOn, ref Coming coming)
        {
            nint stride = (nint)s.OutChannels * OutputBytes, share = a->Contraction.SegmentCount * a->Contraction.Steps4 * ContractionKey.AheadBytes, asked = 0;
            for (int i = 0; i < of.Count;)
            {
                // As even as can be: tiles of a number of rows, then of one more.
                int length = Math.Min(of.Line, of.Count - i), tiles = (length + of.MostRows - 1) / of.MostRows, larger = length % tiles;
                int lines = larger == 0 && length == of.Line ? (of.Count - i) / of.Line : 1;      // cut alike
                for (int more = 0; more <= 1; more++)
                {
                    int tileRows = length / tiles + more, left = more == 0 ? (tiles - larger) * lines : larger, runs = of.OnTiles && of.IsWhole ? left : 1;
                    for (; left > 0; left -= runs, i += runs * tileRows)
                    {
                        byte* to = of.Y + i * stride, added = of.Residual + i * stride;
                        a->Contraction.Rows = of.Pixels + i;
                        a->Contraction.Ahead = asked < next - a->Contraction.Weights ? next + asked : a->Contraction.Weights;
                        asked += share;
                        a->Contraction.Y = of.IsWhole ? to : of.Tile;
                        if (of.Residual != null) a->Contraction.Residual = of.IsWhole ? added : Gathered(added, stride, tileRows, of.Valid, of.Tile + TileBytes);
                        // The lines of a large y are in no cache, and the stores would wait for one after another.
                        if (of.IsWhole && OutputBytes == 4)
                            for (int r = 0; r < tileRows; r++) CacheLines.Ask(to + r * stride, of.Valid * sizeof(float));
                        coming.Ask();
                        if (of.OnTiles) RunTiles(a, of.Blocks, tileRows, of.Neighbours, runs);
                        else w.Run(tileRows, of.Blocks, &a->Contraction, goesOn, of.IsHalf);
                        if (!of.IsWhole) Scatter(of.Group, of.Block, of.Tile, tileRows, of.Valid, to, stride);
                    }
                }
            }
        }

        private static void Raise(ref long largest, long found)
        {
            for (long known = Volatile.Read(ref largest); found > known;)
            {
                long seen = Interlocked.CompareExchange(ref largest, found, known);
                if (seen == known) return;
                known = seen;
            }
        }

        // Rows that all are neighbours may be one tile; else they are two, of neighbours each.
        private void RunTiles(TileArguments* a, int blocks, int tileRows, int neighbours, int runs)
        {
            int first = tileRows <= Math.Min(TileShape.MostRows, neighbours) ? tileRows : (tileRows + 1) / 2;
            a->Runs = runs;
            a->SetRows(first, tileRows - first);
            w.RunTiles(blocks, a);
        }

        private byte* Gathered(byte* from, nint stride, int count, int valid, byte* to)
        {
            for (int r = 0; r < count; r++)
                Buffer.MemoryCopy(from + r * stride, to + r * TileColumns * OutputBytes, valid * OutputBytes, valid * OutputBytes);
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
