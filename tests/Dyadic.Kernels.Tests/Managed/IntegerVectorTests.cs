using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.Managed;

public unsafe class IntegerVectorTests
{
    [Fact]
    public void Dot_and_products_are_exact_at_every_width()
    {
        Check<IntVector128, Vector128<int>>();
        Check<IntVector256, Vector256<int>>();
        Check<IntVector512, Vector512<int>>();
    }

    [Fact]
    public void Requantisation_by_vectors_equals_the_scalar_definition()
    {
        // Ties, neighbours of ties, zero and the ends of the range, for shifts over the whole vector range.
        foreach (int shift in new[] { 1, 2, 9, 29, 30, 31, 32, 33, 47, 60, 61 })
            foreach (int m in new[] { 1 << 30, (1 << 30) + 12345, int.MaxValue, 1, 3 })
            {
                long bound = Math.Min(int.MaxValue, (Int128.One << (29 + shift)) / m > int.MaxValue ? int.MaxValue : (long)((Int128.One << (29 + shift)) / m));
                IntFormat to = IntFormat.Full(DType.Int8, -17);
                DyadicScale scale = new(m, shift);
                Requantizer rq = Requantizer.Uniform([scale], to, bound);
                Assert.True(rq.Vectorised);
                int[] acc = Accumulators(scale, bound);
                Compare<IntVector128, Vector128<int>>(rq, acc, scale, to);
                Compare<IntVector256, Vector256<int>>(rq, acc, scale, to);
                Compare<IntVector512, Vector512<int>>(rq, acc, scale, to);
            }
    }

    [Theory]
    [InlineData(1 << 30, 30, 1 << 29, true)]         // scale 1: fits while |acc| < 2³⁰
    [InlineData(1 << 30, 62, 100, false)]
    [InlineData(1 << 30, 0, 100, false)]
    [InlineData(0, 62, int.MaxValue, true)]
    [InlineData(1 << 30, 30, int.MaxValue, false)]
    [InlineData(1 << 30, 32, int.MaxValue, true)]
    public void Only_scales_that_are_proved_to_fit_are_vectorised(int m, int shift, long bound, bool fits) =>
        Assert.Equal(fits, Requantizer.Fits(new(m, shift), bound));

    private static int[] Accumulators(DyadicScale scale, long bound)
    {
        Rng rng = new Rng(1).Split($"acc {scale}");
        List<long> acc = [0, 1, -1, bound, -bound];
        for (int q = -140; q <= 140; q += 7)
        {
            long tie = (long)((((Int128)(2 * q) + 1) << (scale.Shift - 1)) / scale.Multiplier);
            acc.AddRange([tie - 1, tie, tie + 1]);
        }
        for (int i = 0; i < 32; i++) acc.Add((long)(rng.NextUInt64() % (ulong)(2 * bound + 1)) - bound);
        int[] kept = [.. acc.Where(a => Math.Abs(a) <= bound).Select(a => (int)a)];
        return [.. kept, .. new int[(16 - kept.Length % 16) % 16]];
    }

    private static void Compare<TOps, TVector>(Requantizer rq, int[] acc, DyadicScale scale, IntFormat to)
        where TOps : IIntVector<TVector> where TVector : unmanaged
    {
        byte[] y = new byte[16];
        for (int i = 0; i < acc.Length; i += 16)
        {
            fixed (int* a = &acc[i])
            fixed (byte* p = y)
                VectorKernel<TOps, TVector>.Requantize(rq, 0, 0, a, 1, p, 16);
            for (int l = 0; l < 16; l++)
            {
                int expected = scale.Requantize(acc[i + l], to.Zero, to.Lo, to.Hi);
                Assert.True(expected == (sbyte)y[l], $"{scale} acc {acc[i + l]}: {(sbyte)y[l]}, definition {expected}, {typeof(TVector).Name}");
            }
        }
    }

    private static void Check<TOps, TVector>() where TOps : IIntVector<TVector> where TVector : unmanaged
    {
        int n = TOps.Lanes;
        Rng rng = new(2);
        int[] a = new int[16], b = new int[16], r = new int[16], s = new int[16];
        byte[] bytes = new byte[16];
        for (int round = 0; round < 200; round++)
        {
            for (int i = 0; i < 16; i++) (a[i], b[i], s[i]) = ((int)rng.NextUInt32(), (int)rng.NextUInt32(), i % 2 == 0 ? rng.NextInt(64) : 0);
            if (round == 0) (a[0], b[0]) = (Pair(-32768, 255), Pair(127, -32768));
            fixed (int* pa = a, pb = b, pr = r, ps = s)
            fixed (byte* py = bytes)
            {
                TOps.Store(TOps.Dot(TOps.Splat(5), TOps.Load(pa), TOps.Load(pb)), pr);
                for (int i = 0; i < n; i++) Assert.Equal(unchecked(5 + (short)a[i] * (short)b[i] + (a[i] >> 16) * (b[i] >> 16)), r[i]);
                TOps.Store(TOps.MultiplyEven(TOps.Load(pa), TOps.Load(pb)), pr);
                for (int i = 0; i < n; i += 2) Assert.Equal((long)a[i] * b[i], ((long*)pr)[i / 2]);
                TOps.Store(TOps.ShiftRight64(TOps.Load(pa), TOps.Load(ps)), pr);
                for (int i = 0; i < n; i += 2) Assert.Equal(((ulong*)pa)[i / 2] >> s[i], ((ulong*)pr)[i / 2]);
                TOps.StoreBytes(TOps.Load(pa), py);
                for (int i = 0; i < n; i++) Assert.Equal((byte)a[i], bytes[i]);
                TOps.Store(TOps.LoadBytes(py), pr);
                for (int i = 0; i < n; i++) Assert.Equal(bytes[i], r[i]);
                TOps.Store(TOps.LoadShorts((short*)pa), pr);
                for (int i = 0; i < n; i++) Assert.Equal(((short*)pa)[i], r[i]);
            }
        }
    }

    private static int Pair(int low, int high) => (low & 0xFFFF) | high << 16;
}
