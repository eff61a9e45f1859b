using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Dyadic.Numerics.Tests;

public class DyadicScaleTests
{
    // Yao et al. 2021 (HAWQ-V3): x ≈ b/2ᶜ of the published code.
    [Theory]
    [InlineData(0.02 * 0.05 / 0.3, 1832519380, 39)]
    [InlineData(0.0007, 1539316279, 41)]
    [InlineData(1.5, 1610612736, 30)]
    [InlineData(0.25, 1073741824, 32)]
    [InlineData(1.0, 1 << 30, 30)]
    [InlineData(1 << 30, 1 << 30, 0)]
    public void Nearest_gives_the_published_pairs(double x, int m, int s) => Assert.Equal(new DyadicScale(m, s), DyadicScale.Nearest(x));

    [Theory]
    [InlineData(1.0 / 300, 1000, 3)]
    [InlineData(1.0 / 300, -1000, -3)]
    [InlineData(1.0 / 300, 12345, 41)]
    [InlineData(1.0 / 300, 137, 0)]
    [InlineData(1.5, 137, 206)]      // 205.5, to even
    [InlineData(1.5, -45, -68)]      // −67.5, to even; −67 when ties go up
    public void Requantised_accumulators(double x, int acc, int expected) => Assert.Equal(expected, DyadicScale.Nearest(x).Apply(acc));

    [Fact]
    public void Ties_upwards_give_the_values_of_the_published_rule()
    {
        DyadicScale scale = DyadicScale.Nearest(1.5);
        Assert.Equal(206, Round.HalfUp(137L * scale.Multiplier, scale.Shift));
        Assert.Equal(-67, Round.HalfUp(-45L * scale.Multiplier, scale.Shift));
    }

    // S_m = S_r = 0.1, S_a = 1, q_m = 44, q_r = 24: rounding each term gives 4 + 2 = 6, the real value is 6.8.
    [Fact]
    public void A_residual_sum_is_rounded_once()
    {
        DyadicScale tenth = DyadicScale.Nearest(0.1);
        Assert.Equal(6, tenth.Apply(44) + tenth.Apply(24));
        Span<int> m = stackalloc int[2];
        DyadicScale.Align([tenth, tenth], m, out int shift);
        Assert.Equal(7, DyadicScale.RoundSum(44L * m[0] + 24L * m[1], shift));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(double.Epsilon)]
    [InlineData(1e-300)]
    [InlineData(1.0 / (1L << 33))]
    public void Scales_that_no_accumulator_feels_are_zero(double x)
    {
        Assert.Equal(new DyadicScale(0, 62), DyadicScale.Nearest(x));
        Assert.Equal(0, DyadicScale.Nearest(x).Apply(int.MinValue));
    }

    [Theory]
    [InlineData(-1e-9)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData((1 << 30) * 1.001)]
    public void Scales_out_of_range_are_refused(double x) => Assert.Throws<PrecisionException>(() => DyadicScale.Nearest(x));

    [Fact]
    public void A_multiplier_that_rounds_to_the_next_power_is_renormalised()
    {
        Assert.Equal(new DyadicScale(1 << 30, 30), DyadicScale.Nearest(Math.BitDecrement(1.0)));
        Assert.Equal(new DyadicScale(128, 7), DyadicScale.Nearest(0.999, bits: 8));
        Assert.Equal(new DyadicScale(1, 1), DyadicScale.Nearest(0.5, bits: 1));
        Assert.Equal(new DyadicScale(1, 0), DyadicScale.Nearest(0.75, bits: 1));      // ties to even significand
        Assert.Equal(new DyadicScale(1 << 30, 62), DyadicScale.Nearest(Math.BitDecrement(1.0 / (1L << 32))));
    }

    [Fact]
    public void Nearest_is_within_half_a_unit_of_the_last_bit()
    {
        Rng rng = new Rng(1).Split("nearest");
        for (int i = 0; i < 20_000; i++)
        {
            int bits = 1 + rng.NextInt(31);
            double x = (1 + rng.NextDouble()) * Math.ScaleB(1, rng.NextInt(60) - 31);
            if (x > DyadicScale.MaxValue) continue;
            DyadicScale scale = DyadicScale.Nearest(x, bits);
            Assert.InRange(scale.Multiplier, 1 << (bits - 1), int.CreateSaturating((1L << bits) - 1));
            Assert.True(Math.Abs(scale.Value - x) <= Math.ScaleB(0.5, -scale.Shift), $"{x:R} in {bits} bits is {scale}");
        }
    }

    [Fact]
    public void Apply_equals_the_definition_for_any_multiplier_and_shift() =>
        Prop.ForAll(ArbMap.Default.ArbFor<DoNotSize<int>>(), ArbMap.Default.ArbFor<DoNotSize<int>>(), Gen.Choose(-70, 140).ToArbitrary(), (acc, m, s) =>
            new DyadicScale(m.Item, s).Apply(acc.Item) == (int)Exact(acc.Item, m.Item, s, int.MinValue, int.MaxValue))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

    [Fact]
    public void ApplyWide_equals_the_definition_for_any_multiplier_and_shift() =>
        Prop.ForAll(ArbMap.Default.ArbFor<DoNotSize<long>>(), ArbMap.Default.ArbFor<DoNotSize<int>>(), Gen.Choose(-70, 140).ToArbitrary(), (x, m, s) =>
            new DyadicScale(m.Item, s).ApplyWide(x.Item) == (long)Exact(x.Item, m.Item, s, long.MinValue, long.MaxValue))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

    [Fact]
    public void Edges_of_accumulator_multiplier_and_shift_equal_the_definition()
    {
        foreach (int acc in (int[])[int.MinValue, int.MinValue + 1, -3, -2, -1, 0, 1, 2, 3, int.MaxValue - 1, int.MaxValue])
            foreach (int m in (int[])[int.MinValue, -1, 0, 1, 3, 1 << 30, (1 << 30) + 1, int.MaxValue])
                for (int s = -70; s <= 130; s++)
                {
                    Assert.Equal((int)Exact(acc, m, s, int.MinValue, int.MaxValue), new DyadicScale(m, s).Apply(acc));
                    Assert.Equal((long)Exact(acc, m, s, long.MinValue, long.MaxValue), new DyadicScale(m, s).ApplyWide(acc));
                }
        Assert.Equal(int.MinValue, new DyadicScale(1, int.MinValue).Apply(-1));
        Assert.Equal(0, new DyadicScale(int.MaxValue, int.MaxValue).Apply(-1));
    }

    [Fact]
    public void Every_16_bit_accumulator_requantises_exactly()
    {
        foreach (double x in (double[])[1, 0.5, 0.25, 1.5, 1.0 / 3, 1.0 / 49, 0.0007, 0.02 * 0.05 / 0.3, 3e-5, 123.456, Math.ScaleB(1, -16)])
        {
            DyadicScale scale = DyadicScale.Nearest(x);
            for (int acc = short.MinValue; acc <= short.MaxValue; acc++)
            {
                BigInteger y = Exact(acc, scale.Multiplier, scale.Shift, int.MinValue, int.MaxValue);
                int expected = (int)BigInteger.Min(127, BigInteger.Max(-128, y - 5));
                if (scale.Apply(acc) != y || scale.Requantize(acc, -5, -128, 127) != expected) Assert.Fail($"{acc} times {scale}");
            }
        }
    }

    [Fact]
    public void Requantize_does_not_overflow_where_the_zero_point_is_added()
    {
        var one = new DyadicScale(1 << 30, 30);
        Assert.Equal(int.MaxValue, one.Requantize(int.MaxValue, 255, int.MinValue, int.MaxValue));
        Assert.Equal(int.MinValue, one.Requantize(int.MinValue, -255, int.MinValue, int.MaxValue));
    }

    // The aligned sum differs from Σ xᵢ·mᵢ·2⁻ˢⁱ by at most ½·2⁻ˢ·Σ|xᵢ| before it is rounded.
    [Fact]
    public void Aligned_sums_keep_their_error_bound()
    {
        Rng rng = new Rng(2).Split("align");
        for (int trial = 0; trial < 500; trial++)
        {
            int n = 1 + rng.NextInt(256);
            var scales = new DyadicScale[n];
            for (int i = 0; i < n; i++)
                scales[i] = rng.NextInt(20) == 0 ? default : DyadicScale.Nearest((1 + rng.NextDouble()) * Math.ScaleB(1, rng.NextInt(40) - 30), 8 + rng.NextInt(24));
            var multipliers = new int[n];
            DyadicScale.Align(scales, multipliers, out int shift);
            Assert.InRange(shift, 0, 62);

            BigInteger exact = 0, magnitude = 0;      // Σ xᵢ·mᵢ·2⁻ˢⁱ in units of 2⁻⁶⁴
            long sum = 0;
            for (int i = 0; i < n; i++)
            {
                int x = trial % 3 == 0 ? 1 << 16 : rng.NextInt(1 << 17) - (1 << 16);
                exact += (new BigInteger(x) * scales[i].Multiplier) << (64 - scales[i].Shift);
                magnitude += Math.Abs(x);
                sum = checked(sum + (long)x * multipliers[i]);
            }
            Assert.True(Math.Abs(sum) <= 1L << 62);
            Assert.True(BigInteger.Abs((new BigInteger(sum) << (64 - shift)) - exact) * 2 <= magnitude << (64 - shift));
            Assert.Equal(Exact(sum, 1, shift, int.MinValue, int.MaxValue), DyadicScale.RoundSum(sum, shift));
        }
    }

    [Fact]
    public void Align_refuses_what_it_cannot_hold()
    {
        Assert.Throws<PrecisionException>(() => DyadicScale.Align([new(-1, 3)], new int[1], out _));
        Assert.Throws<PrecisionException>(() => DyadicScale.Align([new(3, -31)], new int[1], out _));
        Assert.Throws<ShapeException>(() => DyadicScale.Align([new(3, 1)], new int[2], out _));
        DyadicScale.Align([default, default], new int[2], out int shift);
        Assert.Equal(62, shift);
    }

    [Fact]
    public void Prints_as_a_product() => Assert.Equal("1610612736·2^-30", DyadicScale.Nearest(1.5).ToString());

    private static BigInteger Exact(BigInteger x, int m, int s, BigInteger lo, BigInteger hi)
    {
        BigInteger p = x * m, q;
        if (s <= 0) q = p << -s;
        else
        {
            q = p >> s;
            BigInteger twice = 2 * (p - (q << s)), step = BigInteger.One << s;
            if (twice > step || (twice == step && !q.IsEven)) q += 1;
        }
        return BigInteger.Min(hi, BigInteger.Max(lo, q));
    }
}
