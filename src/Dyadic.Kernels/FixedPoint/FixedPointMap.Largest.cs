using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

public static unsafe partial class FixedPointMap
{
    private const int Grain = 1 << 14;

    /// <summary>max |v|, with subnormals counted as 0.</summary>
    /// <param name="v">The values.</param>
    /// <param name="what">Whose values: it names the tensor in the failure.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <exception cref="PrecisionException">A value is infinite or NaN; the message names the first.</exception>
    public static float Largest(ReadOnlySpan<float> v, string what, in ExecutionMode mode)
    {
        float largest;
        fixed (float* values = v) largest = BitConverter.UInt32BitsToSingle((uint)Most(new FloatMagnitudes((int*)values), v.Length, mode));      // magnitudes of floats are ordered as their bits
        if (!float.IsFinite(largest)) Reference.FixedPointMap.Largest(v, what);
        return float.IsNormal(largest) ? largest : 0;
    }

    /// <summary>max |a|.</summary>
    public static ulong Largest(ReadOnlySpan<int> a, in ExecutionMode mode)
    {
        fixed (int* values = a) return Most(new IntMagnitudes(values), a.Length, mode);
    }

    /// <summary>max |a|.</summary>
    public static ulong Largest(ReadOnlySpan<long> a, in ExecutionMode mode)
    {
        fixed (long* values = a) return Most(new LongMagnitudes(values), a.Length, mode);
    }

    /// <summary>max |q|.</summary>
    public static ulong Largest(ReadOnlySpan<short> q, in ExecutionMode mode)
    {
        fixed (short* values = q) return Most(new CodeMagnitudes<short>(values), q.Length, mode);
    }

    /// <summary>max |q|.</summary>
    public static ulong Largest(ReadOnlySpan<sbyte> q, in ExecutionMode mode)
    {
        fixed (sbyte* values = q) return Most(new CodeMagnitudes<sbyte>(values), q.Length, mode);
    }

    /// <summary>The largest magnitude of a source, over vectors and threads.</summary>
    internal static ulong Most<TSource>(TSource source, int count, in ExecutionMode mode) where TSource : struct, IMagnitudes
    {
        long most = 0;
        LargestBody<TSource> body = new(source, &most, mode.Width);
        WorkerPool.For(count, mode, ref body, Grain);
        return (ulong)most;
    }

    private readonly struct LargestBody<TSource>(TSource source, long* most, SimdWidth width) : IParallelBody where TSource : struct, IMagnitudes
    {
        public void Run(int start, int end)
        {
            ulong own = width switch
            {
                SimdWidth.V512 => Vectors<IntVector512, Vector512<int>>(ref start, end),
                SimdWidth.V256 => Vectors<IntVector256, Vector256<int>>(ref start, end),
                SimdWidth.V128 => Vectors<IntVector128, Vector128<int>>(ref start, end),
                _ => 0,
            };
            for (; start < end; start++) own = Math.Max(own, source.Magnitude(start));
            ulong seen = (ulong)Volatile.Read(ref *most);
            while (own > seen)
            {
                ulong before = (ulong)Interlocked.CompareExchange(ref *most, (long)own, (long)seen);
                if (before == seen) break;
                seen = before;
            }
        }

        private uint Vectors<TOps, TVector>(ref int start, int end) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            if (!source.HasVectors) return 0;
            TVector a = TOps.Splat(0), b = a, c = a, d = a;
            int lanes = TOps.Lanes;
            for (; start <= end - 4 * lanes; start += 4 * lanes)
            {
                a = TOps.MaxMagnitude(a, source.Magnitudes<TOps, TVector>(start));
                b = TOps.MaxMagnitude(b, source.Magnitudes<TOps, TVector>(start + lanes));
                c = TOps.MaxMagnitude(c, source.Magnitudes<TOps, TVector>(start + 2 * lanes));
                d = TOps.MaxMagnitude(d, source.Magnitudes<TOps, TVector>(start + 3 * lanes));
            }
            for (; start <= end - lanes; start += lanes) a = TOps.MaxMagnitude(a, source.Magnitudes<TOps, TVector>(start));
            return TOps.MaxAcross(TOps.MaxMagnitude(TOps.MaxMagnitude(a, b), TOps.MaxMagnitude(c, d)));
        }
    }
}
