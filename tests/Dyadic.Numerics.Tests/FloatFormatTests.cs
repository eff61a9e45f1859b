namespace Dyadic.Numerics.Tests;

public class FloatFormatTests
{
    [Fact]
    public void Every_binary16_code_is_that_of_Half() => EveryCode(FloatFormat.Binary16, code => (float)BitConverter.UInt16BitsToHalf(code));

    [Fact]
    public void Every_bfloat16_code_is_that_of_BFloat16() => EveryCode(FloatFormat.BFloat16, code => (float)new BFloat16(code));

    [Fact]
    public void Rounding_to_binary16_equals_Half_at_all_values_midpoints_and_their_neighbours() =>
        EveryPoint(FloatFormat.Binary16, x => (float)(Half)x);

    [Fact]
    public void Rounding_to_bfloat16_equals_BFloat16_at_all_values_midpoints_and_their_neighbours() =>
        EveryPoint(FloatFormat.BFloat16, x => (float)(BFloat16)x);

    public static TheoryData<int, int, bool, bool> SmallFormats => new()
    {
        { 4, 3, true, true }, { 4, 3, true, false }, { 5, 2, false, true }, { 5, 2, false, false },
        { 2, 1, true, true }, { 3, 2, true, true }, { 2, 3, true, true }, { 2, 0, false, false }, { 3, 0, true, false }, { 8, 0, false, false },
        { 8, 1, false, false }, { 2, 5, false, false }, { 6, 1, false, true }, { 7, 3, true, false }, { 7, 0, false, true }, { 5, 5, false, false },
    };

    // The oracle reads the format's definition in doubles and searches the list of all values.
    [Theory, MemberData(nameof(SmallFormats))]
    public void Small_formats_equal_the_definition_in_every_mode(int e, int m, bool finiteOnly, bool saturate)
    {
        var format = new FloatFormat(e, m, finiteOnly, saturate);
        double[] values = Values(e, m, finiteOnly);
        Assert.Equal(values[^1], format.MaxValue);
        Assert.Equal(values[1], format.Epsilon);
        Assert.Equal(values[1 << m], format.MinNormal);
        for (int code = 0; code < values.Length; code++)
        {
            float value = (float)values[code];
            Assert.Equal(value, format.Decode((uint)code));
            Assert.Equal(-value, format.Decode((uint)code | 1u << (e + m)));
            Assert.Equal((uint)code, format.Encode(value));
            Assert.Equal((uint)code | 1u << (e + m), format.Encode(-value));
        }
        foreach (float x in Points(values))
            foreach (Rounding mode in (Rounding[])[Rounding.HalfEven, Rounding.HalfAway, Rounding.Floor])
            {
                AssertSame(Oracle(x, values, mode, format), format.Round(x, mode), x, mode);
                AssertSame(Oracle(-x, values, mode, format), format.Round(-x, mode), -x, mode);
            }
    }

    [Theory]
    [InlineData(0x01, 0.001953125f)]
    [InlineData(0x07, 0.013671875f)]
    [InlineData(0x08, 0.015625f)]
    [InlineData(0x38, 1f)]
    [InlineData(0x7E, 448f)]
    [InlineData(0xFE, -448f)]
    [InlineData(0x7F, float.NaN)]
    [InlineData(0xFF, float.NaN)]
    public void E4M3_has_the_published_codes(uint code, float value) => Assert.Equal(value, FloatFormat.E4M3.Decode(code));

    [Theory]
    [InlineData(0x01, 1.52587890625e-5f)]
    [InlineData(0x03, 4.57763671875e-5f)]
    [InlineData(0x04, 6.103515625e-5f)]
    [InlineData(0x3C, 1f)]
    [InlineData(0x7B, 57344f)]
    [InlineData(0x7C, float.PositiveInfinity)]
    [InlineData(0xFC, float.NegativeInfinity)]
    [InlineData(0x7D, float.NaN)]
    public void E5M2_has_the_published_codes(uint code, float value) => Assert.Equal(value, FloatFormat.E5M2.Decode(code));

    [Fact]
    public void Overflow_follows_the_format()
    {
        Assert.Equal(65504f, FloatFormat.Binary16.Round(65519.9f));
        Assert.Equal(float.PositiveInfinity, FloatFormat.Binary16.Round(65520f));
        Assert.Equal(65504f, FloatFormat.Binary16.Round(1e30f, Rounding.Floor));
        Assert.Equal(float.NegativeInfinity, FloatFormat.Binary16.Round(-65505f, Rounding.Floor));
        Assert.Equal(float.PositiveInfinity, FloatFormat.Binary16.Round(float.PositiveInfinity, Rounding.Floor));
        Assert.Equal(448f, FloatFormat.E4M3.Round(1e9f));
        Assert.Equal(-448f, FloatFormat.E4M3.Round(float.NegativeInfinity));
        Assert.Equal(448f, new FloatFormat(4, 3, finiteOnly: true).Round(464f));      // a tie, and 448 is even
        Assert.Equal(float.NaN, new FloatFormat(4, 3, finiteOnly: true).Round(465f));
        Assert.Equal(57344f, FloatFormat.E5M2.Round(float.PositiveInfinity));
        Assert.Equal(float.NaN, FloatFormat.E4M3.Round(float.NaN));
        Assert.Equal(0x7Fu, FloatFormat.E4M3.Encode(float.NaN) & 0x7F);
        Assert.Equal(0x7E00u, FloatFormat.Binary16.Encode(float.NaN) & 0x7FFF);
        Assert.True(float.IsNegative(FloatFormat.Binary16.Round(-1e-30f)));
    }

    [Fact]
    public void Binary32_changes_nothing()
    {
        Rng rng = new Rng(1).Split("binary32");
        for (int i = 0; i < 20_000; i++)
        {
            float x = BitConverter.UInt32BitsToSingle(rng.NextUInt32());
            if (float.IsNaN(x)) continue;
            Assert.Equal(x, FloatFormat.Binary32.Round(x, (Rounding)(i % 4), rng.NextUInt64()));
            Assert.Equal(BitConverter.SingleToUInt32Bits(x), FloatFormat.Binary32.Encode(x));
            Assert.Equal(x, FloatFormat.Binary32.Decode(BitConverter.SingleToUInt32Bits(x)));
        }
    }

    [Fact]
    public void Spans_round_like_single_values_in_every_width()
    {
        Rng rng = new Rng(2).Split("spans");
        var x = new float[4096];
        var y = new float[x.Length];
        for (int e = 2; e <= 8; e++)
            for (int m = 0; m <= 23; m++)
            {
                var format = new FloatFormat(e, m, finiteOnly: e < 8 && m % 2 == 0, saturate: m % 3 == 0);
                for (int i = 0; i < x.Length; i++)
                    x[i] = i % 2 == 0 ? BitConverter.UInt32BitsToSingle(rng.NextUInt32()) : rng.NextGaussian() * format.MaxValue;
                format.Round(x, y);
                for (int i = 0; i < x.Length; i++) AssertSame(format.Round(x[i]), y[i], x[i], Rounding.HalfEven);
            }
    }

    // n roundings of x between neighbours lo < hi: mean x, standard error (hi − lo)·√(p(1 − p)/n); six of them.
    [Theory]
    [InlineData(1.03f, 1f, 1.125f)]
    [InlineData(-1.03f, -1.125f, -1f)]
    [InlineData(0.0021f, 0.001953125f, 0.00390625f)]
    [InlineData(1e-4f, 0f, 0.001953125f)]
    [InlineData(15.9f, 15f, 16f)]
    public void Stochastic_rounding_is_unbiased(float x, float lo, float hi)
    {
        const int n = 20_000;
        Rng rng = new Rng(3).Split("e4m3");
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            float y = FloatFormat.E4M3.Round(x, Rounding.Stochastic, rng.NextUInt64());
            Assert.True(y == lo || y == hi);
            sum += y;
        }
        double p = (x - (double)lo) / ((double)hi - lo), bound = 6 * ((double)hi - lo) * Math.Sqrt(p * (1 - p) / n);
        Assert.InRange(sum / n - x, -bound, bound);
    }

    [Fact]
    public void Stochastic_rounding_of_the_smallest_float_to_a_wide_step_is_defined()
    {
        var format = new FloatFormat(2, 0);
        Assert.Equal(0f, format.Round(float.Epsilon, Rounding.Stochastic, ulong.MaxValue));
        Assert.Equal(1f, format.Round(MathF.BitDecrement(1), Rounding.Stochastic, ulong.MaxValue));
    }

    [Fact]
    public void Widths_that_float32_cannot_hold_are_refused()
    {
        Assert.Throws<PrecisionException>(() => new FloatFormat(1, 3));
        Assert.Throws<PrecisionException>(() => new FloatFormat(9, 3));
        Assert.Throws<PrecisionException>(() => new FloatFormat(5, 24));
        Assert.Throws<PrecisionException>(() => new FloatFormat(8, 3, finiteOnly: true));
        Assert.Throws<PrecisionException>(() => new FloatFormat(4, 0).Encode(float.NaN));
        Assert.Throws<ShapeException>(() => FloatFormat.E4M3.Round(new float[2], new float[3]));
        Assert.Equal("e4m3fn-sat", FloatFormat.E4M3.ToString());
    }

    private static void EveryCode(FloatFormat format, Func<ushort, float> value)
    {
        for (int code = 0; code <= ushort.MaxValue; code++)
        {
            float expected = value((ushort)code), actual = format.Decode((uint)code);
            if (!Same(expected, actual)) Assert.Fail($"{format}: code {code:x} is {actual}, not {expected}");
            if (!float.IsNaN(actual) && format.Encode(actual) != code) Assert.Fail($"{format}: {actual} encodes to {format.Encode(actual):x}, not {code:x}");
        }
    }

    private static void EveryPoint(FloatFormat format, Func<float, float> round)
    {
        var values = new List<double>();
        for (uint code = 0; format.Decode(code) is var value && float.IsFinite(value); code++) values.Add(value);
        float[] points = [.. Points([.. values])], spans = new float[points.Length];
        format.Round(points, spans);
        for (int i = 0; i < points.Length; i++)
        {
            AssertSame(round(points[i]), format.Round(points[i]), points[i], Rounding.HalfEven);
            AssertSame(round(points[i]), spans[i], points[i], Rounding.HalfEven);
            AssertSame(round(-points[i]), format.Round(-points[i]), -points[i], Rounding.HalfEven);
        }
    }

    // All values of a format without sign, in the order of their codes.
    private static double[] Values(int e, int m, bool finiteOnly)
    {
        int bias = (1 << (e - 1)) - 1, count = finiteOnly ? (1 << (e + m)) - 1 : ((1 << e) - 1) << m;
        var values = new double[count];
        for (int code = 0; code < count; code++)
        {
            int exponent = code >> m, fraction = code & ((1 << m) - 1);
            values[code] = exponent == 0
                ? fraction * Math.Pow(2, 1 - bias - m)
                : ((1 << m) + fraction) * Math.Pow(2, exponent - bias - m);
        }
        return values;
    }

    // Each value, each midpoint, and the floats beside them; then beyond the largest.
    private static IEnumerable<float> Points(double[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            double next = i + 1 < values.Length ? values[i + 1] : 2 * values[i] - values[i - 1];
            foreach (float x in (float[])[(float)values[i], (float)((values[i] + next) / 2)])
            {
                if (x > 0) yield return MathF.BitDecrement(x);
                yield return x;
                yield return MathF.BitIncrement(x);
            }
        }
        yield return (float)(values[^1] * 1.99);
        yield return float.MaxValue;
        yield return float.PositiveInfinity;
    }

    private static float Oracle(float x, double[] values, Rounding mode, FloatFormat format)
    {
        double a = Math.Abs((double)x), sign = float.IsNegative(x) ? -1 : 1;
        double limit = 2 * values[^1] - (values.Length > 1 && format.MantissaBits > 0 ? values[^2] : 0);      // the value that would follow the largest
        int i = Array.BinarySearch(values, a);
        if (i >= 0) return (float)(sign * values[i]);
        i = ~i - 1;
        double next = i + 1 < values.Length ? values[i + 1] : limit;
        double middle = (values[i] + next) / 2;
        bool away = mode == Rounding.Floor ? sign < 0 : a > middle || (a == middle && (mode == Rounding.HalfAway || (i & 1) != 0));
        if (mode == Rounding.Floor && double.IsInfinity(a)) away = true;
        if (!away) return (float)(sign * values[i]);
        if (i + 1 < values.Length) return (float)(sign * next);
        return (float)(sign * (format.Saturate ? values[^1] : format.FiniteOnly ? double.NaN : double.PositiveInfinity));
    }

    private static bool Same(float a, float b) =>
        float.IsNaN(a) ? float.IsNaN(b) : BitConverter.SingleToUInt32Bits(a) == BitConverter.SingleToUInt32Bits(b);

    private static void AssertSame(float expected, float actual, float x, Rounding mode)
    {
        if (!Same(expected, actual)) Assert.Fail($"{x:R} ({mode}) rounds to {actual:R}, not {expected:R}");
    }
}
