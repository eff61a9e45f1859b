using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Dyadic.Numerics.Tests;

public class RoundTests
{
    [Fact]
    public void Every_sbyte_and_every_shift_equal_the_definition() => CheckAll<sbyte>(sbyte.MinValue, sbyte.MaxValue, 20);

    [Fact]
    public void Every_byte_and_every_shift_equal_the_definition() => CheckAll<byte>(byte.MinValue, byte.MaxValue, 20);

    [Fact]
    public void Every_short_and_every_shift_equal_the_definition() => CheckAll<short>(short.MinValue, short.MaxValue, 34);

    [Fact]
    public void Every_ushort_and_every_shift_equal_the_definition() => CheckAll<ushort>(ushort.MinValue, ushort.MaxValue, 34);

    [Fact]
    public void Edges_of_wide_types_equal_the_definition()
    {
        for (int s = 0; s <= 64; s++)
        {
            foreach (long x in Edges(s)) Check(x, s);
            foreach (long x in Edges(s)) Check((int)x, s);
            foreach (long x in Edges(s)) Check((uint)x, s);
            foreach (long x in Edges(s)) Check((ulong)x, s);
            foreach (long x in Edges(s)) Check((Int128)x << 60, s);
        }
        Assert.Equal(Int128.Zero, Round.HalfToEven(Int128.MinValue, 128));
        Assert.Equal(-Int128.One, Round.HalfAway(Int128.MinValue, 128));
        Assert.Equal(UInt128.One, Round.HalfToEven(UInt128.MaxValue, 128));
        Assert.Equal(Int128.Zero, Round.HalfAway(Int128.MinValue, 1000));
    }

    [Fact]
    public void Half_to_even_is_within_half_a_step() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), Gen.Choose(0, 30).ToArbitrary(), (x, s) =>
        {
            long y = Round.HalfToEven((long)x, s);
            return Math.Abs((y << s) - x) * 2 <= 1L << s;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Negative_shifts_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Round.HalfToEven(1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Round.Stochastic(1, -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Round.Stochastic(1, 65, 0));
    }

    // Over all 2ˢ values of the upper s random bits, exactly r of them round up.
    [Fact]
    public void Stochastic_rounds_up_with_exactly_the_probability_of_the_fraction()
    {
        const int s = 6;
        for (int x = sbyte.MinValue; x <= sbyte.MaxValue; x++)
        {
            long sum = 0;
            for (ulong u = 0; u < 1 << s; u++) sum += Round.Stochastic((sbyte)x, s, u << (64 - s) | u);
            Assert.Equal(x, sum);
        }
    }

    private static void CheckAll<T>(int lo, int hi, int shifts) where T : unmanaged, IBinaryInteger<T>
    {
        for (int s = 0; s <= shifts; s++)
            for (int x = lo; x <= hi; x++)
            {
                T value = T.CreateChecked(x);
                long twice = s > 40 ? 0 : 1L << s;
                long q = x >> Math.Min(s, 31), r = x - q * twice;
                bool up = 2 * r > twice, tie = 2 * r == twice;
                if (long.CreateChecked(Round.Floor(value, s)) != q
                    || long.CreateChecked(Round.HalfToEven(value, s)) != (up || (tie && (q & 1) != 0) ? q + 1 : q)
                    || long.CreateChecked(Round.HalfAway(value, s)) != (up || (tie && x > 0) ? q + 1 : q)
                    || long.CreateChecked(Round.HalfUp(value, s)) != (up || tie ? q + 1 : q))
                    Assert.Fail($"{typeof(T).Name} x = {x}, s = {s}: {Round.Floor(value, s)} {Round.HalfToEven(value, s)} {Round.HalfAway(value, s)}");
            }
    }

    private static void Check<T>(T value, int s) where T : unmanaged, IBinaryInteger<T>
    {
        BigInteger x = BigInteger.CreateChecked(value), step = BigInteger.One << s;
        BigInteger q = x >> s, r = x - q * step;
        bool up = 2 * r > step, tie = 2 * r == step;
        Assert.Equal(q, BigInteger.CreateChecked(Round.By(Rounding.Floor, value, s)));
        Assert.Equal(up || (tie && !q.IsEven) ? q + 1 : q, BigInteger.CreateChecked(Round.By(Rounding.HalfEven, value, s)));
        Assert.Equal(up || (tie && x > 0) ? q + 1 : q, BigInteger.CreateChecked(Round.By(Rounding.HalfAway, value, s)));
        Assert.Equal(up || tie ? q + 1 : q, BigInteger.CreateChecked(Round.HalfUp(value, s)));
        foreach (ulong u in (ulong[])[0, 1UL << 63, 0x123456789ABCDEF0, ulong.MaxValue])
            Assert.Equal((x + (s == 0 ? BigInteger.Zero : new BigInteger(u) >> (64 - s))) >> s, BigInteger.CreateChecked(Round.By(Rounding.Stochastic, value, s, u)));
    }

    private static IEnumerable<long> Edges(int s)
    {
        long half = s == 0 ? 0 : 1L << (s - 1);
        foreach (long centre in (long[])[0, half, -half, 3 * half, -3 * half, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 0x5555555555555555])
            for (long d = -2; d <= 2; d++)
                yield return unchecked(centre + d);
    }
}
