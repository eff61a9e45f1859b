namespace Dyadic.Numerics.Tests;

public class IntegerReciprocalTests
{
    // All 32,768 normalised values of 16 bits, with the least and the greatest lower half, moved to every place.
    [Fact]
    public void Every_value_is_within_the_bound()
    {
        double worst = 0;
        for (uint high = 1u << 15; high < 1u << 16; high++)
            foreach (uint a in (uint[])[high << 16, high << 16 | 0xFFFF])
            {
                IntegerReciprocal r = IntegerReciprocal.Of(a);
                Assert.InRange(r.Multiplier, 1u << 30, 1u << 31);
                worst = Math.Max(worst, Math.Abs(r.Multiplier * Math.ScaleB(a, -r.Shift) - 1));
                int shift = (int)(high % 16);
                if ((a & ((1u << shift) - 1)) == 0) Assert.Equal(r with { Shift = r.Shift - shift }, IntegerReciprocal.Of(a >> shift));
            }
        Assert.InRange(worst, Math.ScaleB(1, -31), Math.ScaleB(1, -28));
    }

    [Fact]
    public void Powers_of_two_and_the_ends()
    {
        for (int k = 0; k < 32; k++)
        {
            IntegerReciprocal r = IntegerReciprocal.Of(1u << k);
            Assert.InRange(r.Multiplier * Math.ScaleB(1, k - r.Shift), 1 - Math.ScaleB(1, -28), 1 + Math.ScaleB(1, -28));
        }
        Assert.InRange(IntegerReciprocal.Of(uint.MaxValue).Multiplier, 1u << 30, (1u << 30) + 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => IntegerReciprocal.Of(0));
    }
}
