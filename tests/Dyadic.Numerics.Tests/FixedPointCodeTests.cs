using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Dyadic.Numerics.Tests;

public class FixedPointCodeTests
{
    // The worked map of the specification: D = 2⁻⁵ and v/D = 24, −48, 3.2, 102.4; D = 2⁻⁷ and 64, −32, 115.2, 3.84.
    [Theory]
    [InlineData(new[] { 0.75f, -1.5f, 0.1f, 3.2f }, -5, new[] { 24, -48, 3, 102 }, new[] { 0, 0, 0.2, 0.4 })]
    [InlineData(new[] { 0.5f, -0.25f, 0.9f, 0.03f }, -7, new[] { 64, -32, 115, 3 }, new[] { 0, 0, 0.2, 0.84 })]
    public void The_worked_map(float[] v, int exponent, int[] floors, double[] ups)
    {
        Assert.Equal(exponent, FixedPointCode.Exponent(v.Max(MathF.Abs), 8));
        for (int i = 0; i < v.Length; i++)
        {
            int floor = FixedPointCode.Quantize(v[i], 8, exponent, Rounding.Stochastic, 0), sign = Math.Sign(v[i]);
            Assert.Equal(floors[i], floor);
            double up = (double)Ups(u => FixedPointCode.Quantize(v[i], 8, exponent, Rounding.Stochastic, u) != floor) * Math.ScaleB(1, -64);
            Assert.Equal(ups[i], up, 1e-5);                                                                               // decimals are not floats
            Assert.Equal(floor + (up >= 0.5 ? sign : 0), FixedPointCode.Quantize(v[i], 8, exponent, Rounding.HalfEven, 0));
        }
    }

    [Fact]
    public void The_worked_dot_maps_back_and_on()
    {
        int[] q = [24, -48, 3, 102], w = [64, -32, 115, 4];
        int dot = q.Zip(w, (a, b) => a * b).Sum();
        Assert.Equal(3825, dot);
        Assert.Equal(0.933837890625f, FixedPointCode.Dequantize(dot, -12));
        Assert.Equal(-7, FixedPointCode.Exponent((ulong)dot, -12, 8));
        Assert.Equal(119, FixedPointCode.Requantize(dot, 5, 8, Rounding.Stochastic, 0));
        Assert.Equal(0.53125, (double)Ups(u => FixedPointCode.Requantize(dot, 5, 8, Rounding.Stochastic, u) == 120) * Math.ScaleB(1, -64));
    }

    [Fact]
    public void Zeros_and_subnormals_have_no_exponent_and_map_to_zero()
    {
        Assert.Equal(0, FixedPointCode.Exponent(0f, 8));
        Assert.Equal(0, FixedPointCode.Exponent(1e-39f, 8));
        Assert.Equal(0, FixedPointCode.Exponent(0UL, 17, 8));
        foreach (float v in (float[])[0f, -0f, 1e-39f, -1e-45f])
            Assert.Equal(0, FixedPointCode.Quantize(v, 16, -140, Rounding.Stochastic, ulong.MaxValue));
        Assert.Throws<PrecisionException>(() => FixedPointCode.Exponent(float.PositiveInfinity, 8));
        Assert.Throws<PrecisionException>(() => FixedPointCode.Exponent(float.NaN, 8));
    }

    // Just below 2^(e_max + 1): the upper neighbour is 2ᵇ⁻¹, which no code holds; with headroom it is held.
    [Fact]
    public void The_top_saturates_and_headroom_avoids_it()
    {
        float top = MathF.BitDecrement(2);
        for (int bits = 2; bits <= 24; bits++)
        {
            int e = FixedPointCode.Exponent(top, bits), limit = FixedPointCode.Limit(bits);
            Assert.Equal(limit, FixedPointCode.Quantize(top, bits, e, Rounding.Stochastic, ulong.MaxValue));
            Assert.Equal(-limit, FixedPointCode.Quantize(-top, bits, e, Rounding.HalfEven, 0));
            int roomy = FixedPointCode.Exponent(top, bits, headroom: 1);
            Assert.Equal(e + 1, roomy);
            Assert.Equal(1 << (bits - 2), FixedPointCode.Quantize(top, bits, roomy, Rounding.Stochastic, ulong.MaxValue));
            Assert.Equal(limit, FixedPointCode.Quantize(3e38f, bits, -20, Rounding.Stochastic, 0));
        }
    }

    // The rule against exact rationals, for all exponents a float has: up exactly when u < P(up), with shifts past 31 and past 64 bits.
    [Fact]
    public void Every_shift_rounds_up_with_the_probability_of_its_fraction()
    {
        Rng rng = new(5);
        for (int n = 0; n < 3000; n++)
        {
            float v = BitConverter.Int32BitsToSingle(rng.NextInt(1 << 23, 0x7F80_0000));
            int bits = rng.NextInt(2, 17), e = (BitConverter.SingleToInt32Bits(v) >> 23) - 127, exponent = e - (bits - 2) + rng.NextInt(0, 90);
            BigInteger numerator = (BitConverter.SingleToInt32Bits(v) & 0x7F_FFFF) | 0x80_0000;
            int shift = exponent + 23 - e;
            BigInteger floor = shift > 0 ? numerator >> shift : numerator << -shift;
            BigInteger fraction = shift > 0 ? ((numerator - (floor << shift)) << 128) >> shift : 0;                      // in units of 2⁻¹²⁸
            BigInteger up = (BigInteger)Ups(u => FixedPointCode.Quantize(v, 32, exponent, Rounding.Stochastic, u) != (int)floor) << 64;
            if (shift <= 64) Assert.Equal(fraction, up);
            else Assert.InRange(fraction - up, 0, BigInteger.Pow(2, 64) - 1);                                             // 64 bits of it
        }
    }

    [Fact]
    public void A_power_of_two_moves_the_exponent_and_codes_on_the_grid_map_to_themselves()
    {
        Prop.ForAll(Gen.Choose(1, (1 << 24) - 1).ToArbitrary(), Gen.Choose(-60, 60).ToArbitrary(), Gen.Choose(2, 16).ToArbitrary(), (m, k, bits) =>
        {
            float v = m * 1e-3f, scaled = MathF.ScaleB(v, k);
            int e = FixedPointCode.Exponent(v, bits), q = FixedPointCode.Quantize(v, bits, e, Rounding.Stochastic, 0x1234_5678_9ABC_DEF0);
            Assert.Equal(e + k, FixedPointCode.Exponent(scaled, bits));
            Assert.Equal(q, FixedPointCode.Quantize(scaled, bits, e + k, Rounding.Stochastic, 0x1234_5678_9ABC_DEF0));
            Assert.Equal(-q, FixedPointCode.Quantize(-scaled, bits, e + k, Rounding.Stochastic, 0x1234_5678_9ABC_DEF0));
            Assert.Equal(q, FixedPointCode.Quantize(FixedPointCode.Dequantize(q, e), bits, e, Rounding.Stochastic, ulong.MaxValue));
        }).QuickCheckThrowOnFailure();
    }

    // The inverse map of an accumulator below 2²⁴ is exact, so that mapping the float is the fused map, with the same bits.
    [Fact]
    public void The_fused_map_is_the_inverse_map_and_the_map()
    {
        Prop.ForAll(Gen.Choose(-(1 << 24) + 1, (1 << 24) - 1).ToArbitrary(), Gen.Choose(-40, 40).ToArbitrary(), ArbMap.Default.ArbFor<DoNotSize<ulong>>(), (a, e, u) =>
        {
            float v = FixedPointCode.Dequantize(a, e);
            foreach (int bits in (int[])[2, 4, 8, 12, 16])
            {
                int to = FixedPointCode.Exponent((ulong)Math.Abs(a), e, bits);
                Assert.Equal(to, FixedPointCode.Exponent(MathF.Abs(v), bits));
                foreach (Rounding rounding in (Rounding[])[Rounding.Stochastic, Rounding.HalfEven])
                    Assert.Equal(FixedPointCode.Quantize(v, bits, to, rounding, u.Item), FixedPointCode.Requantize(a, to - e, bits, rounding, u.Item));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_inverse_map_is_exact_to_24_bits_and_rounds_beyond()
    {
        Assert.Equal(MathF.ScaleB(1, -149), FixedPointCode.Dequantize(1, -149));
        Assert.Equal(-MathF.ScaleB(127, 121), FixedPointCode.Dequantize(-127, 121));
        Assert.Equal(MathF.ScaleB(1 << 24, 3), FixedPointCode.Dequantize((1 << 24) + 1, 3));                             // a tie, to even
        Assert.Equal(MathF.ScaleB((1 << 24) + 4, 3), FixedPointCode.Dequantize((1 << 24) + 3, 3));
        Assert.Equal(-MathF.ScaleB(1, 63), FixedPointCode.Dequantize(long.MinValue, 0));
    }

    [Fact]
    public void The_bits_of_an_element_are_its_half_word_and_a_block_of_its_own()
    {
        RoundingDraw draw = RoundingDraw.Of(new Rng(9).Split("map"));
        var bits = new ushort[4096];
        draw.Fill(64, bits);
        Rng words = new(new RngState(draw.Seed, draw.Stream, 0));
        for (int i = 0; i < bits.Length; i++)
        {
            Assert.Equal(bits[i], (ushort)(draw.At(64 + i) >> 48));
            Assert.Equal(bits[i], (ushort)(words.At((ulong)(64 + i) >> 1) >> (16 * (i & 1))));
        }
        Assert.Equal(4096, Enumerable.Range(0, 4096).Select(i => draw.At(i) << 16).Distinct().Count());
        Assert.NotEqual(draw.At(3), draw.Split(1).At(3));
        Assert.NotEqual(draw.Split(0).At(3), draw.Split(1).At(3));
        Assert.Throws<ShapeException>(() => draw.Fill(4, new ushort[8]));
    }

    // Of the 2⁶⁴ values of u, how many round up: outcomes are monotone in u.
    private static UInt128 Ups(Func<ulong, bool> up)
    {
        if (!up(ulong.MaxValue)) return 0;
        ulong low = 0, high = ulong.MaxValue;
        while (low < high)
        {
            ulong middle = low + (high - low) / 2;
            if (up(middle)) high = middle;
            else low = middle + 1;
        }
        return (UInt128.One << 64) - low;
    }
}
