using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Rows of int32 sums to codes of 16 bits, each channel by its own bias and scale.</summary>
public static unsafe class RowRequantize
{
    /// <summary>y[r, n] = clamp(⌊(acc[r, n] + bias[n])·m[n]·2^(−s[n])⌉ + z, lo, hi).</summary>
    /// <param name="requantizer">Bias, scales and format, in one group.</param>
    /// <param name="acc">[rows, N].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">N.</param>
    /// <param name="y">[rows, N].</param>
    /// <param name="mode">Width and threads.</param>
    public static void Run(Requantizer requantizer, int* acc, int rows, int channels, short* y, in ExecutionMode mode)
    {
        Body body = new(requantizer, acc, channels, y, requantizer.Vectorised ? mode.Width : SimdWidth.Scalar);
        WorkerPool.For(rows, mode, ref body, Math.Max(1, 4096 / channels));
    }

    private readonly struct Body(Requantizer requantizer, int* acc, int channels, short* y, SimdWidth width) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int row = start; row < end; row++)
            {
                nint at = (nint)row * channels;
                int done = width switch
                {
                    SimdWidth.V512 => Vectors<IntVector512, Vector512<int>>(at),
                    SimdWidth.V256 => Vectors<IntVector256, Vector256<int>>(at),
                    SimdWidth.V128 => Vectors<IntVector128, Vector128<int>>(at),
                    _ => 0,
                };
                for (int n = done; n < channels; n++) y[at + n] = (short)requantizer.Code(n, acc[at + n]);
            }
        }

        private int Vectors<TOps, TVector>(nint at) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            TVector lo = TOps.Splat(requantizer.To.Lo), hi = TOps.Splat(requantizer.To.Hi);
            int n = 0;
            for (; n <= channels - TOps.Lanes; n += TOps.Lanes)
                TOps.StoreShorts(Requantizer.Apply<TOps, TVector>(TOps.Load(acc + at + n), requantizer.At(0, n / PackedWeights.Panel) + (n % PackedWeights.Panel), lo, hi), y + at + n);
            return n;
        }
    }
}
