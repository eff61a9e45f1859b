using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

public sealed class FixedPointSumTests
{
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(2).Split("sum"));

    [Theory]
    [InlineData(Rounding.Stochastic)]
    [InlineData(Rounding.HalfEven)]
    public void Sums_and_products_are_those_of_the_definition(Rounding rounding)
    {
        sbyte[] a = [.. Codes(20_013, 1, 8).Select(x => (sbyte)x)], b = [.. Codes(20_013, 2, 8).Select(x => (sbyte)x)];
        short[] c = Codes(20_013, 3, 16), d = Codes(20_013, 4, 16);
        foreach ((int ea, int eb) in new[] { (-5, -5), (-5, -9), (-20, -3), (-3, -33), (4, -60) })
            foreach (ExecutionMode mode in FixedPointMapTests.Modes)
            {
                sbyte[] y = new sbyte[a.Length], expected = new sbyte[a.Length];
                int e = FixedPointSum.Add(a, ea, b, eb, y, 8, 0, rounding, Draw, mode);
                int nearest = ea - eb > 46 ? ea - 46 : eb;
                Reference.FixedPointSum.Add(a, ea, b, nearest, expected, 8, e, rounding, Draw);
                Assert.Equal(expected, y);
                Assert.InRange(y.Max(q => Math.Abs((int)q)), 64, 127);
                int p = FixedPointSum.Multiply(a, ea, b, eb, y, 8, 1, rounding, Draw, mode);
                Reference.FixedPointSum.Multiply(a, ea, b, eb, expected, 8, p, rounding, Draw);
                Assert.Equal(expected, y);
                short[] z = new short[c.Length], wide = new short[c.Length];
                e = FixedPointSum.Add(c, ea, d, eb, z, 16, 1, rounding, Draw, mode);
                Reference.FixedPointSum.Add(c, ea, d, nearest, wide, 16, e, rounding, Draw);
                Assert.Equal(wide, z);
                FixedPointSum.Combine(c, ea, 29_491, d, eb, -3, z, 15, ea + 14, rounding, Draw, mode);
                Reference.FixedPointSum.Combine(c, ea, 29_491, d, eb, -3, wide, 15, ea + 14, rounding, Draw);
                Assert.Equal(wide, z);
            }
    }

    // 24 and 102 at 2⁻⁵ with 64 and 115 at 2⁻⁷: the sum is 160/128 and 523/128, exact in 9 bits and rounded once in 8.
    [Fact]
    public void The_terms_meet_exactly_and_are_rounded_once()
    {
        ExecutionMode mode = ExecutionMode.Default;
        var y = new short[2];
        Assert.Equal(-7, FixedPointSum.Add<short>([24, 102], -5, [64, 115], -7, y, 11, 0, Rounding.Stochastic, Draw, mode));
        Assert.Equal([160, 523], y);
        Assert.Equal(-4, FixedPointSum.Add<short>([24, 102], -5, [64, 115], -7, y, 8, 0, Rounding.HalfEven, Draw, mode));
        Assert.Equal([20, 65], y);
    }

    [Fact]
    public void An_operand_of_zeros_takes_the_exponent_of_the_other()
    {
        var y = new sbyte[3];
        Assert.Equal(-90, FixedPointSum.Add<sbyte>([0, 0, 0], 0, [64, -127, 1], -90, y, 8, 0, Rounding.Stochastic, Draw, ExecutionMode.Default));
        Assert.Equal([64, -127, 1], y);
        Assert.Equal(0, FixedPointSum.Add<sbyte>([0, 0, 0], 0, [0, 0, 0], -90, y, 8, 0, Rounding.Stochastic, Draw, ExecutionMode.Default));
    }

    // E[X̂·Ŵ] = X·W when the factors are rounded independently; one draw for both is caught.
    [Fact]
    public void A_product_is_unbiased_if_and_only_if_its_factors_have_draws_of_their_own()
    {
        const int n = 100_000;
        float[] x = [.. Enumerable.Repeat(3.5f, n)];
        sbyte[] a = new sbyte[n], b = new sbyte[n];
        FixedPointMap.Quantize(x, a, 8, 0, Rounding.Stochastic, Draw, ExecutionMode.Default);
        FixedPointMap.Quantize(x, b, 8, 0, Rounding.Stochastic, Draw.Split(1), ExecutionMode.Default);
        double product = a.Zip(b, (p, q) => (double)p * q).Average(), square = a.Average(p => (double)p * p), error = 2 * 3.5 * 0.5 / Math.Sqrt(n);
        Assert.InRange(Math.Abs(product - 3.5 * 3.5), 0, 5 * error);
        Assert.InRange(square - 3.5 * 3.5, 0.25 - 5 * error, 0.25 + 5 * error);
    }

    private static short[] Codes(int count, ulong seed, int bits)
    {
        Rng rng = new(seed);
        int limit = FixedPointCode.Limit(bits);
        return [.. Enumerable.Range(0, count).Select(_ => (short)rng.NextInt(-limit, limit + 1))];
    }
}
