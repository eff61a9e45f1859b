namespace Dyadic.Numerics.Tests;

public class IntegerRsqrtTests
{
    private const double Bound = (1 + 1.0 / 128) / 65536;

    // All 49,152 normalised values of 16 bits, with the least and the greatest lower half.
    [Fact]
    public void Every_normalised_value_is_within_the_bound()
    {
        double worst = 0, fine = 0;
        for (uint high = 1u << 14; high < 1u << 16; high++)
            foreach (uint a in (uint[])[high << 16, high << 16 | 0xFFFF])
            {
                int y = IntegerRsqrt.Normalized(a);
                fine = Math.Max(fine, Math.Abs(IntegerRsqrt.Fine(a) * Math.Sqrt(a * Math.ScaleB(1, -32)) * Math.ScaleB(1, -30) - 1));
                Assert.InRange(y, 1 << 15, 1 << 16);
                worst = Math.Max(worst, Math.Abs(y * Math.Sqrt(a * Math.ScaleB(1, -32)) / 32768 - 1));
            }
        Assert.InRange(worst, 0.9 / 65536, Bound);
        Assert.InRange(fine, 0, Math.ScaleB(1, -23));
    }

    [Fact]
    public void Every_width_is_within_the_bound()
    {
        Rng rng = new(3);
        for (int bits = 1; bits <= 128; bits++)
            for (int n = 0; n < 200; n++)
            {
                UInt128 x = ((UInt128)rng.NextUInt64() << 64 | rng.NextUInt64() | UInt128.One << 127) >> (128 - bits);
                IntegerRsqrt r = IntegerRsqrt.Of(x);
                double error = r.Multiplier * Math.ScaleB(1, -15 - r.Shift) * Math.Sqrt((double)x) - 1;
                Assert.InRange(Math.Abs(error), 0, Bound + (bits > 32 ? Math.ScaleB(1, -31) : 0));       // what is shifted out of x
            }
        Assert.Equal(new(1 << 16, 1), IntegerRsqrt.Of(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => IntegerRsqrt.Of(0));
    }
}
