using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>What is rounded to codes, element by element.</summary>
internal interface ICodeSource
{
    /// <summary>The vector form is exact for the given exponents; else all elements take the scalar one.</summary>
    bool Fits { get; }

    /// <summary>The code of element <paramref name="i"/>: the definition.</summary>
    int Code(nint i, Rounding rounding, ulong u);

    /// <summary>⌊|x|·2¹⁶⌋ below 2³¹ + 2¹⁵, in units of a code, of the elements from <paramref name="i"/> on; saturating no lower than the largest code does.</summary>
    /// <param name="i">The first element.</param>
    /// <param name="sticky">Set the lowest bit where bits were lost.</param>
    /// <param name="signs">−1 where x is negative, else 0.</param>
    TVector Magnitudes<TOps, TVector>(nint i, bool sticky, out TVector signs) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged;
}

/// <summary>q = ±min(⌊|x|⌉, 2ᵇ⁻¹ − 1) over vectors, with 16 bits of fraction and 16 random bits an element.</summary>
/// <remarks>
/// docs/equations/fixed-point.md (8)–(9). The sum of fraction and random bits carries into the code, unless its low half is all ones and bits of x lie below:
/// then, once in 65,536 elements, the vector is rounded by the definition. No floating-point arithmetic here; sources of floats have their own.
/// </remarks>
internal static unsafe class RoundingLoop
{
    private const int Chunk = 1024, Grain = 16;      // elements that share a buffer of random bits; chunks worth a thread

    /// <param name="source">What is rounded.</param>
    /// <param name="q">Receives the codes.</param>
    /// <param name="bits">b.</param>
    /// <param name="rounding">The rule.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <param name="offset">The element of the draw that q starts with, a multiple of 8: q may be a part of a tensor.</param>
    public static void Run<TSource, TCode>(TSource source, Span<TCode> q, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode, long offset = 0)
        where TSource : struct, ICodeSource where TCode : unmanaged
    {
        fixed (TCode* codes = q)
        {
            Body<TSource, TCode> body = new(source, codes, q.Length, bits, rounding, draw, offset, mode.Width);
            WorkerPool.For((q.Length + Chunk - 1) / Chunk, mode, ref body, Grain);
        }
    }

    private readonly struct Body<TSource, TCode>(TSource source, TCode* q, int count, int bits, Rounding rounding, RoundingDraw draw, long offset, SimdWidth width) : IParallelBody
        where TSource : struct, ICodeSource where TCode : unmanaged
    {
        public void Run(int start, int end)
        {
            for (int chunk = start; chunk < end; chunk++)
            {
                int first = chunk * Chunk, last = Math.Min(count, first + Chunk), done = first;
                if (source.Fits && rounding is Rounding.Stochastic or Rounding.HalfEven)
                    done = width switch
                    {
                        SimdWidth.V512 => Vectors<IntVector512, Vector512<int>>(first, last),
                        SimdWidth.V256 => Vectors<IntVector256, Vector256<int>>(first, last),
                        SimdWidth.V128 => Vectors<IntVector128, Vector128<int>>(first, last),
                        _ => first,
                    };
                Scalars(done, last);
            }
        }

        private void Scalars(int first, int last)
        {
            ushort* random = stackalloc ushort[8];
            for (int i = first, block = -1; i < last; i++)
            {
                int code;
                if (rounding == Rounding.Stochastic)
                {
                    if (block != i >> 3) draw.Fill(offset + ((block = i >> 3) << 3), new Span<ushort>(random, 8));
                    ulong u = (ulong)random[i & 7] << 48;
                    code = source.Code(i, rounding, u);                                                              // codes are monotone in u: most are settled by 16 bits
                    if (code != source.Code(i, rounding, u | ulong.MaxValue >> 16)) code = source.Code(i, rounding, draw.At(offset + i));
                }
                else code = source.Code(i, rounding, 0);
                if (sizeof(TCode) == 1) *(sbyte*)(q + i) = (sbyte)code;
                else *(short*)(q + i) = (short)code;
            }
        }

        private int Vectors<TOps, TVector>(int first, int last) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            int end = first + (last - first) / TOps.Lanes * TOps.Lanes;
            if (rounding == Rounding.Stochastic) Stochastic<TOps, TVector>(first, end);
            else Nearest<TOps, TVector>(first, end);
            return end;
        }

        [SkipLocalsInit]
        private void Stochastic<TOps, TVector>(int first, int end) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            ushort* random = stackalloc ushort[Chunk];
            draw.Fill(offset + first, new Span<ushort>(random, (end - first + 7) & ~7));
            TVector low = TOps.Splat(0xFFFF), limit = TOps.Splat(FixedPointCode.Limit(bits));
            for (int i = first; i < end; i += TOps.Lanes)
            {
                TVector sum = TOps.Add(source.Magnitudes<TOps, TVector>(i, sticky: false, out TVector signs), TOps.LoadHalfWords(random + (i - first)));
                if (TOps.EqualsAny(TOps.And(sum, low), low)) Scalars(i, i + TOps.Lanes);                             // (9)
                else Store<TOps, TVector>(sum, limit, signs, i);
            }
        }

        private void Nearest<TOps, TVector>(int first, int end) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            TVector one = TOps.Splat(1), half = TOps.Splat(0x7FFF), limit = TOps.Splat(FixedPointCode.Limit(bits));
            for (int i = first; i < end; i += TOps.Lanes)
            {
                TVector t = source.Magnitudes<TOps, TVector>(i, sticky: true, out TVector signs);
                TVector even = TOps.And(TOps.ShiftRightLogical(t, 16), one);
                Store<TOps, TVector>(TOps.Add(TOps.Add(t, half), even), limit, signs, i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Store<TOps, TVector>(TVector sum, TVector limit, TVector signs, int i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            TVector code = TOps.MinMagnitude(TOps.ShiftRightLogical(sum, 16), limit);
            code = TOps.Subtract(TOps.Xor(code, signs), signs);
            if (sizeof(TCode) == 1) TOps.StoreBytes(code, (byte*)(q + i));
            else TOps.StoreShorts(code, (short*)(q + i));
        }
    }
}
