using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Integer matrix product with requantisation: y [R, N] from x [R, K] and packed weights.</summary>
/// <remarks>Equal to <see cref="Reference.IntegerConv.Linear"/> bit for bit. Work is cut by rows, and by panels where there are few rows.</remarks>
public static unsafe class IntegerLinear
{
    private const int TargetBytes = 128 << 10;

    /// <summary>y[r, n] = clamp(⌊(Σₖ w[n, k]·(x[r, k] − z_x) + bias[n])·m·2⁻ˢ⌉ + z_y, lo, hi).</summary>
    /// <param name="rows">R.</param>
    /// <param name="inner">K.</param>
    /// <param name="x">[R, K].</param>
    /// <param name="w">From <see cref="PackedWeights.Linear"/>.</param>
    /// <param name="rq">Bias and scales in one group.</param>
    /// <param name="y">[R, N].</param>
    /// <param name="from">Format of x.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Run(int rows, int inner, byte* x, PackedWeights w, Requantizer rq, byte* y, IntFormat from, in ExecutionMode mode)
    {
        switch (mode.Width)
        {
            case SimdWidth.V512: Run<VectorKernel<IntVector512, Vector512<int>>>(rows, inner, x, w, rq, y, from, in mode); break;
            case SimdWidth.V256: Run<VectorKernel<IntVector256, Vector256<int>>>(rows, inner, x, w, rq, y, from, in mode); break;
            case SimdWidth.V128: Run<VectorKernel<IntVector128, Vector128<int>>>(rows, inner, x, w, rq, y, from, in mode); break;
            default: Run<ScalarKernel>(rows, inner, x, w, rq, y, from, in mode); break;
        }
    }

    private static void Run<TKernel>(int rows, int inner, byte* x, PackedWeights w, Requantizer rq, byte* y, IntFormat from, in ExecutionMode mode)
        where TKernel : struct, IIntegerKernel
    {
        int pairs = (w.Panels + 1) / 2, rowChunk = Math.Clamp(TargetBytes / (w.Pairs * 4) / 6 * 6, 6, 240), panelChunk = pairs;
        if (mode.Threads > 1) rowChunk = Math.Clamp((rows / (2 * mode.Threads) + 5) / 6 * 6, 6, rowChunk);
        int rowChunks = (rows + rowChunk - 1) / rowChunk;
        if (rowChunks < mode.Threads) panelChunk = Math.Max(1, pairs / (2 * mode.Threads));
        int panelChunks = (pairs + panelChunk - 1) / panelChunk;
        Body<TKernel> body = new(rows, inner, x, w, rq, y, from, mode.Width, rowChunk, 2 * panelChunk, panelChunks);
        WorkerPool.For(rowChunks * panelChunks, mode, ref body);
    }

    private readonly struct Body<TKernel>(
        int rows, int inner, byte* x, PackedWeights w, Requantizer rq, byte* y, IntFormat from, SimdWidth width,
        int rowChunk, int panelChunk, int panelChunks) : IParallelBody where TKernel : struct, IIntegerKernel
    {
        private int Stride => 2 * w.Pairs;

        public void Run(int start, int end)
        {
            using ScratchBuffer<short> wide = Scratch.Rent<short>(rowChunk * Stride);
            using ScratchBuffer<int> tile = Scratch.Rent<int>(6 * 32);
            int held = -1;
            for (int item = start; item < end; item++)
            {
                int chunk = item / panelChunks, first = chunk * rowChunk, count = Math.Min(rowChunk, rows - first);
                if (chunk != held) Widening.Rows(x + (nint)first * inner, inner, count, from, wide.Pointer, width);
                held = chunk;
                int left = item % panelChunks * panelChunk;
                for (int panel = left; panel < Math.Min(left + panelChunk, w.Panels); panel += 2) Panels(panel, first, count, wide.Pointer, tile.Pointer);
            }
        }

        private void Panels(int panel, int first, int count, short* wide, int* tile)
        {
            short** rowPointers = stackalloc short*[6];
            nint segment = 0;
            int panels = Math.Min(2, w.Panels - panel);
            for (int i = 0; i < count; i += 6)
            {
                int valid = Math.Min(6, count - i);
                for (int r = 0; r < 6; r++) rowPointers[r] = wide + (i + Math.Min(r, valid - 1)) * Stride;
                TKernel.Tile(rowPointers, valid, &segment, w.Segments, w.Pairs, w.At(0, panel), panels, tile);
                for (int p = 0; p < panels; p++)
                    Epilogue.Store<TKernel>(rq, 0, panel + p, tile + p * 16, valid, y + (nint)(first + i) * w.GroupOuts, w.GroupOuts);
            }
        }
    }
}
