using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>y[c, r] = x[r, c] in float32, by squares of 4 × 4 that are turned in registers.</summary>
public static unsafe class FloatTranspose
{
    private const int Side = 4, Band = 16, LeastValues = 1 << 15;      // a band: rows of y, a line of each row of x; values worth a thread

    /// <summary>Turns a matrix.</summary>
    /// <param name="x">[rows, columns], rows <paramref name="xStride"/> apart.</param>
    /// <param name="xStride">From one row of x to the next.</param>
    /// <param name="rows">Rows of x.</param>
    /// <param name="columns">Columns of x.</param>
    /// <param name="y">[columns, rows], rows <paramref name="yStride"/> apart; it does not overlap x.</param>
    /// <param name="yStride">From one row of y to the next.</param>
    /// <param name="mode">Threads.</param>
    public static void Run(float* x, nint xStride, int rows, int columns, float* y, nint yStride, in ExecutionMode mode)
    {
        Body body = new(x, xStride, rows, columns, y, yStride);
        WorkerPool.For((columns + Band - 1) / Band, mode, ref body, LeastValues / (Band * Math.Max(1, rows)) + 1);
    }

    // Bands [start, end) of columns of x.
    private readonly struct Body(float* x, nint xStride, int rows, int columns, float* y, nint yStride) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int band = start; band < end; band++)
            {
                int first = band * Band, last = Math.Min(first + Band, columns), r = 0;
                for (; r <= rows - Side; r += Side)
                {
                    int c = first;
                    for (; c <= last - Side; c += Side) Square(x + r * xStride + c, y + c * yStride + r);
                    for (; c < last; c++)
                        for (int i = r; i < r + Side; i++) y[c * yStride + i] = x[i * xStride + c];
                }
                for (; r < rows; r++)
                    for (int c = first; c < last; c++) y[c * yStride + r] = x[r * xStride + c];
            }
        }

        private void Square(float* from, float* to)
        {
            Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + xStride), c = Vector128.Load(from + 2 * xStride), d = Vector128.Load(from + 3 * xStride);
            Vector128<float> ab = Interleave.Low(a, b), cd = Interleave.Low(c, d), ab2 = Interleave.High(a, b), cd2 = Interleave.High(c, d);
            Interleave.LowPairs(ab, cd).Store(to);
            Interleave.HighPairs(ab, cd).Store(to + yStride);
            Interleave.LowPairs(ab2, cd2).Store(to + 2 * yStride);
            Interleave.HighPairs(ab2, cd2).Store(to + 3 * yStride);
        }
    }
}
