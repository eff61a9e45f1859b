using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Contractions;

/// <summary>Products of bfloat16 on tiles, by the kernels of <see cref="TileKey"/>: a panel of 32 columns of B at a time meets all rows of A.</summary>
/// <remarks>
/// <code>
/// A [row][k]      B [panel of 32 or 16 columns][pair of k][column][2]      k filled up with zeros to whole blocks
/// </code>
/// A is read where it lies, if its rows are whole blocks, else copied.
/// </remarks>
internal static unsafe class TileBFloat16Gemm
{
    private const int PanelColumns = 2 * ChannelConstants.Block;
    private const long LargestCall = 1 << 24;      // products, a fraction of a millisecond: the collector waits for a kernel
    private static readonly Lazy<KernelRun[]?> Generated = new(() => Kernels(key => KernelCache.Get(key) is { } kernel ? kernel.Run : null));

    public static bool TryRun(in BFloat16Problem p, ExecutionMode mode)
    {
        if (mode.Code != InstructionSet.Amx || Generated.Value is not { } kernels) return false;
        Run(in p, kernels, mode);
        return true;
    }

    /// <summary>The kernels [blocks − 1][tiles − 1], or null where one is missing.</summary>
    internal static KernelRun[]? Kernels(Func<TileKey, KernelRun?> find)
    {
        KernelRun[] found = [.. (from blocks in (int[])[1, 2] from tiles in (int[])[1, 2] select find(new(OperandKind.BF16, tiles, blocks, TileEnd.Store))).OfType<KernelRun>()];
        return found.Length == 2 * TileKey.MostTiles ? found : null;
    }

    /// <summary>Runs it with given kernels.</summary>
    internal static void Run(in BFloat16Problem p, KernelRun[] kernels, ExecutionMode mode)
    {
        bool isDirect = !p.TransA && p.K == p.WholeK;
        using ScratchBuffer<BFloat16> copy = Scratch.Rent<BFloat16>(isDirect ? 0 : (nint)p.M * p.WholeK);
        if (!isDirect)
            for (int m = 0; m < p.M; m++)
            {
                BFloat16* row = copy.Pointer + (nint)m * p.WholeK;
                for (int k = 0; k < p.WholeK; k++) row[k] = k < p.K ? p.Left(m, k) : default;
            }
        int panels = (p.N + PanelColumns - 1) / PanelColumns, tall = (p.M + TileKey.MostRows - 1) / TileKey.MostRows;
        int parts = mode.Threads == 1 || panels >= 2 * mode.Threads ? 1 : Math.Min(tall, (2 * mode.Threads + panels - 1) / panels);
        Body body = new(p, kernels, isDirect ? p.A : copy.Pointer, isDirect ? p.Lda : p.WholeK, tall, parts);
        WorkerPool.For(panels * parts, mode, ref body);
    }

    /// <param name="p">The problem.</param>
    /// <param name="kernels">See <see cref="Kernels"/>.</param>
    /// <param name="left">A, rows of whole blocks.</param>
    /// <param name="leftStride">Values from one of its rows to the next.</param>
    /// <param name="tall">Runs of up to 32 rows.</param>
    /// <param name="parts">Parts that the rows are cut into; an item is a panel and a part.</param>
    private readonly struct Body(BFloat16Problem p, KernelRun[] kernels, BFloat16* left, nint leftStride, int tall, int parts) : IParallelBody
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<int> panel = Scratch.Rent<int>((nint)p.WholeK / 2 * PanelColumns);
            using ScratchBuffer<byte> work = Scratch.Rent<byte>(TileArguments.SumsBytes + TileKey.MostRows * PanelColumns * sizeof(float) + 2 * ChannelConstants.Bytes);
            using ScratchBuffer<nint> rows = Scratch.Rent<nint>(p.M + 1);
            nint* segment = rows.Pointer + p.M;
            *segment = 0;
            for (int m = 0; m < p.M; m++) rows.Pointer[m] = (nint)(left + m * leftStride);
            byte* edge = work.Pointer + TileArguments.SumsBytes, zeros = edge + TileKey.MostRows * PanelColumns * sizeof(float);
            NativeMemory.Clear(zeros, 2 * ChannelConstants.Bytes);
            TileArguments a = new() { Steps16 = p.WholeK / BFloat16Problem.Block, RowStride = leftStride * sizeof(BFloat16), Sums = work.Pointer };
            a.Contraction = new() { Segments = segment, SegmentCount = 1, Weights = (byte*)panel.Pointer, Constants = zeros };
            for (int item = start, held = -1; item < end; item++)
            {
                int at = item / parts, part = item % parts, first = at * PanelColumns, valid = Math.Min(PanelColumns, p.N - first), blocks = (valid + ChannelConstants.Block - 1) / ChannelConstants.Block;
                if (at != held) Pack(panel.Pointer, first, valid, blocks * ChannelConstants.Block);
                held = at;
                int from = tall * part / parts * TileKey.MostRows, to = Math.Min(p.M, tall * (part + 1) / parts * TileKey.MostRows);
                Rows(&a, rows.Pointer, from, to, first, valid, blocks, edge);
            }
        }

        // Rows [from, to) of a panel: as many runs of 32 as a call may take, then what is left. Where the panel sticks out of C, run by run through a tile of its own.
        private void Rows(TileArguments* a, nint* rows, int from, int to, int first, int valid, int blocks, byte* edge)
        {
            bool isWhole = valid == blocks * ChannelConstants.Block;
            int most = isWhole ? (int)Math.Max(1, LargestCall / ((long)TileKey.MostRows * PanelColumns * p.WholeK)) : 1;
            for (int m = from; m < to;)
            {
                int runs = Math.Clamp((to - m) / TileKey.MostRows, 1, most), count = Math.Min(to - m, runs * TileKey.MostRows), ofRun = Math.Min(count, TileKey.MostRows);
                a->SetRows(Math.Min(ofRun, TileShape.MostRows), Math.Max(ofRun - TileShape.MostRows, 0));
                a->Runs = runs;
                a->Contraction.Rows = rows + m;
                float* c = p.C + (nint)m * p.Ldc + first;
                a->Contraction.Y = isWhole ? (byte*)c : edge;
                a->Contraction.YStride = (isWhole ? p.Ldc : PanelColumns) * (nint)sizeof(float);
                kernels[(blocks - 1) * TileKey.MostTiles + (a->SecondRows == 0 ? 0 : 1)](a);
                if (!isWhole)
                    for (int r = 0; r < count; r++, c += p.Ldc) new Span<float>((float*)edge + r * PanelColumns, valid).CopyTo(new(c, valid));
                m += count;
            }
        }

        private void Pack(int* to, int first, int valid, int columns)
        {
            int pairs = p.K / 2;
            if (p.TransB) PackRows(to, first, valid, columns, pairs);
            else
                for (int k = 0; k < pairs; k++) Zip((ushort*)(p.B + 2 * k * (nint)p.Ldb + first), (ushort*)(p.B + (2 * k + 1) * (nint)p.Ldb + first), to + (nint)k * columns, valid, columns);
            new Span<int>(to + (nint)pairs * columns, (p.WholeK / 2 - pairs) * columns).Clear();
            if (p.K % 2 != 0)
                for (int n = 0; n < valid; n++) to[(nint)pairs * columns + n] = p.Right(p.K - 1, first + n).Bits;
        }

        // The columns lie as rows, a pair of k in four bytes.
        private void PackRows(int* to, int first, int valid, int columns, int pairs)
        {
            int** rows = stackalloc int*[PanelColumns];
            using ScratchBuffer<int> none = Scratch.Rent<int>(pairs);
            new Span<int>(none.Pointer, pairs).Clear();
            for (int n = 0; n < columns; n++) rows[n] = n < valid ? (int*)(p.B + (first + n) * (nint)p.Ldb) : none.Pointer;
            PanelPacking.Turn(rows, pairs, to, columns, null);
        }

        // to[n] = the pair even[n], odd[n], 0 from `valid` on.
        private static void Zip(ushort* even, ushort* odd, int* to, int valid, int columns)
        {
            int n = 0;
            for (; n <= valid - Vector128<ushort>.Count; n += Vector128<ushort>.Count)
            {
                Vector128<ushort> e = Vector128.Load(even + n), o = Vector128.Load(odd + n);
                (Vector128.WidenLower(e) | Vector128.WidenLower(o) << 16).Store((uint*)to + n);
                (Vector128.WidenUpper(e) | Vector128.WidenUpper(o) << 16).Store((uint*)to + n + Vector128<uint>.Count);
            }
            for (; n < valid; n++) to[n] = even[n] | odd[n] << 16;
            for (; n < columns; n++) to[n] = 0;
        }
    }
}
