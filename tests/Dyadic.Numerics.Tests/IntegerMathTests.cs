using System.Numerics;

namespace Dyadic.Numerics.Tests;

public class IntegerMathTests
{
    [Fact]
    public void Isqrt_is_the_floor_of_the_root_up_to_2_to_the_20()
    {
        uint root = 0;
        for (uint n = 0; n <= 1 << 20; n++)
        {
            if ((root + 1) * (root + 1) <= n) root++;
            if (IntegerMath.Isqrt(n) != root || IntegerMath.Isqrt((ulong)n) != root || IntegerMath.Isqrt((long)n) != root) Assert.Fail($"{n}");
        }
    }

    [Fact]
    public void Isqrt_is_exact_around_squares_and_powers_and_at_the_ends()
    {
        foreach (ulong n in Cases())
        {
            BigInteger root = IntegerMath.Isqrt(n);
            Assert.True(root * root <= n && (root + 1) * (root + 1) > n, $"{n}");
            Assert.Equal((ulong)IntegerMath.Isqrt((uint)n), IntegerMath.Isqrt((ulong)(uint)n));
        }
        Assert.Equal(3037000499, IntegerMath.Isqrt(long.MaxValue));
        Assert.Equal(uint.MaxValue, IntegerMath.Isqrt(ulong.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => IntegerMath.Isqrt(-1L));

        static IEnumerable<ulong> Cases()
        {
            for (int bit = 0; bit < 64; bit++)
                for (ulong d = 0; d <= 2; d++)
                {
                    yield return (1UL << bit) + d;
                    yield return (1UL << bit) - d;
                }
            for (ulong r = 1; r <= uint.MaxValue; r += 40_000_003)
                for (ulong d = 0; d <= 2; d++)
                    yield return r * r - d;
        }
    }

    [Theory]
    [InlineData(0, 3, 0)]
    [InlineData(1, 3, 1)]
    [InlineData(3, 3, 1)]
    [InlineData(4, 3, 2)]
    [InlineData(int.MaxValue, 2, 1 << 30)]
    [InlineData(int.MaxValue, int.MaxValue, 1)]
    public void CeilDiv_rounds_up(int a, int b, int expected)
    {
        Assert.Equal(expected, IntegerMath.CeilDiv(a, b));
        Assert.Equal(expected, IntegerMath.CeilDiv((long)a, b));
    }
}
