using System.Runtime.InteropServices;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

/// <summary>Slopes, scales, masks, averages and totals of codes: every width and number of threads gives what the plain loops give.</summary>
public sealed class CodeFunctionTests
{
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(12).Split("functions"));

    [Theory]
    [InlineData(Rounding.Stochastic, 0.01)]
    [InlineData(Rounding.Stochastic, 0.25)]
    [InlineData(Rounding.HalfEven, 0.3)]
    [InlineData(Rounding.Stochastic, -1.75)]
    [InlineData(Rounding.HalfEven, 0)]
    public void A_slope_is_that_of_the_definition(Rounding rounding, double slope)
    {
        DyadicScale scale = DyadicScale.Nearest(Math.Abs(slope), CodeSlope.ScaleBits);
        sbyte[] x8 = [.. Codes(20_013, 1, 8).Select(x => (sbyte)x)], v8 = [.. Codes(20_013, 2, 8).Select(x => (sbyte)x)];
        short[] x16 = Codes(20_013, 3, 16), v16 = Codes(20_013, 4, 16);
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
        {
            Check<sbyte, sbyte, sbyte>(x8, v8, 8);
            Check<sbyte, short, short>(x8, v16, 12);
            Check<short, sbyte, short>(x16, v8, 16);
            Check<short, short, sbyte>(x16, v16, 7);

            void Check<TX, TV, TY>(TX[] x, TV[] v, int bits)
                where TX : unmanaged, System.Numerics.IBinaryInteger<TX> where TV : unmanaged, System.Numerics.IBinaryInteger<TV> where TY : unmanaged, System.Numerics.IBinaryInteger<TY>
            {
                TY[] y = new TY[x.Length], expected = new TY[x.Length];
                int e = CodeSlope.Run(Span(x), Span(v), -5, scale, slope < 0, MemoryMarshal.AsBytes(y.AsSpan()), bits, 0, rounding, Draw, mode);
                Reference.CodeSlope.Run<TX, TV, TY>(x, v, -5, scale, slope < 0, expected, bits, e, rounding, Draw);
                Assert.Equal(expected, y);
                int largest = y.Max(q => Math.Abs(int.CreateTruncating(q)));
                Assert.InRange(largest, 1 << (bits - 2), FixedPointCode.Limit(bits));                                    // no bit is left unused, none overflows
            }
        }
    }

    // 100, −100 and 3 at 2⁻⁴ with a = ¼: exact, −25 and 100 in 8 bits.
    [Fact]
    public void A_slope_by_hand()
    {
        byte[] y = new byte[3];
        CodeSpan x = new(MemoryMarshal.AsBytes<sbyte>([100, -100, 3]), 8);
        Assert.Equal(-4, CodeSlope.Run(x, x, -4, DyadicScale.Nearest(0.25, CodeSlope.ScaleBits), false, y, 8, 0, Rounding.Stochastic, Draw, ExecutionMode.Default));
        Assert.Equal([100, -25, 3], MemoryMarshal.Cast<byte, sbyte>(y).ToArray());
        Assert.Throws<ArgumentException>(() => CodeSlope.Run(new(new byte[1], 8), new(new byte[1], 8), 0, new(1 << 20, 3), false, new byte[1], 8, 0, Rounding.HalfEven, Draw, ExecutionMode.Default));
        Assert.Throws<ShapeException>(() => CodeSlope.Run(new(new byte[2], 8), new(new byte[1], 8), 0, new(1, 0), false, new byte[1], 8, 0, Rounding.HalfEven, Draw, ExecutionMode.Default));
    }

    [Theory]
    [InlineData(Rounding.Stochastic)]
    [InlineData(Rounding.HalfEven)]
    public void A_scale_is_that_of_the_definition(Rounding rounding)
    {
        sbyte[] x8 = [.. Codes(30_007, 5, 8).Select(x => (sbyte)x)];
        short[] x16 = Codes(30_007, 6, 16);
        foreach (double factor in (double[])[1 / 0.9, 1.0 / 3, 1e-5, 8])
            foreach (ExecutionMode mode in FixedPointMapTests.Modes)
            {
                DyadicScale f = DyadicScale.Nearest(factor, FixedPointSum.ScaleBits);
                sbyte[] y8 = new sbyte[x8.Length], expected8 = new sbyte[x8.Length];
                int e = FixedPointSum.Scale(Span(x8), -7, f, MemoryMarshal.AsBytes(y8.AsSpan()), 8, 0, rounding, Draw, mode);
                Reference.FixedPointSum.Scale<sbyte, sbyte>(x8, -7, f, expected8, 8, e, rounding, Draw);
                Assert.Equal(expected8, y8);
                short[] y16 = new short[x16.Length], expected16 = new short[x16.Length];
                e = FixedPointSum.Scale(Span(x16), 3, f, MemoryMarshal.AsBytes(y16.AsSpan()), 15, 1, rounding, Draw, mode);
                Reference.FixedPointSum.Scale<short, short>(x16, 3, f, expected16, 15, e, rounding, Draw);
                Assert.Equal(expected16, y16);
            }
    }

    // Element i stays where word i of the stream is at least p·2³².
    [Fact]
    public void A_mask_takes_the_words_of_its_stream_in_order()
    {
        short[] x = [.. Codes(10_007, 7, 16).Select(v => v == 0 ? (short)1 : v)];
        uint[] words = new uint[10_008];
        Philox.Blocks(3, 0, 9, words);
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
        {
            short[] y = new short[x.Length];
            CodeDropout.Mask<short>(x, CodeDropout.Threshold(0.3f), 3, 9, y, mode);
            Assert.Equal(x.Select((v, i) => words[i] >= 0.3f * 4294967296.0 ? v : (short)0), y);
        }
    }

    public static TheoryData<int> Geometries => [0, 1, 2, 3, 4];

    [Theory, MemberData(nameof(Geometries))]
    public void Averages_are_those_of_the_definition(int which)
    {
        PoolGeometry g = which switch
        {
            0 => new(2, 37, 8, 6, 4, 3, 2, 2, 2, 2, 0, 0, 0, 0),
            1 => new(1, 16, 5, 6, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1),
            2 => new(3, 5, 6, 6, 3, 4, 3, 2, 2, 2, 1, 0, 0, 1),
            3 => new(2, 19, 9, 9, 5, 5, 2, 2, 1, 1, 0, 1, 1, 0, 4, 4),
            _ => new(2, 33, 1, 17, 1, 5, 1, 7, 1, 3, 0, 1, 0, 1),
        };
        int shift = CodeAverage.Shift(g.KernelH * g.KernelW);
        foreach (bool padded in (bool[])[false, true])
            foreach (int bits in (int[])[8, 16])
            {
                short[] x = Codes(g.InputLength, 8, bits), dy = Codes(g.OutputLength, 9, bits);
                long[] pooled = new long[g.OutputLength], spread = new long[g.InputLength];
                Reference.CodeAverage.Pool(in g, [.. x.Select(v => (int)v)], padded, shift, pooled);
                Reference.CodeAverage.Spread(in g, [.. dy.Select(v => (int)v)], padded, shift, spread);
                byte[] xBytes = Bytes(x, bits), dyBytes = Bytes(dy, bits);
                foreach (ExecutionMode mode in FixedPointMapTests.Modes)
                {
                    long[] wide = new long[g.OutputLength], wideSpread = new long[g.InputLength];
                    CodeAverage.Pool(in g, new(xBytes, bits), padded, wide, mode);
                    CodeAverage.Spread(in g, new(dyBytes, bits), padded, wideSpread, mode);
                    Assert.Equal(pooled, wide);
                    Assert.Equal(spread, wideSpread);
                    int[] sums = new int[g.OutputLength], spreadSums = new int[g.InputLength];
                    if (bits == 16) Assert.Throws<PrecisionException>(() => CodeAverage.Pool(in g, new(xBytes, bits), padded, sums, mode));
                    if (!CodeAverage.Fits(bits, g.KernelH * g.KernelW)) continue;
                    CodeAverage.Pool(in g, new(xBytes, bits), padded, sums, mode);
                    CodeAverage.Spread(in g, new(dyBytes, bits), padded, spreadSums, mode);
                    Assert.Equal(pooled, sums.Select(v => (long)v));
                    Assert.Equal(spread, spreadSums.Select(v => (long)v));
                }
            }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Totals_of_rows_are_those_of_the_columns_of_the_transpose(int bits)
    {
        const int rows = 13, columns = 1777;
        short[] x = Codes(rows * columns, 10, bits), turned = new short[x.Length];
        for (int i = 0; i < x.Length; i++) turned[i % columns * rows + i / columns] = x[i];
        long[] byRows = new long[rows], byColumns = new long[rows];
        CodeTotals.OfRows(new(Bytes(x, bits), bits), byRows);
        CodeTotals.OfColumns(new(Bytes(turned, bits), bits), byColumns);
        Assert.Equal(byColumns, byRows);
        Assert.Equal(Enumerable.Range(0, rows).Select(r => x.Skip(r * columns).Take(columns).Sum(v => (long)v)), byRows);
    }

    private static CodeSpan Span<T>(T[] codes) where T : unmanaged => new(MemoryMarshal.AsBytes<T>(codes), typeof(T) == typeof(sbyte) ? 8 : 16);

    private static byte[] Bytes(short[] codes, int bits) => bits <= 8 ? [.. codes.Select(c => (byte)(sbyte)c)] : MemoryMarshal.AsBytes<short>(codes).ToArray();

    private static short[] Codes(int count, ulong seed, int bits)
    {
        Rng rng = new(seed);
        int limit = FixedPointCode.Limit(bits);
        return [.. Enumerable.Range(0, count).Select(_ => (short)rng.NextInt(-limit, limit + 1))];
    }
}
