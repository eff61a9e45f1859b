using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests;

public class WeightCodesTests
{
    private static sbyte[] Random(int length)
    {
        byte[] bits = new byte[length];
        new Rng(3).FillBits(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(bits.AsSpan()));
        return Array.ConvertAll(bits, b => (sbyte)b);
    }

    [Fact]
    public void Rows_and_sums_are_the_same_by_rows_and_by_columns()
    {
        foreach ((int outs, int inner) in new[] { (1, 4), (4, 1), (33, 700), (64, 256), (100, 3000), (130, 64) })
        {
            sbyte[] rows = Random(outs * inner), columns = new sbyte[rows.Length];
            for (int m = 0; m < outs; m++)
                for (int k = 0; k < inner; k++) columns[k * outs + m] = rows[m * inner + k];
            short[] wide = Array.ConvertAll(rows, w => (short)w);
            WeightCodes byRows = WeightCodes.Of(rows, outs), byColumns = WeightCodes.Of(columns, outs, byColumns: true), narrowed = WeightCodes.Of(wide, outs);
            foreach (WeightCodes codes in new[] { byRows, byColumns, narrowed })
            {
                Assert.True(codes.AreBytes);
                Assert.Equal(wide, codes.Rows());
                Assert.Equal(WeightSums.OfRows(wide, outs), codes.Sums());
            }
        }
    }

    // 255 rows of -128 fill an int16 sum; a row more must not overflow it.
    [Fact]
    public void Sums_of_extreme_weights_do_not_overflow()
    {
        foreach (int inner in new[] { 254, 255, 256, 1000 })
        {
            sbyte[] least = new sbyte[40 * inner];
            Array.Fill(least, sbyte.MinValue);
            WeightSums expected = new(-128L * inner, 128L * inner);
            Assert.All(WeightCodes.Of(least, 40, byColumns: true).Sums(), s => Assert.Equal(expected, s));
            Assert.All(WeightCodes.Of(least, 40).Sums(), s => Assert.Equal(expected, s));
        }
    }

    [Fact]
    public void Nine_bits_are_kept()
    {
        short[] columns = [1, 200, 3, -255, 5, 6];
        WeightCodes codes = WeightCodes.Of(columns, 2, byColumns: true);
        Assert.False(codes.AreBytes);
        Assert.Equal([1, 3, 5, 200, -255, 6], codes.Rows());
        Assert.Equal([new(9, 9), new(-49, 461)], codes.Sums());
    }
}
