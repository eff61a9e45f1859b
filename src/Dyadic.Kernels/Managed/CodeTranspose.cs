using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Managed;

/// <summary>y[c, r] = x[r, c] ⊕ flip of bytes and int16: squares of 16 × 16 bytes are turned in registers.</summary>
public static unsafe class CodeTranspose
{
    private const int Side = 16;

    /// <summary>Turns bytes.</summary>
    /// <param name="x">[rows, columns], rows <paramref name="xStride"/> apart.</param>
    /// <param name="xStride">From one row of x to the next.</param>
    /// <param name="rows">Rows of x.</param>
    /// <param name="columns">Columns of x.</param>
    /// <param name="y">[columns, rows], rows <paramref name="yStride"/> apart.</param>
    /// <param name="yStride">From one row of y to the next.</param>
    /// <param name="flip">0x80 makes unsigned codes, 128 higher, of signed ones; 0 changes none.</param>
    public static void Run(byte* x, nint xStride, int rows, int columns, byte* y, nint yStride, byte flip)
    {
        int c = 0;
        Vector128<byte> mask = Vector128.Create(flip);
        for (; c <= columns - Side; c += Side)
        {
            int r = 0;
            for (; r <= rows - Side; r += Side) Square(x + r * xStride + c, xStride, y + c * yStride + r, yStride, mask);
            for (; r < rows; r++)
                for (int i = c; i < c + Side; i++) y[i * yStride + r] = (byte)(x[r * xStride + i] ^ flip);
        }
        for (; c < columns; c++)
            for (int r = 0; r < rows; r++) y[c * yStride + r] = (byte)(x[r * xStride + c] ^ flip);
    }

    /// <summary>y[n, c, r] = x[n, r, c] of bytes: images channels-first become channels-last.</summary>
    /// <param name="x">[images, rows, columns].</param>
    /// <param name="images">Matrices, one after another.</param>
    /// <param name="rows">Rows of each.</param>
    /// <param name="columns">Columns of each.</param>
    /// <param name="y">[images, columns, rows].</param>
    /// <param name="mode">Threads.</param>
    public static void Images(ReadOnlySpan<byte> x, int images, int rows, int columns, Span<byte> y, in ExecutionMode mode)
    {
        Ensure.Shape(
            x.Length == (long)images * rows * columns && y.Length == x.Length,
            $"CodeTranspose.Images: {x.Length} bytes and room for {y.Length}, {images} × [{rows}, {columns}] need {(long)images * rows * columns}.");
        fixed (byte* from = x, to = y)
        {
            ImageBody body = new(from, rows, columns, to);
            WorkerPool.For(images, mode, ref body, Math.Max(1, (1 << 14) / Math.Max(1, rows * columns)));
        }
    }

    private readonly struct ImageBody(byte* x, int rows, int columns, byte* y) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int n = start; n < end; n++) CodeTranspose.Run(x + (nint)n * rows * columns, columns, rows, columns, y + (nint)n * rows * columns, rows, flip: 0);
        }
    }

    /// <summary>Turns int16.</summary>
    /// <inheritdoc cref="Run(byte*, nint, int, int, byte*, nint, byte)"/>
    public static void Run(short* x, nint xStride, int rows, int columns, short* y, nint yStride)
    {
        const int Block = 32;      // squares that stay in the first cache
        for (int r0 = 0; r0 < rows; r0 += Block)
            for (int c0 = 0; c0 < columns; c0 += Block)
                for (int c = c0; c < Math.Min(c0 + Block, columns); c++)
                    for (int r = r0; r < Math.Min(r0 + Block, rows); r++) y[c * yStride + r] = x[r * xStride + c];
    }

    // Four rounds of interleaving row i with row i + 8 turn sixteen rows into sixteen columns.
    [SkipLocalsInit]
    private static void Square(byte* x, nint xStride, byte* y, nint yStride, Vector128<byte> flip)
    {
        Vector128<byte>* a = stackalloc Vector128<byte>[Side], b = stackalloc Vector128<byte>[Side];
        for (int i = 0; i < Side; i++) a[i] = Vector128.Load(x + i * xStride) ^ flip;
        Round(a, b);
        Round(b, a);
        Round(a, b);
        for (int i = 0; i < Side / 2; i++)
        {
            Low(b[i], b[i + 8]).Store(y + 2 * i * yStride);
            High(b[i], b[i + 8]).Store(y + (2 * i + 1) * yStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(Vector128<byte>* from, Vector128<byte>* to)
    {
        for (int i = 0; i < Side / 2; i++)
        {
            to[2 * i] = Low(from[i], from[i + 8]);
            to[2 * i + 1] = High(from[i], from[i + 8]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Low(Vector128<byte> a, Vector128<byte> b) => Interleave.LowBytes(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> High(Vector128<byte> a, Vector128<byte> b) => Interleave.HighBytes(a, b);
}
