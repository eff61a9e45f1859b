using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>v = q·2ᴱ over vectors: the nearest float of q, then two powers of two, of which either is a normal float.</summary>
internal static unsafe class InverseLoop
{
    private const int Grain = 1 << 14;

    public static void Run<T>(T* q, int exponent, Span<float> v, in ExecutionMode mode) where T : unmanaged
    {
        fixed (float* values = v)
        {
            Body<T> body = new(q, values, exponent, mode.Width);
            WorkerPool.For(v.Length, mode, ref body, Grain);
        }
    }

    private readonly struct Body<T>(T* q, float* v, int exponent, SimdWidth width) : IParallelBody where T : unmanaged
    {
        public void Run(int start, int end)
        {
            int i = sizeof(T) == 8 ? start : width switch
            {
                SimdWidth.V512 => Vectors<IntVector512, Vector512<int>>(start, end),
                SimdWidth.V256 => Vectors<IntVector256, Vector256<int>>(start, end),
                SimdWidth.V128 => Vectors<IntVector128, Vector128<int>>(start, end),
                _ => start,
            };
            for (; i < end; i++)
                v[i] = FixedPointCode.Dequantize(sizeof(T) switch { 1 => *(sbyte*)(q + i), 2 => *(short*)(q + i), 4 => *(int*)(q + i), _ => *(long*)(q + i) }, exponent);
        }

        private int Vectors<TOps, TVector>(int start, int end) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            int half = exponent >> 1, i = start;
            TVector first = TOps.Splat(BitConverter.SingleToInt32Bits(FixedPointCode.Power(half))), second = TOps.Splat(BitConverter.SingleToInt32Bits(FixedPointCode.Power(exponent - half)));
            for (; i <= end - TOps.Lanes; i += TOps.Lanes)
            {
                TVector code = sizeof(T) switch { 1 => TOps.LoadCodes((sbyte*)(q + i)), 2 => TOps.LoadShorts((short*)(q + i)), _ => TOps.Load((int*)(q + i)) };
                TOps.Store(TOps.MultiplyFloats(TOps.MultiplyFloats(TOps.ToFloats(code), first), second), (int*)(v + i));
            }
            return i;
        }
    }
}
