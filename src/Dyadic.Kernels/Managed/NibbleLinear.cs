using System.Runtime.Intrinsics;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Integer matrix product whose weights are read at four bits: where they are many and rows are few, memory decides, and they are a quarter of int16.</summary>
/// <remarks>
/// Equal to <see cref="Reference.IntegerConv.Linear"/> bit for bit, by equation (20) of docs/equations/integer-steps.md, all modulo 2³²:
/// Σ w·(x − z) = Σ u·x′ − 8·Σ x′ − z′·Σ w with u = w + 8, and x′ = x, z′ = z of int8, x − 128 and z − 128 of uint8.
/// </remarks>
public static unsafe class NibbleLinear
{
    private const int Panel = PackedWeights.Panel, TileStride = 2 * Panel, ChunkBytes = 128 << 10, FewRows = 4;

    /// <summary>True where <paramref name="rows"/> rows are best multiplied at four bits.</summary>
    /// <param name="w">The weights.</param>
    /// <param name="rows">R.</param>
    /// <param name="mode">What else there is.</param>
    public static bool Takes(WeightCodes w, int rows, in ExecutionMode mode) => w.Nibbles is not null && (rows <= FewRows || TakesAll(w, in mode));

    /// <summary>True where any number of rows is: without byte dot products others multiply pairs of int16.</summary>
    public static bool TakesAll(WeightCodes w, in ExecutionMode mode) => w.Nibbles is not null && mode.Width != SimdWidth.Scalar && !mode.Code.HasDot() && !ArmDot.IsSupported;

    /// <summary>y[r, n] = clamp(⌊(Σₖ w[n, k]·(x[r, k] − z_x) + bias[n])·m·2⁻ˢ⌉ + z_y, lo, hi).</summary>
    /// <param name="rows">R.</param>
    /// <param name="x">[R, K].</param>
    /// <param name="w">Of four bits.</param>
    /// <param name="rq">Bias and scales in one group.</param>
    /// <param name="y">[R, N].</param>
    /// <param name="from">Format of x, of 8 bits.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Run(int rows, byte* x, WeightCodes w, Requantizer rq, byte* y, IntFormat from, in ExecutionMode mode) =>
        Run(rows, x, w.Nibbles!, rq, y, null, from, in mode);

    /// <summary>y[r, n] = Σₖ w[n, k]·(x[r, k] − z_x).</summary>
    /// <inheritdoc cref="Run(int, byte*, WeightCodes, Requantizer, byte*, IntFormat, in ExecutionMode)"/>
    public static void Sums(int rows, byte* x, WeightCodes w, int* y, IntFormat from, in ExecutionMode mode) =>
        Run(rows, x, w.Nibbles!, null, null, y, from, in mode);

    private static void Run(int rows, byte* x, NibbleRows w, Requantizer? rq, byte* y, int* sums, IntFormat from, in ExecutionMode mode)
    {
        int stride = w.Blocks * NibbleRows.Block, chunk = Math.Min(rows, Math.Max(1, ChunkBytes / stride / NibbleDot.Lines) * NibbleDot.Lines);
        using ScratchBuffer<sbyte> lines = Scratch.Rent<sbyte>((nint)chunk * stride);
        using ScratchBuffer<int> totals = Scratch.Rent<int>(chunk);
        for (int first = 0; first < rows; first += chunk)
        {
            int count = Math.Min(chunk, rows - first);
            for (int r = 0; r < count; r++) totals.Pointer[r] = Line(x + (nint)(first + r) * w.Inner, w.Inner, lines.Pointer + (nint)r * stride, stride, from);
            Body body = new(count, lines.Pointer, stride, totals.Pointer, w, rq, y + (nint)first * w.Outputs, sums + (nint)first * w.Outputs, from, mode.Width);
            WorkerPool.For((w.Outputs + Panel - 1) / Panel, mode, ref body);
        }
        GC.KeepAlive(w);
    }

    // x′, zeros behind it; returns Σ x′.
    private static int Line(byte* x, int inner, sbyte* line, int stride, IntFormat from)
    {
        byte flip = (byte)(from.Signed ? 0 : 128);
        int sum = 0, k = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<byte> flips = Vector256.Create(flip);
            Vector256<int> sums = default;
            for (; k <= inner - 32; k += 32)
            {
                Vector256<sbyte> value = (Vector256.Load(x + k) ^ flips).AsSByte();
                value.Store(line + k);
                (Vector256<short> low, Vector256<short> high) = Vector256.Widen(value);
                (Vector256<int> a, Vector256<int> b) = Vector256.Widen(low + high);
                sums += a + b;
            }
            sum = Vector256.Sum(sums);
        }
        for (; k < inner; k++) sum += line[k] = (sbyte)(x[k] ^ flip);
        for (; k < stride; k++) line[k] = 0;
        return sum;
    }

    private readonly struct Body(int rows, sbyte* x, int stride, int* totals, NibbleRows w, Requantizer? rq, byte* y, int* sums, IntFormat from, SimdWidth width) : IParallelBody
    {
        // An index is a panel of channels, which stays in the first cache while the rows go by.
        public void Run(int start, int end)
        {
            int* tile = stackalloc int[NibbleDot.Lines * TileStride];
            for (int panel = start; panel < end; panel++)
                for (int row = 0; row < rows; row += NibbleDot.Lines)
                {
                    int valid = Math.Min(NibbleDot.Lines, rows - row);
                    if (width == SimdWidth.Scalar) Plain(panel, row, valid, tile);
                    else if (valid == 1) One(panel, row, tile);
                    else Four(panel, row, valid, tile);
                    Corrected(panel, row, valid, tile);
                    Store(panel, row, valid, tile);
                }
        }

        private void Plain(int panel, int row, int valid, int* tile)
        {
            for (int r = 0; r < valid; r++)
                for (int l = 0; l < Panel; l++)
                {
                    int sum = 0;
                    for (int k = 0; k < w.Inner; k++) sum += (w.Read(panel * Panel + l, k) + NibbleRows.Offset) * x[(nint)(row + r) * stride + k];
                    tile[r * TileStride + l] = sum;
                }
        }

        private void One(int panel, int row, int* tile)
        {
            for (int l = 0; l < Panel; l += NibbleDot.Lines) NibbleDot.FourChannels(x + (nint)row * stride, w.At(panel * Panel + l), w.RowBytes, w.Blocks, tile + l);
        }

        private void Four(int panel, int row, int valid, int* tile)
        {
            int* sum = stackalloc int[NibbleDot.Lines];
            sbyte* x0 = x + (nint)row * stride, x1 = x0 + stride, x2 = x0 + Math.Min(2, valid - 1) * (nint)stride, x3 = x0 + (valid - 1) * (nint)stride;
            for (int l = 0; l < Panel; l++)
            {
                NibbleDot.FourRows(x0, x1, x2, x3, w.At(panel * Panel + l), w.Blocks, sum);
                for (int r = 0; r < valid; r++) tile[r * TileStride + l] = sum[r];
            }
        }

        private void Corrected(int panel, int row, int valid, int* tile)
        {
            int zero = from.Signed ? from.Zero : from.Zero - 128;
            for (int r = 0; r < valid; r++)
                for (int l = 0; l < Panel; l++) tile[r * TileStride + l] -= NibbleRows.Offset * totals[row + r] + zero * w.Sum(panel * Panel + l);
        }

        private void Store(int panel, int row, int valid, int* tile)
        {
            nint at = (nint)row * w.Outputs + panel * Panel;
            if (rq is null)
            {
                int columns = Math.Min(Panel, w.Outputs - panel * Panel);
                for (int r = 0; r < valid; r++) new ReadOnlySpan<int>(tile + r * TileStride, columns).CopyTo(new(sums + at + (nint)r * w.Outputs, columns));
                return;
            }
            byte* to = y + (nint)row * w.Outputs;
            switch (width)
            {
                case SimdWidth.V512: Epilogue.Store<VectorKernel<IntVector512, Vector512<int>>>(rq, 0, panel, tile, valid, to, w.Outputs); break;
                case SimdWidth.V256: Epilogue.Store<VectorKernel<IntVector256, Vector256<int>>>(rq, 0, panel, tile, valid, to, w.Outputs); break;
                case SimdWidth.V128: Epilogue.Store<VectorKernel<IntVector128, Vector128<int>>>(rq, 0, panel, tile, valid, to, w.Outputs); break;
                default: Epilogue.Store<ScalarKernel>(rq, 0, panel, tile, valid, to, w.Outputs); break;
            }
        }
    }
}
