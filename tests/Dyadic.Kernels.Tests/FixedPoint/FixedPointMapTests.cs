using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

/// <summary>The vector forms give the bytes of the plain loops, on every width and number of threads, and round as the specification says.</summary>
public sealed class FixedPointMapTests
{
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(1).Split("map"));

    public static IEnumerable<ExecutionMode> Modes =>
        from width in (SimdWidth[])[SimdWidth.Scalar, SimdWidth.V128, SimdWidth.V256, SimdWidth.V512] from threads in (int[])[1, 2] select new ExecutionMode(width, threads);

    // Long enough that rounding is left open by 16 bits several times; the exponents leave codes that saturate, shift left, and vanish.
    [Theory]
    [InlineData(Rounding.Stochastic)]
    [InlineData(Rounding.HalfEven)]
    [InlineData(Rounding.Floor)]
    public void Floats_map_to_the_codes_of_the_definition(Rounding rounding)
    {
        float[] v = Floats(rounding == Rounding.Stochastic ? 300_007 : 20_011);
        int e8 = FixedPointCode.Exponent(v.Max(MathF.Abs), 8);
        foreach (int exponent in (int[])[e8, e8 + 1, e8 - 9, e8 + 20, -120, 143])
            foreach (int bits in exponent == e8 ? (int[])[2, 8] : [5])
            {
                var expected = new sbyte[v.Length];
                Reference.FixedPointMap.Quantize(v, expected, bits, exponent, rounding, Draw);
                foreach (ExecutionMode mode in Modes) Same(expected, q => FixedPointMap.Quantize(v, q, bits, exponent, rounding, Draw, mode), $"{bits} bits at {exponent}, {mode}");
            }
        foreach (int exponent in (int[])[e8 - 8, e8, e8 - 20])
        {
            var expected = new short[v.Length];
            Reference.FixedPointMap.Quantize(v, expected, 16, exponent, rounding, Draw);
            foreach (ExecutionMode mode in Modes) Same(expected, q => FixedPointMap.Quantize(v, q, 16, exponent, rounding, Draw, mode), $"16 bits at {exponent}, {mode}");
        }
    }

    [Theory]
    [InlineData(Rounding.Stochastic)]
    [InlineData(Rounding.HalfEven)]
    public void Integers_map_to_the_codes_of_the_definition(Rounding rounding)
    {
        int[] a = Integers(rounding == Rounding.Stochastic ? 150_003 : 9_001);
        long[] wide = [.. a.Select((x, i) => i % 9 == 0 ? long.MinValue + i : i % 7 == 0 ? (long)x << 20 : x)];
        short[] narrow = [.. a.Select(x => (short)x)];
        foreach (int shift in (int[])[0, 3, 15, 16, 17, 24, 31, 40, 60, -5, -14, -20])
        {
            var codes = new sbyte[a.Length];
            var shorts = new short[a.Length];
            Reference.FixedPointMap.Requantize(a, -7, codes, 7, shift - 7, rounding, Draw);
            Reference.FixedPointMap.Requantize(a, -7, shorts, 16, shift - 7, rounding, Draw);
            foreach (ExecutionMode mode in Modes)
            {
                Same(codes, q => FixedPointMap.Requantize(a, -7, q, 7, shift - 7, rounding, Draw, mode), $"int32 to 7 bits by {shift}, {mode}");
                Same(shorts, q => FixedPointMap.Requantize(a, -7, q, 16, shift - 7, rounding, Draw, mode), $"int32 to 16 bits by {shift}, {mode}");
            }
            Reference.FixedPointMap.Requantize(wide, 2, codes, 8, shift + 2, rounding, Draw);
            Reference.FixedPointMap.Requantize(wide, 2, shorts, 13, shift + 2, rounding, Draw);
            foreach (ExecutionMode mode in Modes)
            {
                Same(codes, q => FixedPointMap.Requantize(wide, 2, q, 8, shift + 2, rounding, Draw, mode), $"int64 to 8 bits by {shift}, {mode}");
                Same(shorts, q => FixedPointMap.Requantize(wide, 2, q, 13, shift + 2, rounding, Draw, mode), $"int64 to 13 bits by {shift}, {mode}");
            }
            Reference.FixedPointMap.Requantize(narrow, 0, codes, 8, shift, rounding, Draw);
            Reference.FixedPointMap.Requantize(narrow, 0, shorts, 16, shift, rounding, Draw);
            foreach (ExecutionMode mode in Modes)
            {
                Same(codes, q => FixedPointMap.Requantize(narrow, 0, q, 8, shift, rounding, Draw, mode), $"int16 to 8 bits by {shift}, {mode}");
                Same(shorts, q => FixedPointMap.Requantize(narrow, 0, q, 16, shift, rounding, Draw, mode), $"int16 to 16 bits by {shift}, {mode}");
            }
        }
    }

    [Fact]
    public void The_inverse_map_and_the_largest_magnitude_are_those_of_the_definition()
    {
        int[] a = Integers(5_003);
        float[] v = Floats(5_003), expected = new float[a.Length];
        sbyte[] codes = [.. a.Select(x => (sbyte)x)];
        short[] shorts = [.. a.Select(x => (short)x)];
        long[] wide = [.. a.Select(x => (long)x * x)];
        foreach (ExecutionMode mode in Modes)
        {
            foreach (int exponent in (int[])[-12, 96, -140, 0])
            {
                Reference.FixedPointMap.Dequantize<int>(a, exponent, expected);
                Same(expected, y => FixedPointMap.Dequantize(a, exponent, y, mode), $"int32, {mode}");
                Reference.FixedPointMap.Dequantize<sbyte>(codes, exponent, expected);
                Same(expected, y => FixedPointMap.Dequantize(codes, exponent, y, mode), $"int8, {mode}");
                Reference.FixedPointMap.Dequantize<short>(shorts, exponent, expected);
                Same(expected, y => FixedPointMap.Dequantize(shorts, exponent, y, mode), $"int16, {mode}");
                Reference.FixedPointMap.Dequantize<long>(wide, exponent - 31, expected);
                Same(expected, y => FixedPointMap.Dequantize(wide, exponent - 31, y, mode), $"int64, {mode}");
            }
            Assert.Equal(Reference.FixedPointMap.Largest(v, "v"), FixedPointMap.Largest(v, "v", mode));
            Assert.Equal(0f, FixedPointMap.Largest([1e-40f, 0, -1e-39f], "v", mode));
            Assert.Equal(1UL << 31, FixedPointMap.Largest(a, mode));
            Assert.Equal(Reference.FixedPointMap.Largest<int>(a.AsSpan(100, 77)), FixedPointMap.Largest(a.AsSpan(100, 77), mode));
            Assert.Equal(1UL << 62, FixedPointMap.Largest(wide, mode));
            Assert.Equal(Reference.FixedPointMap.Largest<sbyte>(codes), FixedPointMap.Largest(codes, mode));
            Assert.Equal(Reference.FixedPointMap.Largest<short>(shorts), FixedPointMap.Largest(shorts, mode));
        }
    }

    [Fact]
    public void What_is_not_finite_is_named_and_never_mapped()
    {
        float[] v = Floats(70_000);
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
            foreach (ExecutionMode mode in Modes)
            {
                (v[41_231], v[52_000]) = (bad, bad);
                Assert.StartsWith($"FixedPointMap: element 41231 of the gradient of fc.weight is {bad}.",
                    Assert.Throws<PrecisionException>(() => FixedPointMap.Largest(v, "the gradient of fc.weight", mode)).Message);
            }
    }

    [Fact]
    public void Spans_and_bits_that_do_not_fit_are_refused()
    {
        ExecutionMode mode = ExecutionMode.Default;
        Assert.Throws<ShapeException>(() => FixedPointMap.Quantize(new float[3], new sbyte[4], 8, 0, Rounding.HalfEven, Draw, mode));
        Assert.Throws<ArgumentException>(() => FixedPointMap.Quantize(new float[3], new sbyte[3], 9, 0, Rounding.HalfEven, Draw, mode));
        Assert.Throws<ArgumentException>(() => FixedPointMap.Requantize(new int[3], 0, new short[3], 17, 0, Rounding.HalfEven, Draw, mode));
        Assert.Throws<ArgumentException>(() => FixedPointMap.Requantize(new int[3], 0, new short[3], 1, 0, Rounding.HalfEven, Draw, mode));
    }

    // 10⁵ maps of one tensor: the mean within five standard errors, the variance D²f(1 − f) within 5 %, and never more than a step away.
    [Fact]
    public void Stochastic_codes_have_the_mean_and_the_variance_of_the_specification()
    {
        const int draws = 100_000;
        float[] x = [0.75f, -1.5f, 0.1f, 3.2f, -0.013f, 1e-4f, 2.9999f, -3.9f, 0.4321f];
        float[] tiled = [.. Enumerable.Range(0, draws * x.Length).Select(i => x[i % x.Length])];
        var q = new sbyte[tiled.Length];
        int exponent = FixedPointCode.Exponent(3.9f, 8);
        FixedPointMap.Quantize(tiled, q, 8, exponent, Rounding.Stochastic, Draw, ExecutionMode.Default);
        for (int k = 0; k < x.Length; k++)
        {
            double t = x[k] * Math.ScaleB(1, -exponent), f = Math.Abs(t) - Math.Floor(Math.Abs(t)), variance = f * (1 - f), sum = 0, squares = 0;
            for (int n = 0; n < draws; n++)
            {
                double error = q[n * x.Length + k] - t;
                Assert.True(Math.Abs(error) < 1);
                sum += error;
                squares += error * error;
            }
            Assert.InRange(Math.Abs(sum / draws), 0, 5 * Math.Sqrt(variance / draws));
            if (variance > 0.1) Assert.InRange(squares / draws / variance, 0.95, 1.05);
            if (variance == 0) Assert.Equal(0, squares);
        }
    }

    private static float[] Floats(int count)
    {
        Rng rng = new(11);
        var v = new float[count];
        rng.FillUniform(v, -3.9f, 3.9f);
        for (int i = 0; i < count; i += 13) v[i] = i % 2 == 0 ? 0 : MathF.ScaleB(v[i], -rng.NextInt(140));
        for (int i = 5; i < count; i += 17) v[i] = rng.NextInt(-300, 301) / 64f;                                           // ties and the grid
        return v;
    }

    private static int[] Integers(int count)
    {
        Rng rng = new(12);
        int[] a = [.. Enumerable.Range(0, count).Select(_ => (int)rng.NextUInt32() >> rng.NextInt(32))];
        (a[17], a[18], a[40]) = (int.MinValue, int.MaxValue, 0);
        return a;
    }

    private static void Same<T>(T[] expected, Action<T[]> run, string what) where T : struct, IEquatable<T>
    {
        var actual = new T[expected.Length];
        run(actual);
        int at = expected.AsSpan().CommonPrefixLength(actual);
        Assert.True(at == expected.Length, at == expected.Length ? "" : $"{what}: element {at} is {actual[at]}, by definition {expected[at]}");
    }
}
