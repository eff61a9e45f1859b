using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Σt, Σt·h, min t and max t of the rows or columns of matrices of codes. Integers add in any order, so threads and vectors do not show.</summary>
internal static unsafe class GroupTotals
{
    private static readonly Lock Gate = new();
    private const int Block = 256;      // products of 8 by 16 bits that 32 bits hold: 2⁷·2¹⁵·2⁸ = 2³⁰
    private const int Offset = 1 << 15; // makes codes magnitudes, whose least and largest are sought

    public static void Run<TG, TH>(ReadOnlySpan<TG> t, ReadOnlySpan<TH> h, int columns, NormGroups by, Span<GroupStatistics> groups, in ExecutionMode mode)
        where TG : unmanaged where TH : unmanaged
    {
        groups.Fill(new(0, 0, int.MaxValue, int.MinValue));
        if (t.IsEmpty) return;
        fixed (TG* pt = t)
        fixed (TH* ph = h)
        fixed (GroupStatistics* totals = groups)
        {
            int rows = t.Length / columns;
            Body<TG, TH> body = new(pt, ph, rows, columns, totals, mode.Width);
            if (by == NormGroups.Columns) WorkerPool.For((rows + Block - 1) / Block, mode, ref body, Math.Max(1, (1 << 16) / (columns * Block)));
            else
            {
                RowBody<TG, TH> lines = new(body);
                WorkerPool.For(rows, mode, ref lines, Math.Max(1, (1 << 14) / columns));
            }
        }
    }

    private readonly struct RowBody<TG, TH>(Body<TG, TH> body) : IParallelBody where TG : unmanaged where TH : unmanaged
    {
        public void Run(int start, int end)
        {
            for (int row = start; row < end; row++) body.Row(row);
        }
    }

    private readonly struct Body<TG, TH>(TG* t, TH* h, int rows, int columns, GroupStatistics* totals, SimdWidth width) : IParallelBody
        where TG : unmanaged where TH : unmanaged
    {
        private static bool Narrow => sizeof(TG) + sizeof(TH) <= 3;

        // Blocks of rows, each column by column into totals of this call, which are then added to all.
        public void Run(int start, int end)
        {
            using ScratchBuffer<GroupStatistics> own = Scratch.Rent<GroupStatistics>(columns);
            own.Span.Fill(new(0, 0, int.MaxValue, int.MinValue));
            for (int block = start; block < end; block++)
            {
                int first = block * Block, count = Math.Min(Block, rows - first), c = 0;
                if (Narrow && width >= SimdWidth.V512) c = Columns<IntVector512, Vector512<int>>(first, count, c, own.Pointer);
                if (Narrow && width >= SimdWidth.V256) c = Columns<IntVector256, Vector256<int>>(first, count, c, own.Pointer);
                if (Narrow && width >= SimdWidth.V128) c = Columns<IntVector128, Vector128<int>>(first, count, c, own.Pointer);
                for (int row = first; row < first + count; row++)
                    for (int column = c; column < columns; column++) Add(ref own.Pointer[column], (nint)row * columns + column);
            }
            lock (Gate)
                for (int c = 0; c < columns; c++) Merge(ref totals[c], own.Pointer[c]);
        }

        public void Row(int row)
        {
            nint at = (nint)row * columns;
            int c = !Narrow ? 0 : width switch
            {
                SimdWidth.V512 => Line<IntVector512, Vector512<int>>(at, ref totals[row]),
                SimdWidth.V256 => Line<IntVector256, Vector256<int>>(at, ref totals[row]),
                SimdWidth.V128 => Line<IntVector128, Vector128<int>>(at, ref totals[row]),
                _ => 0,
            };
            for (; c < columns; c++) Add(ref totals[row], at + c);
        }

        private int Columns<TOps, TVector>(int first, int count, int c, GroupStatistics* own) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            int* lanes = stackalloc int[4 * TOps.Lanes];
            for (; c <= columns - TOps.Lanes; c += TOps.Lanes)
            {
                Sum<TOps, TVector>((nint)first * columns + c, columns, count, lanes);
                for (int lane = 0; lane < TOps.Lanes; lane++) Merge(ref own[c + lane], Lane(lanes, lane, TOps.Lanes));
            }
            return c;
        }

        private int Line<TOps, TVector>(nint at, ref GroupStatistics total) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            int* lanes = stackalloc int[4 * TOps.Lanes];
            int vectors = columns / TOps.Lanes;
            for (int v = 0; v < vectors; v += Block)
            {
                Sum<TOps, TVector>(at + v * TOps.Lanes, TOps.Lanes, Math.Min(Block, vectors - v), lanes);
                (long sum, long dot, int least, int most) = (0, 0, int.MaxValue, int.MinValue);
                for (int lane = 0; lane < TOps.Lanes; lane++)
                {
                    sum += lanes[lane];
                    dot += lanes[TOps.Lanes + lane];
                    (least, most) = (Math.Min(least, lanes[2 * TOps.Lanes + lane]), Math.Max(most, lanes[3 * TOps.Lanes + lane]));
                }
                Merge(ref total, new(sum, dot, least - Offset, most - Offset));
            }
            return vectors * TOps.Lanes;
        }

        // At most a block of vectors, `stride` codes apart.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Sum<TOps, TVector>(nint at, int stride, int count, int* lanes) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            TVector sum = TOps.Splat(0), dot = sum, most = sum, least = TOps.Splat(-1), offset = TOps.Splat(Offset);
            for (int n = 0; n < count; n++, at += stride)
            {
                TVector x = Codes.Load<TG, TOps, TVector>(t + at), y = Codes.Load<TH, TOps, TVector>(h + at), shifted = TOps.Add(x, offset);
                sum = TOps.Add(sum, x);
                dot = TOps.Add(dot, TOps.Multiply(x, y));
                least = TOps.MinMagnitude(least, shifted);
                most = TOps.MaxMagnitude(most, shifted);
            }
            TOps.Store(sum, lanes);
            TOps.Store(dot, lanes + TOps.Lanes);
            TOps.Store(least, lanes + 2 * TOps.Lanes);
            TOps.Store(most, lanes + 3 * TOps.Lanes);
        }

        private static GroupStatistics Lane(int* lanes, int lane, int count) =>
            new(lanes[lane], lanes[count + lane], lanes[2 * count + lane] - Offset, lanes[3 * count + lane] - Offset);

        private void Add(ref GroupStatistics total, nint i)
        {
            int x = Codes.Read(t, i);
            Merge(ref total, new(x, (long)x * Codes.Read(h, i), x, x));
        }

        private static void Merge(ref GroupStatistics total, GroupStatistics more) =>
            total = new(total.Sum + more.Sum, total.Squares + more.Squares, Math.Min(total.Least, more.Least), Math.Max(total.Most, more.Most));
    }
}
