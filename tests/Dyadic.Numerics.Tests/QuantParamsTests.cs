namespace Dyadic.Numerics.Tests;

public class QuantParamsTests
{
    [Fact]
    public void The_range_minus_1_to_3_has_the_published_parameters()
    {
        QuantParams unsigned = QuantParams.Asymmetric(-1, 3, signed: false), signed = QuantParams.Asymmetric(-1, 3);
        Assert.Equal((float)(4.0 / 255), unsigned.Scales[0]);
        Assert.Equal(64, unsigned.ZeroPoints[0]);      // 63.75
        Assert.Equal(-64, signed.ZeroPoints[0]);       // −64.25
        Assert.Equal((0, 255, -128, 127), (unsigned.QMin, unsigned.QMax, signed.QMin, signed.QMax));
    }

    // The published example of dynamic quantisation; −2.5 gives 26 only where the quotient −127.49999 is taken in float32.
    [Fact]
    public void Quantising_divides_in_float32()
    {
        float[] x = [0, 2, -3, -2.5f, 1.34f, 0.5f];
        QuantParams p = QuantParams.Asymmetric(-3, 2, signed: false);
        Assert.Equal(0.0196078438f, p.Scales[0]);
        Assert.Equal(153, p.ZeroPoints[0]);
        var q = new byte[x.Length];
        p.Quantize(x, q);
        Assert.Equal([153, 255, 0, 26, 221, 179], q);
    }

    // Rounding to even comes before the zero point is added: 0.5 → 0, then + 1; rounding the sum would give 2.
    [Theory]
    [InlineData(0.5f, 1)]
    [InlineData(1.5f, 3)]
    [InlineData(2.5f, 3)]
    [InlineData(-0.5f, 1)]
    [InlineData(-1.5f, -1)]
    [InlineData(1000f, 127)]
    [InlineData(-1000f, -128)]
    [InlineData(float.PositiveInfinity, 127)]
    [InlineData(float.NegativeInfinity, -128)]
    [InlineData(3e38f, 127)]
    [InlineData(float.NaN, 1)]
    public void Ties_go_to_even_before_the_zero_point(float x, int q) => Assert.Equal(q, new QuantParams(8, true, 1f, 1).Quantize(x));

    [Theory]
    [InlineData(1, true, false, -1, 0)]
    [InlineData(2, true, true, -1, 1)]
    [InlineData(4, true, false, -8, 7)]
    [InlineData(4, false, false, 0, 15)]
    [InlineData(8, true, true, -127, 127)]
    [InlineData(8, false, true, 0, 254)]
    [InlineData(16, true, true, -32767, 32767)]
    [InlineData(16, false, false, 0, 65535)]
    [InlineData(31, false, false, 0, int.MaxValue)]
    [InlineData(32, true, false, int.MinValue, int.MaxValue)]
    [InlineData(32, true, true, -int.MaxValue, int.MaxValue)]
    public void Ranges(int bits, bool signed, bool narrow, int lo, int hi)
    {
        var p = new QuantParams(bits, signed, 1f, 0, narrow);
        Assert.Equal((lo, hi), (p.QMin, p.QMax));
        Assert.Equal(lo, p.Quantize(-1e20f));
        Assert.Equal(hi, p.Quantize(1e20f));
    }

    [Fact]
    public void Every_code_survives_a_round_trip()
    {
        foreach (int bits in (int[])[2, 3, 4, 8, 16])
            foreach (bool signed in (bool[])[false, true])
                foreach (float scale in (float[])[1, 0.1f, 0.0235f, 1e-30f, 1e30f])
                {
                    var probe = new QuantParams(bits, signed, scale, 0);
                    foreach (int zeroPoint in (int[])[probe.QMin, 0, 1, probe.QMax])
                    {
                        var p = new QuantParams(bits, signed, scale, zeroPoint);
                        for (int q = p.QMin; q <= p.QMax; q++)
                            if (p.Quantize(p.Dequantize(q)) != q) Assert.Fail($"{p}: {q} comes back as {p.Quantize(p.Dequantize(q))}");
                    }
                }
    }

    [Fact]
    public void Symmetric_ranges_are_narrow_and_reach_the_maximum()
    {
        QuantParams p = QuantParams.Symmetric(6.35f);
        Assert.Equal((-127, 127, 0, 127, -127), (p.QMin, p.QMax, p.ZeroPoints[0], p.Quantize(6.35f), p.Quantize(-100f)));
        Assert.Equal(6.35f / 127, p.Scales[0], 1e-9f);
        Assert.True(p.IsSymmetric);
        QuantParams u = QuantParams.Symmetric(6.35f, signed: false);
        Assert.Equal((0, 254, 127, 254, 0), (u.QMin, u.QMax, u.ZeroPoints[0], u.Quantize(6.35f), u.Quantize(-6.35f)));
        Assert.Equal((7, -7), (QuantParams.Symmetric(1, 4).QMax, QuantParams.Symmetric(1, 4).QMin));
        Assert.Equal(1f, QuantParams.Symmetric(0).Scales[0]);
    }

    [Fact]
    public void Zero_is_always_exact_and_inside_the_range()
    {
        foreach ((float lo, float hi) in ((float, float)[])[(-1, 3), (2, 5), (-7, -3), (0, 0), (0, 1e-42f), (-1e-3f, 1e5f), (-1e38f, 1e38f)])
            foreach (bool signed in (bool[])[false, true])
                foreach (int bits in (int[])[2, 4, 8, 16])
                {
                    QuantParams p = QuantParams.Asymmetric(lo, hi, bits, signed);
                    Assert.InRange(p.ZeroPoints[0], p.QMin, p.QMax);
                    Assert.Equal(0f, p.RoundTrip(0f));
                    if (p.Scales[0] != 1)
                        Assert.True(Math.Abs(p.RoundTrip(hi) - hi) <= p.Scales[0] * 0.51 && Math.Abs(p.RoundTrip(lo) - lo) <= p.Scales[0] * 0.51, $"{p} on [{lo}, {hi}]");
                }
        QuantParams empty = QuantParams.Asymmetric(0, 0);
        Assert.Equal((1f, 0), (empty.Scales[0], empty.ZeroPoints[0]));
    }

    // x [2, 3, 2] with parameters along axis 1: inner = 2.
    [Fact]
    public void Spans_follow_the_axis()
    {
        float[] x = [1, 2, 1, 2, 1, 2, -1, -2, -1, -2, -1, -2];
        var p = new QuantParams(8, true, [1f, 0.5f, 0.25f], [0, 1, -2], axis: 1);
        var q = new sbyte[12];
        p.Quantize(x, q, inner: 2);
        Assert.Equal([1, 2, 3, 5, 2, 6, -1, -2, -1, -3, -6, -10], q);
        var back = new float[12];
        p.Dequantize<sbyte>(q, back, inner: 2);
        Assert.Equal(x, back);
        p.RoundTrip(x, back, inner: 2);
        Assert.Equal(x, back);
        for (int i = 0; i < 12; i++) Assert.Equal(q[i], p.Quantize(x[i], i / 2 % 3));
    }

    [Fact]
    public void Per_axis_factories_equal_the_single_ones()
    {
        float[] lo = [-1, 0, -5], hi = [3, 2, 1];
        QuantParams p = QuantParams.AsymmetricPerAxis(lo, hi, axis: 0), s = QuantParams.SymmetricPerAxis(hi, axis: 1, bits: 4);
        for (int i = 0; i < 3; i++)
        {
            QuantParams one = QuantParams.Asymmetric(lo[i], hi[i]);
            Assert.Equal((one.Scales[0], one.ZeroPoints[0]), (p.Scales[i], p.ZeroPoints[i]));
            Assert.Equal(QuantParams.Symmetric(hi[i], 4).Scales[0], s.Scales[i]);
        }
        Assert.Equal((0, 1), (p.Axis, s.Axis));
    }

    [Fact]
    public void Spans_equal_single_values_on_random_data()
    {
        Rng rng = new Rng(1).Split("quant");
        var x = new float[1001];
        rng.FillNormal(x, 0, 3);
        (x[3], x[40], x[77], x[300], x[555]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity, -1e-9f, 1e38f);
        QuantParams[] cases =
        [
            QuantParams.Asymmetric(-5, 4, 4, signed: false), QuantParams.Symmetric(2), new(8, true, 0.5f, 3), new(16, false, 1e-4f, 65535),
            new(32, true, 1e-9f, 0), new(31, false, 1e-9f, 5), new(8, true, 1e-38f, -128),
        ];
        foreach (QuantParams p in cases)
        {
            var q = new int[x.Length];
            var y = new float[x.Length];
            p.Quantize(x, q);
            p.RoundTrip(x, y);
            for (int i = 0; i < x.Length; i++)
            {
                Assert.Equal(p.Quantize(x[i]), q[i]);
                Assert.Equal(BitConverter.SingleToInt32Bits(p.RoundTrip(x[i])), BitConverter.SingleToInt32Bits(y[i]));
                if (Math.Abs(x[i]) < 2 && p.Bits <= 8 && p.Scales[0] > 1e-3f) Assert.True(Math.Abs(y[i] - x[i]) <= p.Scales[0] * 0.5001);
            }
        }
    }

    [Fact]
    public void Equality_is_by_value()
    {
        var a = new QuantParams(8, true, [0.1f, 0.2f], [0, 3], axis: 0);
        var b = new QuantParams(8, true, [0.1f, 0.2f], [0, 3], axis: 0);
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        QuantParams[] others =
        [
            new(8, true, [0.1f, 0.3f], [0, 3], axis: 0), new(8, true, [0.1f, 0.2f], [0, 4], axis: 0), new(8, true, [0.1f, 0.2f], [0, 3], axis: 1),
            new(9, true, [0.1f, 0.2f], [0, 3], axis: 0), new(8, false, [0.1f, 0.2f], [0, 3], axis: 0), new(8, true, [0.1f, 0.2f], [0, 3], axis: 0, narrow: true),
            new(8, true, 0.1f, 0),
        ];
        Assert.All(others, other => Assert.NotEqual(a, other));
    }

    [Fact]
    public void What_cannot_be_held_is_refused()
    {
        Assert.Throws<PrecisionException>(() => new QuantParams(0, true, 1f, 0));
        Assert.Throws<PrecisionException>(() => new QuantParams(33, true, 1f, 0));
        Assert.Throws<PrecisionException>(() => new QuantParams(32, false, 1f, 0));
        Assert.Throws<PrecisionException>(() => new QuantParams(8, true, 0f, 0));
        Assert.Throws<PrecisionException>(() => new QuantParams(8, true, float.NaN, 0));
        Assert.Throws<PrecisionException>(() => new QuantParams(8, true, 1f, 128));
        Assert.Throws<PrecisionException>(() => new QuantParams(8, true, [1f, 1f], [0, 0]));
        Assert.Throws<PrecisionException>(() => new QuantParams(8, true, [1f], [0, 0], axis: 0));
        Assert.Throws<PrecisionException>(() => QuantParams.Asymmetric(3, -1));
        Assert.Throws<PrecisionException>(() => QuantParams.Symmetric(float.PositiveInfinity));
        Assert.Throws<PrecisionException>(() => QuantParams.Symmetric(-1));
        var unsigned = new QuantParams(8, false, 1f, 0);
        Assert.Throws<PrecisionException>(() => unsigned.Quantize(new float[1], new sbyte[1]));
        Assert.Throws<ShapeException>(() => unsigned.Quantize(new float[1], new byte[2]));
        Assert.Throws<ShapeException>(() => new QuantParams(8, true, [1f, 1f], [0, 0], axis: 0).Quantize(new float[3], new sbyte[3]));
    }

    [Theory]
    [InlineData(4, true, DType.Int8)]
    [InlineData(8, false, DType.UInt8)]
    [InlineData(9, true, DType.Int16)]
    [InlineData(16, false, DType.UInt16)]
    [InlineData(32, true, DType.Int32)]
    public void Storage_is_the_narrowest_type(int bits, bool signed, DType type) => Assert.Equal(type, new QuantParams(bits, signed, 1f, 0).Storage);

    [Fact]
    public void Prints_readably()
    {
        Assert.Equal("uint8 s=0.5 z=7", new QuantParams(8, false, 0.5f, 7).ToString());
        Assert.Equal("int8/narrow axis 0 [2] s=0.5..1 z=0", new QuantParams(8, true, [1f, 0.5f], [0, 0], 0, narrow: true).ToString());
    }
}
