using System.Runtime.Intrinsics;
using Dyadic.Numerics.Emulation;

namespace Dyadic.Numerics.Tests.Emulation;

public class MonteCarloTests
{
    private const int N = 100_000;
    private static readonly double Ulp = Math.ScaleB(1, -23);

    // A fraction f of the way to the next float is rounded up with probability f: a Bernoulli variable of deviation √(f(1 − f)) ulp.
    [Theory]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Random_rounding_at_24_bits_is_stochastic_rounding(double f)
    {
        MonteCarlo32 arith = new(new(), 1, 1);
        double sum = 0;
        for (int i = 0; i < N; i++)
        {
            arith.Seek(i, 0);
            float y = arith.Add(new(1), new((float)(f * Ulp))).Value;
            Assert.True(y == 1 || y == 1 + (float)Ulp);
            sum += y - 1;
        }
        Assert.InRange(sum / N / Ulp, f - (5 * Math.Sqrt(f * (1 - f) / N)), f + (5 * Math.Sqrt(f * (1 - f) / N)));
    }

    [Fact]
    public void The_example_of_the_specification()
    {
        MonteCarlo32 arith = new(new(), 2, 1);
        double sum = 0;
        for (int i = 0; i < N; i++)
        {
            arith.Seek(i, 0);
            sum += arith.Narrow(1 + Math.ScaleB(1, -25)).Value - 1.0;
        }
        double deviation = Ulp * Math.Sqrt(0.25 * 0.75 / N);
        Assert.InRange(sum / N, Math.ScaleB(1, -25) - (5 * deviation), Math.ScaleB(1, -25) + (5 * deviation));
    }

    // 1 + 2⁻ᵏ is held by t = k + 1 bits; the product of two 12-bit numbers by 24.
    [Theory]
    [InlineData(24, 1, 0.5f)]
    [InlineData(24, 4097, 4095)]
    [InlineData(11, 1, 0.0009765625f)]
    [InlineData(4, 13, 1)]
    public void Random_rounding_leaves_exact_results_alone(int t, float a, float b)
    {
        MonteCarlo32 arith = new(new() { Precision32 = t }, 3, 1);
        for (int i = 0; i < 1000; i++)
        {
            arith.Seek(i, 0);
            if (t == 24) Assert.Equal(a * b, arith.Multiply(new(a), new(b)).Value);
            else Assert.Equal(a + (b == 1 ? 0 : b), arith.Add(new(a), new(b == 1 ? 0 : b)).Value);
        }
    }

    // ξ is uniform in (−½, ½), so inexact(1) = 1 + 2^(1−t)·ξ has the deviation 2^(1−t)/√12; that of the estimate is σ·√(1/(2N)) or less.
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(20)]
    public void The_noise_has_the_deviation_of_its_precision(int t)
    {
        MonteCarlo32 arith = new(new() { Precision32 = t, Mode = EmulationMode.Inbound }, 4, 1);
        double sum = 0, squares = 0, largest = 0;
        for (int i = 0; i < N; i++)
        {
            arith.Seek(i, 0);
            double z = arith.Sqrt(new(1)).Value;      // √(1 + δ) = 1 + δ/2
            z = 2 * (z - 1);
            (sum, squares, largest) = (sum + z, squares + (z * z), Math.Max(largest, Math.Abs(z)));
        }
        double deviation = Math.ScaleB(1, 1 - t) / Math.Sqrt(12);
        Assert.InRange(Math.Sqrt(squares / N) / deviation, 0.98, 1.02);
        Assert.InRange(sum / N, -6 * deviation / Math.Sqrt(N) - Ulp, 6 * deviation / Math.Sqrt(N) + Ulp);
        Assert.InRange(largest, 0, Math.ScaleB(1, -t) * 1.01);
    }

    [Fact]
    public void Lanes_are_sixteen_scalars()
    {
        Rng rng = new(6);
        float[] a = new float[16], b = new float[16];
        foreach (EmulationMode mode in Enum.GetValues<EmulationMode>())
            foreach (int t in (int[])[3, 11, 24, 40, 53])
            {
                MonteCarloOptions options = new() { Precision32 = t, Mode = mode };
                MonteCarlo32Lanes lanes = new(options, 8, 5);
                MonteCarlo32 one = new(options, 8, 5);
                for (int n = 0; n < 200; n++)
                {
                    for (int i = 0; i < 16; i++) (a[i], b[i]) = (Any(rng), Any(rng));
                    FloatLanes x = new(Vector512.Create<float>(a)), y = new(Vector512.Create<float>(b));
                    lanes.Seek(16 * n, n & 3);
                    Vector512<float>[] all = [lanes.Add(x, y).Values, lanes.Multiply(x, y).Values, lanes.Subtract(x, y).Values, lanes.Divide(x, y).Values, lanes.Sqrt(x).Values, lanes.Add(x, y).Values];
                    for (int i = 0; i < 16; i++)
                    {
                        (FloatLane p, FloatLane q) = (new(a[i]), new(b[i]));
                        one.Seek((16 * n) + i, n & 3);
                        float[] expected = [one.Add(p, q).Value, one.Multiply(p, q).Value, one.Subtract(p, q).Value, one.Divide(p, q).Value, one.Sqrt(p).Value, one.Add(p, q).Value];
                        for (int o = 0; o < expected.Length; o++) Assert.Equal(expected[o], all[o][i]);
                    }
                }
            }
    }

    [Fact]
    public void Operations_have_random_numbers_of_their_own_wherever_one_starts()
    {
        MonteCarloOptions options = new() { Precision32 = 6, Mode = EmulationMode.Full };
        MonteCarlo32 whole = new(options, 1, 1), jumping = new(options, 1, 1), other = new(options, 1, 2);
        float[] results = new float[50];
        whole.Seek(7, 0);
        for (int k = 0; k < 50; k++) results[k] = whole.Multiply(new(1.1f), new(1.3f)).Value;
        Assert.True(results.Distinct().Count() > 10);
        for (int k = 49; k >= 0; k--)
        {
            jumping.Seek(7, 0);
            jumping.At(k);
            Assert.Equal(results[k], jumping.Multiply(new(1.1f), new(1.3f)).Value);
        }
        other.Seek(7, 0);
        Assert.NotEqual(results, Enumerable.Range(0, 50).Select(_ => other.Multiply(new(1.1f), new(1.3f)).Value));
    }

    // z = 1/3 lies between two doubles: they are met in the proportion of the distances, so that the mean is 1/3 to more than 53 bits.
    [Fact]
    public void Binary64_rounds_at_random_too()
    {
        MonteCarlo64 arith = new(new(), 5, 1);
        double below = 1 / 3.0, remainder = Math.FusedMultiplyAdd(-below, 3, 1) / 3, ulp = Math.ScaleB(1, -54);   // 1/3 = below + remainder
        int above = 0;
        for (int i = 0; i < N; i++)
        {
            arith.Seek(i, 0);
            double q = arith.Divide(new(1), new(3)).Value;
            Assert.True(q == below || q == Math.BitIncrement(below));
            above += q == below ? 0 : 1;
        }
        double f = remainder / ulp;
        Assert.InRange((double)above / N, f - (5 * Math.Sqrt(f * (1 - f) / N)), f + (5 * Math.Sqrt(f * (1 - f) / N)));
        arith.Seek(0, 0);
        Assert.Equal(1.5, arith.Add(new(1), new(0.5)).Value);
    }

    [Fact]
    public void Options_change_the_noise()
    {
        MonteCarlo32 absolute = new(new() { ErrorExponent = -4 }, 1, 1), flushing = new(new() { FlushToZero = true }, 1, 1), sparse = new(new() { Precision32 = 4, Sparsity = 10 }, 1, 1);
        int touched = 0;
        for (int i = 0; i < 10_000; i++)
        {
            absolute.Seek(i, 0);
            float y = absolute.Multiply(new(1000.1f), new(1.1f)).Value;
            Assert.InRange(y, (1000.1f * 1.1f) - 0.0322f, (1000.1f * 1.1f) + 0.0322f);        // half of 2⁻⁴, and an ulp
            sparse.Seek(i, 0);
            touched += sparse.Multiply(new(1.01f), new(1.1f)).Value == 1.01f * 1.1f ? 0 : 1;
        }
        Assert.InRange(touched, 1000 - 180, 1000 + 180);      // a tenth; √(10⁴·0.1·0.9) = 30
        Assert.Equal(0, flushing.Multiply(new(1e-30f), new(1e-10f)).Value);
        Assert.Throws<PrecisionException>(() => new MonteCarloOptions { Precision32 = 54 });
    }

    private static float Any(Rng rng) => rng.NextInt(12) switch
    {
        0 => 0,
        1 => -0f,
        2 => float.PositiveInfinity,
        3 => float.NaN,
        4 => 1e-42f,
        5 => 1e30f * rng.NextSingle(),
        _ => (rng.NextSingle() - 0.5f) * 4,
    };
}
