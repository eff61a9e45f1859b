namespace Dyadic.Numerics.Tests;

public class RngTests
{
    // The known answers published with Random123 (Salmon et al. 2011): counter, key, output.
    [Theory]
    [InlineData(0UL, 0UL, 0UL, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x299f31d0_a4093822, 0x85a308d3_243f6a88, 0x03707344_13198a2e, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_gives_the_known_answers(ulong key, ulong low, ulong high, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block(key, low, high));

    [Fact]
    public void The_root_stream_of_seed_0_is_philox_from_counter_0()
    {
        var rng = new Rng(0);
        Assert.Equal([0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u], (uint[])[rng.NextUInt32(), rng.NextUInt32(), rng.NextUInt32(), rng.NextUInt32()]);
        (uint next, _, _, _) = Philox.Block(0, 1, 0);
        Assert.Equal(next, rng.NextUInt32());
    }

    [Fact]
    public void Sequence_random_access_and_fill_agree_at_every_offset()
    {
        for (int skip = 0; skip < 9; skip++)
            for (int length = 0; length < 70; length += length < 14 ? 1 : 7)
            {
                Rng rng = new Rng(7).Split("x");
                for (int i = 0; i < skip; i++) rng.NextUInt32();
                var words = new uint[length];
                rng.FillBits(words);
                for (int i = 0; i < length; i++) Assert.Equal(rng.At((ulong)(skip + i)), words[i]);
                Assert.Equal((ulong)(skip + length), rng.State.Position);
                Assert.Equal(rng.At((ulong)(skip + length)), rng.NextUInt32());
            }
    }

    [Fact]
    public void Blocks_equal_single_blocks_and_carry_into_the_second_counter_word()
    {
        var words = new uint[4 * 43];
        ulong low = uint.MaxValue - 5UL;
        Philox.Blocks(0x0123456789ABCDEF, low, ulong.MaxValue - 3, words);
        for (int i = 0; i < 43; i++)
            Assert.Equal(Philox.Block(0x0123456789ABCDEF, low + (ulong)i, ulong.MaxValue - 3), (words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3]));
        Assert.Throws<ShapeException>(() => Philox.Blocks(0, 0, 0, new uint[3]));
    }

    // Fills are their definition applied to the words one by one, over several chunks and an odd length.
    [Fact]
    public void Fills_equal_single_draws()
    {
        var uniform = new float[1001];
        var normal = new float[1001];
        new Rng(18).FillUniform(uniform);
        new Rng(18).FillNormal(normal);
        Rng a = new(18), b = new(18);
        for (int i = 0; i < uniform.Length; i++)
        {
            Assert.Equal(a.NextSingle(), uniform[i]);
            if (i % 2 == 0) Assert.Equal(b.NextGaussian(), normal[i]);
        }
    }

    [Fact]
    public void A_restored_state_continues_with_the_same_numbers()
    {
        Rng rng = new Rng(42).Split("train").Split(3);
        for (int i = 0; i < 43; i++) rng.NextUInt32();
        var restored = new Rng(rng.State);
        for (int i = 0; i < 20; i++) Assert.Equal(rng.NextUInt64(), restored.NextUInt64());
        Assert.Equal(rng.State, restored.State);
    }

    [Fact]
    public void Splits_do_not_depend_on_what_was_drawn_or_on_their_order()
    {
        var a = new Rng(5);
        var b = new Rng(5);
        a.NextUInt64();
        a.Split("other");
        Assert.Equal(b.Split("dropout/3").State, a.Split("dropout/3").State);
        Assert.Equal(b.Split(8).State, a.Split(8).State);
    }

    // The hash is part of the file format of checkpoints: FNV-1a of "a" is af63dc4c8601ec8c, then (5) of random.md.
    [Fact]
    public void The_split_hash_is_stable()
    {
        static ulong Mix(ulong z)
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
        Assert.Equal(Mix(Mix(0x9E3779B97F4A7C15) ^ 0xAF63DC4C8601EC8C), new Rng(1).Split("a").State.Stream);
        Assert.Equal(1UL, new Rng(1).Split("a").State.Seed);
    }

    [Fact]
    public void Names_and_indices_give_distinct_streams()
    {
        var root = new Rng(1);
        var streams = new HashSet<ulong> { root.State.Stream };
        foreach (Rng parent in (Rng[])[root, root.Split("a"), root.Split("b"), root.Split(0)])
            for (int i = -500; i < 500; i++)
            {
                Assert.True(streams.Add(parent.Split(i).State.Stream));
                Assert.True(streams.Add(parent.Split($"{i}").State.Stream));
            }
    }

    // n draws into k cells: the cell counts have variance n/k·(1 − 1/k); six standard errors.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(int.MaxValue)]
    public void Bounded_integers_are_uniform(int max)
    {
        const int n = 60_000;
        int cells = Math.Min(max, 100);
        var counts = new int[cells];
        Rng rng = new Rng(9).Split(max);
        for (int i = 0; i < n; i++)
        {
            int x = rng.NextInt(max);
            Assert.InRange(x, 0, max - 1);
            counts[(int)((long)x * cells / max)]++;
        }
        double p = 1.0 / cells, bound = 6 * Math.Sqrt(n * p * (1 - p));
        Assert.All(counts, count => Assert.InRange(count - n * p, -bound, bound));
    }

    // Without rejection ⌊3w/8⌋ would give residues 0, 1, 2 mod 3 the shares 3/8, 3/8, 2/8.
    [Fact]
    public void Bounded_integers_are_unbiased_where_rejection_matters()
    {
        const int max = 0x60000000, n = 60_000;      // 2³² / max = 2⅔
        Rng rng = new Rng(10);
        int thirds = 0;
        for (int i = 0; i < n; i++) thirds += rng.NextInt(max) % 3 == 0 ? 1 : 0;
        double bound = 6 * Math.Sqrt(n / 3.0 * 2 / 3);
        Assert.InRange(thirds - n / 3.0, -bound, bound);
        Assert.True(rng.State.Position > n);         // some words were rejected
        Assert.InRange(rng.NextInt(-5, -4), -5, -5);
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.NextInt(0));
    }

    // Moments of U[0,1): mean ½, variance 1/12; of the square: mean ⅓, variance 4/45. Six standard errors.
    [Fact]
    public void Uniform_floats_have_the_moments_of_the_uniform()
    {
        const int n = 100_000;
        Rng rng = new Rng(11);
        double s1 = 0, s2 = 0, d1 = 0;
        for (int i = 0; i < n; i++)
        {
            float x = rng.NextSingle();
            double y = rng.NextDouble();
            Assert.True(x is >= 0 and < 1 && y is >= 0 and < 1);
            (s1, s2, d1) = (s1 + x, s2 + (double)x * x, d1 + y);
        }
        Assert.InRange(s1 / n - 0.5, -6 * Math.Sqrt(1.0 / 12 / n), 6 * Math.Sqrt(1.0 / 12 / n));
        Assert.InRange(d1 / n - 0.5, -6 * Math.Sqrt(1.0 / 12 / n), 6 * Math.Sqrt(1.0 / 12 / n));
        Assert.InRange(s2 / n - 1.0 / 3, -6 * Math.Sqrt(4.0 / 45 / n), 6 * Math.Sqrt(4.0 / 45 / n));
    }

    [Fact]
    public void Filled_uniforms_stay_inside_their_interval()
    {
        var values = new float[20_000];
        new Rng(12).FillUniform(values, 1, MathF.BitIncrement(1));      // the only value is 1
        Assert.All(values, x => Assert.Equal(1f, x));
        new Rng(12).FillUniform(values, -3, 5);
        Assert.All(values, x => Assert.True(x is >= -3 and < 5));
        double bound = 6 * 8 / Math.Sqrt(12.0 * values.Length);
        Assert.InRange(values.Average(x => (double)x) - 1, -bound, bound);
        Assert.Throws<ArgumentException>(() => new Rng(1).FillUniform(new float[1], 1, 1));
    }

    // Moments of N(0,1): 0, 1, 0, 3 with variances of xᵏ: 1, 2, 15, 96. P(|x| < 1) = 0.682689. Six standard errors.
    [Fact]
    public void Normal_values_have_the_moments_of_the_normal()
    {
        const int n = 200_001;
        var values = new float[n];
        new Rng(13).FillNormal(values);
        double[] moments = new double[5];
        int inside = 0;
        foreach (float x in values)
        {
            for (int k = 1; k <= 4; k++) moments[k] += Math.Pow(x, k) / n;
            if (Math.Abs(x) < 1) inside++;
        }
        double error = 6 / Math.Sqrt(n);
        Assert.InRange(moments[1], -error, error);
        Assert.InRange(moments[2] - 1, -error * Math.Sqrt(2), error * Math.Sqrt(2));
        Assert.InRange(moments[3], -error * Math.Sqrt(15), error * Math.Sqrt(15));
        Assert.InRange(moments[4] - 3, -error * Math.Sqrt(96), error * Math.Sqrt(96));
        Assert.InRange((double)inside / n - 0.682689492, -error * 0.466, error * 0.466);

        var rng = new Rng(13);
        Assert.Equal(values[0], rng.NextGaussian());
        new Rng(13).FillNormal(values.AsSpan(0, 5), 10, 2);
        Assert.Equal(10 + 2 * new Rng(13).NextGaussian(), values[0]);
    }

    [Fact]
    public void Portable_logarithm_and_circle_agree_with_the_library()
    {
        Rng rng = new Rng(14);
        for (int i = 0; i < 20_000; i++)
        {
            uint w = i < 40 ? uint.MaxValue >> i : rng.NextUInt32();
            double u = (w + 1.0) / 4294967296.0, angle = 2 * Math.PI * (w / 4294967296.0);
            Assert.Equal(Math.Log(u), PortableMath.Log(u), 2e-15 * Math.Max(1, -Math.Log(u)));
            (double cos, double sin) = PortableMath.CosSinOfTurn(w);
            Assert.Equal(Math.Cos(angle), cos, 2e-15);
            Assert.Equal(Math.Sin(angle), sin, 2e-15);
        }
        Assert.Equal((1.0, 0.0), PortableMath.CosSinOfTurn(0));
    }

    [Fact]
    public void Permutations_hold_every_index_once_and_every_order_of_three_is_met()
    {
        int[] order = new Rng(15).Permutation(1000);
        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
        Assert.NotEqual(Enumerable.Range(0, 1000), order);
        const int n = 12_000;
        var counts = new Dictionary<string, int>();
        Rng rng = new Rng(16);
        for (int i = 0; i < n; i++)
        {
            string key = string.Concat(rng.Permutation(3));
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }
        double bound = 6 * Math.Sqrt(n / 6.0 * 5 / 6);
        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, c => Assert.InRange(c - n / 6.0, -bound, bound));
    }

    // Mean of n stochastic roundings of x·2⁻ˢ with fraction p: standard error √(p(1 − p)/n); six of them.
    [Fact]
    public void Stochastic_rounding_is_unbiased_under_the_generator()
    {
        const int n = 20_000;
        Rng rng = new Rng(17);
        foreach ((long x, int s) in ((long, int)[])[(5, 3), (-5, 3), (1, 10), (-1, 10), (123_456_789_012, 20), (long.MinValue + 12345, 40), (1L << 62, 64)])
        {
            decimal value = x / (decimal)Math.Pow(2, s), sum = 0;
            for (int i = 0; i < n; i++) sum += Round.Stochastic(x, s, rng.NextUInt64());
            double p = (double)(value - Math.Floor(value)), bound = 6 * Math.Sqrt(p * (1 - p) / n);
            Assert.InRange((double)(sum / n - value), -bound, bound);
        }
    }
}
