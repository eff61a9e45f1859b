using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>[N, C, (H,) W] → [N, (H,) W, C] or back; float32. Inserted by the layout pass; dimensions are those of the memory.</summary>
internal sealed unsafe class LayoutStep(bool toChannelsLast) : Step
{
    /// <inheritdoc/>
    public override string Kernel => toChannelsLast ? "layout_nchw_nhwc" : "layout_nhwc_nchw";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0];
        int channels = x.Dims[toChannelsLast ? 1 : ^1], batch = x.Dims[0], pixels = x.Length / (batch * channels);
        (int rows, int columns) = toChannelsLast ? (channels, pixels) : (pixels, channels);
        Turn((float*)x.Data, (float*)outputs[0].Data, batch, rows, columns, mode);
    }

    /// <summary>y [batch, columns, rows] = x [batch, rows, columns].</summary>
    public static void Turn(float* x, float* y, int batch, int rows, int columns, in ExecutionMode mode)
    {
        Body body = new() { X = x, Y = y, Rows = rows, Columns = columns };
        WorkerPool.For(batch * body.Tiles, mode, ref body, (int)Math.Max(1, (1L << 14) / ((long)body.Rows * Body.Tile)));
    }

    // Matrices [Rows, Columns] one after the other; a task is Tile columns of one, which become as many rows.
    private struct Body : IParallelBody
    {
        public const int Tile = 64;
        public float* X, Y;
        public int Rows, Columns;

        public readonly int Tiles => (Columns + Tile - 1) / Tile;

        public readonly void Run(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                int first = i % Tiles * Tile;
                nint matrix = (nint)(i / Tiles) * Rows * Columns;
                Turn(X + matrix, Y + matrix, first, Math.Min(first + Tile, Columns));
            }
        }

        private readonly void Turn(float* x, float* y, int first, int last)
        {
            if (Rows == 3 && Sse.IsSupported)
            {
                // Four pixels of three: each store spills one value into the next pixel, whose own store comes after.
                for (; first < last - 4; first += 4) Turn4(x + first, y + 3 * (nint)first);
            }
            int rows = Sse.IsSupported ? Rows & ~3 : 0, columns = first + ((last - first) & ~3);
            for (int c = first; c < columns; c += 4)
                for (int r = 0; r < rows; r += 4) Turn4x4(x + (nint)r * Columns + c, y + (nint)c * Rows + r);
            for (int c = first; c < last; c++)
                for (int r = c < columns ? rows : 0; r < Rows; r++) y[(nint)c * Rows + r] = x[(nint)r * Columns + c];
        }

        private readonly void Turn4x4(float* x, float* y) => Turn4(x, Sse.LoadVector128(x + 3 * (nint)Columns), y);

        private readonly void Turn4(float* x, float* y) => Turn4(x, Vector128<float>.Zero, y);

        private readonly void Turn4(float* x, Vector128<float> d, float* y)
        {
            Vector128<float> a = Sse.LoadVector128(x), b = Sse.LoadVector128(x + Columns), c = Sse.LoadVector128(x + 2 * (nint)Columns);
            Vector128<float> ab0 = Sse.UnpackLow(a, b), ab2 = Sse.UnpackHigh(a, b), cd0 = Sse.UnpackLow(c, d), cd2 = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(ab0, cd0).Store(y);
            Sse.MoveHighToLow(cd0, ab0).Store(y + Rows);
            Sse.MoveLowToHigh(ab2, cd2).Store(y + 2 * (nint)Rows);
            Sse.MoveHighToLow(cd2, ab2).Store(y + 3 * (nint)Rows);
        }
    }
}
