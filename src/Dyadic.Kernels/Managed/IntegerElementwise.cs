using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Managed;

/// <summary>Vector forms of <see cref="Reference.IntegerElementwise"/>, equal to it bit for bit.</summary>
public static unsafe class IntegerElementwise
{
    private const int Grain = 1 << 14;

    /// <summary>y = clamp(⌊((a − z_a)·A + (b − z_b)·B)·2⁻ˢ⌉ + z_y, lo, hi) for <paramref name="count"/> elements.</summary>
    public static void Add(
        byte* a, byte* b, byte* y, int count, IntFormat fromA, IntFormat fromB, IntFormat to, AlignedPair scales, in ExecutionMode mode)
    {
        PairBody<SumTerms> body = new(a, b, y, fromA, fromB, to, new(scales), mode.Width);
        WorkerPool.For(count, mode, ref body, Grain);
    }

    /// <summary>y = clamp(⌊(a − z_a)(b − z_b)·m·2⁻ˢ⌉ + z_y, lo, hi) for <paramref name="count"/> elements.</summary>
    public static void Multiply(
        byte* a, byte* b, byte* y, int count, IntFormat fromA, IntFormat fromB, IntFormat to, DyadicScale scale, in ExecutionMode mode)
    {
        PairBody<ProductTerms> body = new(a, b, y, fromA, fromB, to, new(scale), mode.Width);
        WorkerPool.For(count, mode, ref body, Grain);
    }

    /// <summary>y = table[x] for <paramref name="count"/> elements.</summary>
    public static void Lookup(byte* x, byte* table, byte* y, int count, in ExecutionMode mode)
    {
        LookupBody body = new(x, table, y);
        WorkerPool.For(count, mode, ref body, Grain);
    }

    private readonly struct LookupBody(byte* x, byte* table, byte* y) : IParallelBody
    {
        public void Run(int start, int end)
        {
            int i = start;
            if (Avx512Vbmi.IsSupported)
            {
                // Two tables of 128 bytes, each two registers; the top bit of a code chooses.
                Vector512<byte> t0 = Vector512.Load(table), t1 = Vector512.Load(table + 64), t2 = Vector512.Load(table + 128), t3 = Vector512.Load(table + 192);
                for (; i <= end - 64; i += 64)
                {
                    Vector512<byte> code = Vector512.Load(x + i);
                    Vector512<byte> low = Avx512Vbmi.PermuteVar64x8x2(t0, code, t1), high = Avx512Vbmi.PermuteVar64x8x2(t2, code, t3);
                    Vector512.ConditionalSelect(Vector512.GreaterThan(code, Vector512.Create((byte)127)), high, low).Store(y + i);
                }
            }
            for (; i < end; i++) y[i] = table[x[i]];
        }
    }

    // What two codes less their zero points make in 64 bits, before it is rounded.
    private interface ITerms
    {
        int Shift { get; }

        // The vector form is exact.
        bool Fits { get; }

        int Requantize(int a, int b, IntFormat to);

        (TVector Even, TVector Odd) Wide<TOps, TVector>(TVector u, TVector v) where TOps : IIntVector<TVector> where TVector : unmanaged;
    }

    private readonly struct SumTerms(AlignedPair scales) : ITerms
    {
        public int Shift => scales.Shift;

        // The sum stays below 2⁴⁰; with s ≥ 11 the result fits in 30 bits.
        public bool Fits => scales.Shift is >= 11 and <= 61;

        public int Requantize(int a, int b, IntFormat to) => scales.Requantize(a, b, to.Zero, to.Lo, to.Hi);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (TVector Even, TVector Odd) Wide<TOps, TVector>(TVector u, TVector v) where TOps : IIntVector<TVector> where TVector : unmanaged
        {
            TVector scaleA = TOps.Splat(scales.A), scaleB = TOps.Splat(scales.B);
            return (TOps.Add64(TOps.MultiplyEven(u, scaleA), TOps.MultiplyEven(v, scaleB)),
                TOps.Add64(TOps.MultiplyEven(TOps.OddToEven(u), scaleA), TOps.MultiplyEven(TOps.OddToEven(v), scaleB)));
        }
    }

    private readonly struct ProductTerms(DyadicScale scale) : ITerms
    {
        public int Shift => scale.Shift;

        public bool Fits => scale.Multiplier > 0 && Requantizer.Fits(scale, 255 * 255);

        public int Requantize(int a, int b, IntFormat to) => scale.Requantize(a * b, to.Zero, to.Lo, to.Hi);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (TVector Even, TVector Odd) Wide<TOps, TVector>(TVector u, TVector v) where TOps : IIntVector<TVector> where TVector : unmanaged
        {
            TVector m = TOps.Splat(scale.Multiplier), p = TOps.Dot(TOps.Splat(0), TOps.And(u, TOps.Splat(0xFFFF)), v);      // int16 by int16; the other halves meet a zero
            return (TOps.MultiplyEven(p, m), TOps.MultiplyEven(TOps.OddToEven(p), m));
        }
    }

    private readonly struct PairBody<TTerms>(
        byte* a, byte* b, byte* y, IntFormat fromA, IntFormat fromB, IntFormat to, TTerms terms, SimdWidth width) : IParallelBody where TTerms : struct, ITerms
    {
        public void Run(int start, int end)
        {
            int done = start;
            if (terms.Fits)
                done = width switch
                {
                    SimdWidth.V512 => Vectors<IntVector512, Vector512<int>>(start, end),
                    SimdWidth.V256 => Vectors<IntVector256, Vector256<int>>(start, end),
                    SimdWidth.V128 => Vectors<IntVector128, Vector128<int>>(start, end),
                    _ => start,
                };
            for (int i = done; i < end; i++) y[i] = IntFormat.Write(terms.Requantize(fromA.Read(a[i]) - fromA.Zero, fromB.Read(b[i]) - fromB.Zero, to));
        }

        private int Vectors<TOps, TVector>(int start, int end) where TOps : IIntVector<TVector> where TVector : unmanaged
        {
            int i = start;
            LaneRounding<TOps, TVector> rounding = new(terms.Shift, to);
            TVector flipA = TOps.Splat(fromA.Signed ? 0x80 : 0), flipB = TOps.Splat(fromB.Signed ? 0x80 : 0);
            TVector zeroA = TOps.Splat(-fromA.Zero - (fromA.Signed ? 0x80 : 0)), zeroB = TOps.Splat(-fromB.Zero - (fromB.Signed ? 0x80 : 0));
            for (; i <= end - TOps.Lanes; i += TOps.Lanes)
            {
                TVector u = TOps.Add(TOps.Xor(TOps.LoadBytes(a + i), flipA), zeroA), v = TOps.Add(TOps.Xor(TOps.LoadBytes(b + i), flipB), zeroB);
                (TVector even, TVector odd) = terms.Wide<TOps, TVector>(u, v);
                TOps.StoreBytes(rounding.Of(even, odd), y + i);
            }
            return i;
        }
    }
}
