using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Matrix products of codes less their zero points, as int16 pairs, with int32 sums that are turned into codes row by row.</summary>
/// <remarks>The sums must stay below 2³¹. Every width and number of threads gives the same bits.</remarks>
public static unsafe class PairProduct
{
    private const int ChunkRows = 48, TileRows = 6, TileColumns = 2 * PackedWeights.Panel;

    /// <summary>y [rows, N] of 16 bits: each channel by its own bias and scale.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="inner">K.</param>
    /// <param name="x">[rows, K].</param>
    /// <param name="w">From <see cref="PackedWeights.Linear"/>.</param>
    /// <param name="requantizer">Bias and scales in one group, to 16 bits.</param>
    /// <param name="y">[rows, N].</param>
    /// <param name="from">Format of x.</param>
    /// <param name="mode">Width and threads.</param>
    public static void Linear(int rows, int inner, byte* x, PackedWeights w, Requantizer requantizer, short* y, IntFormat from, in ExecutionMode mode)
    {
        LinearBody body = new(rows, inner, x, w, requantizer, y, from, mode with { Threads = 1 });
        WorkerPool.For((rows + ChunkRows - 1) / ChunkRows, mode, ref body);
    }

    /// <summary>y [M, N] of a [M, K] and b [K, N], by one scale.</summary>
    /// <param name="m">M.</param>
    /// <param name="n">N.</param>
    /// <param name="k">K.</param>
    /// <param name="a">[M, K].</param>
    /// <param name="fromA">Format of a.</param>
    /// <param name="b">[K, N].</param>
    /// <param name="fromB">Format of b.</param>
    /// <param name="end">A sum of one term of 32 bits.</param>
    /// <param name="y">[M, N].</param>
    /// <param name="mode">Width; one thread.</param>
    public static void Run(int m, int n, int k, byte* a, IntFormat fromA, byte* b, IntFormat fromB, LineSum end, byte* y, in ExecutionMode mode)
    {
        int pairs = (k + 1) / 2, panels = (n + PackedWeights.Panel - 1) / PackedWeights.Panel, size = end.To.IsWide ? sizeof(short) : 1;
        using ScratchBuffer<short> packed = Scratch.Rent<short>((nint)panels * PackedWeights.Stride(1, pairs)), wide = Scratch.Rent<short>((nint)ChunkRows * 2 * pairs);
        using ScratchBuffer<int> sums = Scratch.Rent<int>((nint)ChunkRows * n);
        switch (mode.Width)
        {
            case SimdWidth.V512: Pack<IntVector512, Vector512<int>>(b, k, n, fromB, packed.Pointer); break;
            case SimdWidth.V256: Pack<IntVector256, Vector256<int>>(b, k, n, fromB, packed.Pointer); break;
            default: Pack<IntVector128, Vector128<int>>(b, k, n, fromB, packed.Pointer); break;
        }
        nint term = (nint)sums.Pointer;
        for (int first = 0; first < m; first += ChunkRows)
        {
            int count = Math.Min(ChunkRows, m - first), values = count * n;
            Widening.Rows(a + ((nint)first * k), k, count, fromA, wide.Pointer, mode.Width);
            Sums(wide.Pointer, pairs, count, packed.Pointer, n, sums.Pointer, mode.Width);
            end.Run(&term, &values, y + ((nint)first * n * size), values, in mode);
        }
    }

    // [K, N] as panels of 16 columns: pairs of rows side by side; zeros where there is no row or column.
    private static void Pack<TOps, TVector>(byte* b, int k, int n, IntFormat from, short* to) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
    {
        const int Panel = PackedWeights.Panel;
        int* lines = stackalloc int[2 * Panel];
        TVector low = TOps.Splat(0xFFFF);
        for (int column = 0; column < n; column += Panel)
        {
            int columns = Math.Min(Panel, n - column);
            for (int row = 0; row < k; row += 2, to += 2 * Panel)
            {
                if (columns < Panel || row + 1 == k) new Span<int>(lines, 2 * Panel).Clear();
                CodeLines.Load<TOps, TVector>(b, ((nint)row * n) + column, from, lines, columns);
                if (row + 1 < k) CodeLines.Load<TOps, TVector>(b, ((nint)(row + 1) * n) + column, from, lines + Panel, columns);
                for (int l = 0; l < Panel; l += TOps.Lanes)
                    TOps.Store(TOps.Or(TOps.And(TOps.Load(lines + l), low), TOps.ShiftLeft(TOps.Load(lines + Panel + l), 16)), (int*)to + l);
            }
        }
    }

    private static void Sums(short* x, int pairs, int rows, short* b, int columns, int* sums, SimdWidth width)
    {
        switch (width)
        {
            case SimdWidth.V512: Sums<VectorKernel<IntVector512, Vector512<int>>>(x, pairs, rows, b, columns, sums); break;
            case SimdWidth.V256: Sums<VectorKernel<IntVector256, Vector256<int>>>(x, pairs, rows, b, columns, sums); break;
            case SimdWidth.V128: Sums<VectorKernel<IntVector128, Vector128<int>>>(x, pairs, rows, b, columns, sums); break;
            default: Sums<ScalarKernel>(x, pairs, rows, b, columns, sums); break;
        }
    }

    private static void Sums<TKernel>(short* x, int pairs, int rows, short* b, int columns, int* sums) where TKernel : struct, IIntegerKernel
    {
        short** at = stackalloc short*[TileRows];
        int* tile = stackalloc int[TileRows * TileColumns];
        nint segment = 0;
        for (int column = 0; column < columns; column += TileColumns, b += 2 * PackedWeights.Stride(1, pairs))
        {
            int valid = Math.Min(TileColumns, columns - column), panels = valid > PackedWeights.Panel ? 2 : 1;
            for (int row = 0; row < rows; row += TileRows)
            {
                int count = Math.Min(TileRows, rows - row);
                for (int r = 0; r < TileRows; r++) at[r] = x + ((nint)(row + Math.Min(r, count - 1)) * 2 * pairs);
                TKernel.Tile(at, count, &segment, 1, pairs, b, panels, tile);
                for (int r = 0; r < count; r++)
                    new ReadOnlySpan<int>(tile + (r * TileColumns), valid).CopyTo(new Span<int>(sums + ((nint)(row + r) * columns) + column, valid));
            }
        }
    }

    private readonly struct LinearBody(int rows, int inner, byte* x, PackedWeights w, Requantizer requantizer, short* y, IntFormat from, ExecutionMode mode) : IParallelBody
    {
        public void Run(int start, int end)
        {
            int outs = w.GroupOuts;
            using ScratchBuffer<short> wide = Scratch.Rent<short>((nint)ChunkRows * 2 * w.Pairs);
            using ScratchBuffer<int> sums = Scratch.Rent<int>((nint)ChunkRows * outs);
            for (int chunk = start; chunk < end; chunk++)
            {
                int first = chunk * ChunkRows, count = Math.Min(ChunkRows, rows - first);
                Widening.Rows(x + ((nint)first * inner), inner, count, from, wide.Pointer, mode.Width);
                Sums(wide.Pointer, w.Pairs, count, w.At(0, 0), outs, sums.Pointer, mode.Width);
                RowRequantize.Run(requantizer, sums.Pointer, count, outs, y + ((nint)first * outs), in mode);
            }
        }
    }
}
