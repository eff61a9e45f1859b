namespace Dyadic.Numerics.Tests;

/// <summary>Every code of every stored type.</summary>
public class StoredNumberTests
{
    private static readonly DType[] Floats = [DType.Float8E4M3FN, DType.Float8E4M3FNUZ, DType.Float8E5M2, DType.Float8E5M2FNUZ];

    private static IEnumerable<byte> Codes => Enumerable.Range(0, 256).Select(c => (byte)c);

    // ONNX, "Float stored in 8 bits": largest and least values, and what has no value.
    [Theory]
    [InlineData(DType.Float8E4M3FN, 448, 0x7E, -9, new byte[] { 0x7F, 0xFF })]
    [InlineData(DType.Float8E4M3FNUZ, 240, 0x7F, -10, new byte[] { 0x80 })]
    [InlineData(DType.Float8E5M2, 57344, 0x7B, -16, new byte[] { 0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF })]
    [InlineData(DType.Float8E5M2FNUZ, 57344, 0x7F, -17, new byte[] { 0x80 })]
    public void The_table_of_the_standard(DType type, double largest, byte top, int least, byte[] nans)
    {
        Assert.Equal(largest, StoredNumbers.Read(type, top));
        Assert.Equal(Math.ScaleB(1, least), StoredNumbers.Read(type, 1));
        Assert.Equal(1.0, StoredNumbers.Read(type, StoredNumbers.Write(type, 1)));
        Assert.Equal(nans, Codes.Where(c => double.IsNaN(StoredNumbers.Read(type, c))));
        Assert.Equal(type == DType.Float8E5M2 ? [0x7C, 0xFC] : [], Codes.Where(c => double.IsInfinity(StoredNumbers.Read(type, c))));
    }

    [Fact]
    public void Formats_with_infinities_or_two_NaNs_are_those_of_the_emulation()
    {
        foreach ((Float8Format format, FloatFormat emulated) in ((Float8Format, FloatFormat)[])[(Float8Format.E4M3FN, FloatFormat.E4M3), (Float8Format.E5M2, FloatFormat.E5M2)])
        {
            foreach (byte code in Codes) Assert.Equal(emulated.Decode(code), format.Decode(code));
            for (int bits = 0; bits < 1 << 16; bits++)
            {
                float x = BitConverter.UInt32BitsToSingle((uint)bits << 16);
                if (!float.IsNaN(x)) Assert.Equal(emulated.Encode(x), format.Encode(x));
            }
        }
    }

    [Fact]
    public void Every_code_is_that_of_its_value()
    {
        foreach (DType type in Floats)
            foreach (byte code in Codes)
                if (StoredNumbers.Read(type, code) is var x && !double.IsNaN(x)) Assert.Equal(code, StoredNumbers.Write(type, x, saturate: false));
        for (int v = -8; v < 8; v++) Assert.Equal(v, StoredNumbers.Read(DType.Int4, StoredNumbers.Write(DType.Int4, v)));
        for (int v = 0; v < 16; v++) Assert.Equal(v, StoredNumbers.Read(DType.UInt4, StoredNumbers.Write(DType.UInt4, v)));
    }

    // Against a search of all finite values: the nearest, of two the even code.
    [Fact]
    public void Every_binary16_goes_to_the_nearest_value()
    {
        foreach (DType type in Floats)
        {
            byte[] finite = [.. Codes.Where(c => double.IsFinite(StoredNumbers.Read(type, c)) && c < 0x80)];
            for (int bits = 0; bits < 1 << 15; bits++)
            {
                double x = (double)BitConverter.UInt16BitsToHalf((ushort)bits);
                if (double.IsNaN(x)) continue;
                byte expected = double.IsInfinity(x) ? finite[^1] : finite.MinBy(c => (Math.Abs(StoredNumbers.Read(type, c) - x), c & 1));
                Assert.Equal(expected, StoredNumbers.Write(type, x));
                byte negative = StoredNumbers.Write(type, -x);
                bool oneZero = type is DType.Float8E4M3FNUZ or DType.Float8E5M2FNUZ;
                Assert.Equal(expected == 0 && oneZero ? 0 : expected | 0x80, negative);
            }
        }
    }

    // ONNX Cast, the tables of saturate = 1 and 0.
    [Fact]
    public void What_is_too_large_saturates_or_not()
    {
        foreach (DType type in Floats)
        {
            double largest = StoredNumbers.Read(type, StoredNumbers.Write(type, 1e9));
            foreach (double x in (double[])[1e6, double.PositiveInfinity])
            {
                Assert.Equal(largest, StoredNumbers.Read(type, StoredNumbers.Write(type, x)));
                Assert.Equal(-largest, StoredNumbers.Read(type, StoredNumbers.Write(type, -x)));
                double open = StoredNumbers.Read(type, StoredNumbers.Write(type, -x, saturate: false));
                Assert.Equal(type == DType.Float8E5M2 ? double.NegativeInfinity : double.NaN, open);
            }
            Assert.True(double.IsNaN(StoredNumbers.Read(type, StoredNumbers.Write(type, double.NaN))));
        }
    }

    [Fact]
    public void Integers_of_four_bits_truncate_and_saturate_and_keep_low_bits()
    {
        Assert.Equal([-8, 7, 2, -2, 0], ((double[])[-9.5, 7.9, 2.9, -2.9, double.NaN]).Select(x => StoredNumbers.Read(DType.Int4, StoredNumbers.Write(DType.Int4, x))));
        Assert.Equal([0, 15, 2], ((double[])[-1, 15.9, 2.9]).Select(x => StoredNumbers.Read(DType.UInt4, StoredNumbers.Write(DType.UInt4, x))));
        foreach (byte b in Codes)
        {
            Assert.Equal((b & 15) < 8 ? b & 15 : (b & 15) - 16, StoredNumbers.Read(DType.Int4, StoredNumbers.LowBits(DType.Int4, b)));
            Assert.Equal(b & 15, StoredNumbers.Read(DType.UInt4, StoredNumbers.LowBits(DType.UInt4, b)));
        }
    }
}
