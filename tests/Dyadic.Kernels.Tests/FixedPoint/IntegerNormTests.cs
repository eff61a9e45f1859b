using System.Numerics;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

public sealed class IntegerNormTests
{
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(4).Split("norm"));
    private static readonly DyadicScale Epsilon = DyadicScale.Nearest(1e-5);

    // x̂ = [3, −1, 5, 9]: S = 16, c = [−4, −20, 4, 20], V = 832, variance 13, x̂ = [−0.27735, −1.38675, 0.27735, 1.38675].
    [Fact]
    public void The_worked_layer_norm()
    {
        sbyte[] x = [3, -1, 5, 9];
        var groups = new GroupStatistics[1];
        IntegerNorm.Statistics(x, 4, NormGroups.Rows, groups, ExecutionMode.Default);
        Assert.Equal(new(16, 116, -1, 9), groups[0]);
        Assert.Equal(832, 4 * (4 * groups[0].Squares - groups[0].Sum * groups[0].Sum));
        int[] a = new int[1], b = new int[1];
        foreach (int e in (int[])[-30, 0, 9])
        {
            var h = new short[4];
            int xhat = NormRule.Normalizer(groups, 4, e, new(0, 0), 16, a, b);
            IntegerNorm.Normalize<short, short>([.. x.Select(q => (short)q)], 4, NormGroups.Rows, a, b, h, 16, Rounding.HalfEven, Draw, ExecutionMode.Default);
            Assert.Equal(-14, xhat);
            double[] expected = [-0.27735, -1.38675, 0.27735, 1.38675];
            for (int i = 0; i < 4; i++) Assert.Equal(expected[i], h[i] * Math.ScaleB(1, xhat), 1e-4);
        }
    }

    [Theory]
    [InlineData(NormGroups.Columns, 37, 19)]
    [InlineData(NormGroups.Columns, 600, 48)]
    [InlineData(NormGroups.Columns, 300, 5)]
    [InlineData(NormGroups.Rows, 41, 64)]
    [InlineData(NormGroups.Rows, 23, 27)]
    [InlineData(NormGroups.Rows, 3, 9000)]
    public void Every_part_gives_the_integers_of_the_definition(NormGroups by, int rows, int columns)
    {
        sbyte[] x8 = Random<sbyte>(rows * columns, 8, 1), g8 = Random<sbyte>(rows * columns, 8, 2);
        short[] x16 = Random<short>(rows * columns, 16, 3), g16 = Random<short>(rows * columns, 16, 4);
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
        {
            Same(x8, g8, 8, rows, columns, by, mode);
            Same(x16, g16, 16, rows, columns, by, mode);
            Same(x8, g16, 8, rows, columns, by, mode);
        }
    }

    // 0 ± 1 step and 1 ± 2 %, whatever the mean and the spread of the codes.
    [Theory]
    [InlineData(NormGroups.Columns)]
    [InlineData(NormGroups.Rows)]
    public void The_codes_of_xhat_have_mean_0_and_variance_1(NormGroups by)
    {
        const int rows = 512, columns = 512;
        foreach (int spread in (int[])[2, 10, 60])
        {
            var normal = new float[rows * columns];
            new Rng((ulong)spread).FillNormal(normal);
            sbyte[] x = [.. Enumerable.Range(0, rows * columns).Select(i => (sbyte)Math.Clamp(40 + (int)MathF.Round(spread * normal[i]), -127, 127))], h = new sbyte[x.Length];
            var groups = new GroupStatistics[512];
            int[] a = new int[512], b = new int[512];
            IntegerNorm.Statistics(x, columns, by, groups, ExecutionMode.Default);
            double step = Math.ScaleB(1, NormRule.Normalizer(groups, 512, -4, Epsilon, 8, a, b));
            IntegerNorm.Normalize<sbyte, sbyte>(x, columns, by, a, b, h, 8, Rounding.Stochastic, Draw, ExecutionMode.Default);
            for (int g = 0; g < 512; g++)
            {
                double[] values = [.. Enumerable.Range(0, 512).Select(i => h[by == NormGroups.Columns ? i * columns + g : g * columns + i] * step)];
                double mean = values.Average();
                Assert.InRange(mean, -step, step);
                Assert.InRange(values.Average(v => (v - mean) * (v - mean)), 0.98, 1.02);
            }
        }
    }

    // y = γ·x̂ + β against double: with one rounding the error is below a step, and its mean over all elements is 0 within six standard errors of half a step.
    [Theory]
    [InlineData(NormGroups.Columns, 8)]
    [InlineData(NormGroups.Columns, 16)]
    [InlineData(NormGroups.Rows, 8)]
    [InlineData(NormGroups.Rows, 16)]
    public void The_affine_form_is_within_a_step_and_has_no_bias(NormGroups by, int bits)
    {
        const int rows = 256, columns = 96, e = -5;
        short[] x = Random<short>(rows * columns, bits, 11), y = new short[x.Length];
        int[] gamma = [.. Random<short>(columns, bits, 12).Select(v => (int)v)];
        int[] beta = [.. Enumerable.Range(0, columns).Select(c => (c - 40) << 22)];
        (int gammaExponent, int betaExponent) = (3 - bits, -27);
        int exponent = Normalized<short, short>(x, columns, by, e, gamma, gammaExponent, beta, betaExponent, bits, Rounding.Stochastic, y, ExecutionMode.Default);
        double step = Math.ScaleB(1, exponent), total = 0;
        double[] expected = Expected(x, columns, by, e);
        for (int i = 0; i < y.Length; i++)
        {
            double wanted = gamma[i % columns] * Math.ScaleB(1, gammaExponent) * expected[i] + beta[i % columns] * Math.ScaleB(1, betaExponent), error = y[i] - wanted / step;
            Assert.InRange(Math.Abs(error), 0, (bits == 8 ? 1.01 : 1.5) + Math.Abs(wanted / step) * 5e-5);      // A has a fraction of 31 − b bits, the root is right to 2⁻¹⁶
            if (Math.Abs((int)y[i]) < FixedPointCode.Limit(bits)) total += error;
        }
        if (bits == 8) Assert.InRange(Math.Abs(total / y.Length), 0, 6 * 0.5 / Math.Sqrt(y.Length) + 1e-3);
        Assert.True(y.Max(v => Math.Abs((int)v)) > FixedPointCode.Limit(bits) / 2);

        static double[] Expected(short[] x, int columns, NormGroups by, int e)
        {
            var xhat = new double[x.Length];
            foreach (IGrouping<int, int> g in Enumerable.Range(0, x.Length).GroupBy(i => by == NormGroups.Columns ? i % columns : i / columns))
            {
                double mean = g.Average(i => (double)x[i]), variance = g.Average(i => (x[i] - mean) * (x[i] - mean));
                foreach (int i in g) xhat[i] = (x[i] - mean) / Math.Sqrt(variance + 1e-5 * Math.ScaleB(1, -2 * e));
            }
            return xhat;
        }
    }

    // A bias far above γ·x̂, and far below it, and none: the exponent follows the larger one.
    [Theory]
    [InlineData(NormGroups.Columns)]
    [InlineData(NormGroups.Rows)]
    public void A_bias_of_any_size_finds_its_exponent(NormGroups by)
    {
        const int columns = 16;
        sbyte[] x = Random<sbyte>(64 * columns, 8, 13), y = new sbyte[x.Length];
        int[] gamma = [.. Enumerable.Repeat(64, columns)], beta = [.. Enumerable.Repeat(1 << 28, columns)];
        foreach (int betaExponent in (int[])[-200, -40, -28, -20, 10, 90])
        {
            int exponent = Normalized<sbyte, sbyte>(x, columns, by, 0, gamma, -6, beta, betaExponent, 8, Rounding.HalfEven, y, ExecutionMode.Default);
            double bias = Math.ScaleB(1, betaExponent + 28), most = y.Max(v => Math.Abs((int)v)) * Math.ScaleB(1, exponent);
            Assert.InRange(most, Math.Max(1, bias) * 0.9, 4 + 1.1 * bias);
            Assert.InRange(y.Average(v => (double)v) * Math.ScaleB(1, exponent), bias - 0.02 - bias / 100, bias + 0.02 + bias / 100);
        }
    }

    // Against the formula in double: dx is rounded once, so that its error is below a step; Σdx is 0 within rounding before that.
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void The_gradient_of_batch_norm_is_the_formula(int bits)
    {
        const int rows = 700, columns = 32, e = -5, ge = -9, gammaExponent = -6;
        short[] x = Random<short>(rows * columns, bits, 5), g = Random<short>(rows * columns, bits, 6), dx = new short[x.Length];
        int[] gamma = [.. Enumerable.Range(0, columns).Select(c => c - 9)], p = new int[columns], q = new int[columns], r = new int[columns];
        var groups = new GroupStatistics[columns];
        long[] sums = new long[columns], dots = new long[columns], slopes = new long[columns];
        ExecutionMode mode = ExecutionMode.Default;
        IntegerNorm.Statistics<short>(x, columns, NormGroups.Columns, groups, mode);
        IntegerNorm.Sums<short, short>(g, x, columns, NormGroups.Columns, sums, dots, mode);
        int from = NormRule.Gradient(groups, rows, e, Epsilon, gamma, ge + gammaExponent, FixedPointMap.Largest(g, mode), sums, dots, p, q, r);
        int exponent = IntegerNorm.Gradient<short, short, short>(g, x, columns, NormGroups.Columns, p, q, r, from, dx, bits, 1, Rounding.Stochastic, Draw, mode);
        int slopeExponent = NormRule.ScaleGradient(groups, rows, e, Epsilon, sums, dots, slopes);
        for (int c = 0; c < columns; c++)
        {
            double[] gradient = Column(g, columns, c, Math.ScaleB(1, ge)), input = Column(x, columns, c, Math.ScaleB(1, e)), actual = Column(dx, columns, c, Math.ScaleB(1, exponent));
            double mean = input.Average(), root = 1 / Math.Sqrt(input.Average(v => (v - mean) * (v - mean)) + 1e-5), scale = gamma[c] * Math.ScaleB(1, gammaExponent) * root;
            double[] xhat = [.. input.Select(v => (v - mean) * root)], exact = Formula(gradient, xhat, scale);
            Assert.InRange(actual.Zip(exact, (u, v) => Math.Abs(u - v)).Max() / Math.ScaleB(1, exponent), 0, gamma[c] == 0 ? 0 : bits == 8 ? 1.01 : 3);
            long total = Enumerable.Range(0, rows).Sum(i => (long)g[i * columns + c] * p[c] - (long)x[i * columns + c] * r[c] - q[c]);
            Assert.InRange(unchecked((int)total), -rows, rows);                                                                                  // (25)
            double slope = gradient.Zip(xhat, (u, v) => u * v).Sum();
            Assert.Equal(slope, slopes[c] * Math.ScaleB(1, ge + slopeExponent), Math.Abs(slope) * 5e-5);
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(16)]
    public void The_gradient_of_layer_norm_is_the_formula(int bits)
    {
        const int rows = 60, columns = 256, e = 3, ge = -20, gammaExponent = -14;
        short[] x = Random<short>(rows * columns, bits, 7), g = Random<short>(rows * columns, bits, 8), t = new short[x.Length], dx = new short[x.Length];
        int[] gamma = [.. Random<short>(columns, bits, 9).Select(v => (int)v)], p = new int[rows], q = new int[rows], r = new int[rows];
        var groups = new GroupStatistics[rows];
        long[] sums = new long[rows], dots = new long[rows];
        ExecutionMode mode = ExecutionMode.Default;
        int shift = Math.Max(0, 2 * bits - 2 - 15);
        IntegerNorm.Statistics<short>(x, columns, NormGroups.Rows, groups, mode);
        IntegerNorm.ScaleColumns<short>(g, columns, gamma, shift, t, Rounding.Stochastic, Draw.Split(1), mode);
        IntegerNorm.Sums<short, short>(t, x, columns, NormGroups.Rows, sums, dots, mode);
        int from = NormRule.Gradient(groups, columns, e, Epsilon, [], ge + gammaExponent + shift, FixedPointMap.Largest(t, mode), sums, dots, p, q, r);
        int exponent = IntegerNorm.Gradient<short, short, short>(t, x, columns, NormGroups.Rows, p, q, r, from, dx, 16, 0, Rounding.Stochastic, Draw, mode);
        for (int n = 0; n < rows; n++)
        {
            double[] input = [.. x.Skip(n * columns).Take(columns).Select(v => v * Math.ScaleB(1, e))];
            double mean = input.Average(), root = 1 / Math.Sqrt(input.Average(v => (v - mean) * (v - mean)) + 1e-5);
            double[] scaled = [.. Enumerable.Range(0, columns).Select(c => (double)g[n * columns + c] * gamma[c] * Math.ScaleB(1, ge + gammaExponent))];
            double[] exact = Formula(scaled, [.. input.Select(v => (v - mean) * root)], root);
            double error = Math.Sqrt(exact.Select((v, c) => Math.Pow(v - dx[n * columns + c] * Math.ScaleB(1, exponent), 2)).Average());
            Assert.InRange(error / Math.Sqrt(exact.Average(v => v * v)), 0, 5e-4);
        }
    }

    [Fact]
    public void A_group_of_equal_codes_gives_zeros()
    {
        sbyte[] x = [.. Enumerable.Repeat((sbyte)77, 64)], h = new sbyte[64];
        var groups = new GroupStatistics[16];
        int[] a = new int[16], b = new int[16];
        IntegerNorm.Statistics(x, 16, NormGroups.Columns, groups, ExecutionMode.Default);
        foreach (DyadicScale epsilon in (DyadicScale[])[Epsilon, new(0, 0)])
        {
            Assert.Equal(0, NormRule.Normalizer(groups, 4, -7, epsilon, 8, a, b));
            IntegerNorm.Normalize<sbyte, sbyte>(x, 16, NormGroups.Columns, a, b, h, 8, Rounding.Stochastic, Draw, ExecutionMode.Default);
            Assert.All(h, q => Assert.Equal(0, q));
        }
    }

    [Fact]
    public void Epsilon_counts_in_the_units_of_the_values()
    {
        GroupStatistics s = new(0, 200, -1, 1);                                                                           // n = 200, variance 1
        foreach ((int e, double epsilon) in new[] { (-10, 1e-5), (0, 0.5), (12, 1e-3), (-70, 1e-5) })
        {
            IntegerRsqrt root = NormRule.Root(s, 200, e, DyadicScale.Nearest(epsilon))!.Value;
            double expected = 1 / (200 * Math.Sqrt(1 + epsilon * Math.ScaleB(1, -2 * e))), actual = root.Multiplier * Math.ScaleB(1, -15 - root.Shift);
            if (e > -40) Assert.InRange(actual / expected, 1 - 3e-5, 1 + 3e-5);
            else Assert.InRange(actual, 0, 1e-18);                                                                        // ε is all there is
        }
    }

    private static double[] Formula(double[] g, double[] xhat, double scale)
    {
        double mean = g.Average(), slope = g.Zip(xhat, (u, v) => u * v).Average();
        return [.. g.Zip(xhat, (u, v) => scale * (u - mean - v * slope))];
    }

    private static double[] Column<T>(T[] values, int columns, int c, double step) where T : INumber<T> =>
        [.. Enumerable.Range(0, values.Length / columns).Select(i => double.CreateChecked(values[i * columns + c]) * step)];

    private static void Same<TX, TG>(TX[] x, TG[] g, int bits, int rows, int columns, NormGroups by, ExecutionMode mode)
        where TX : unmanaged, IBinaryInteger<TX> where TG : unmanaged, IBinaryInteger<TG>
    {
        int count = by == NormGroups.Columns ? columns : rows, n = by == NormGroups.Columns ? rows : columns;
        GroupStatistics[] expected = new GroupStatistics[count], groups = new GroupStatistics[count];
        Reference.IntegerNorm.Statistics<TX>(x, columns, by, expected);
        IntegerNorm.Statistics<TX>(x, columns, by, groups, mode);
        Assert.Equal(expected, groups);
        int[] a = new int[count], b = new int[count], p = new int[count], q = new int[count], r = new int[count];
        NormRule.Normalizer(groups, n, -6, Epsilon, bits, a, b);
        long[] sums = new long[count], dots = new long[count], wantedSums = new long[count], wantedDots = new long[count];
        Reference.IntegerNorm.Sums<TG, TX>(g, x, columns, by, wantedSums, wantedDots);
        IntegerNorm.Sums<TG, TX>(g, x, columns, by, sums, dots, mode);
        Assert.Equal(wantedSums, sums);
        Assert.Equal(wantedDots, dots);
        int from = NormRule.Gradient(groups, n, -6, Epsilon, [], -9, Reference.FixedPointMap.Largest<TG>(g), sums, dots, p, q, r);
        int[] gamma = [.. Random<short>(columns, bits, 21).Select(v => (int)v)], beta = [.. gamma.Select(v => v * 4099)];
        foreach (Rounding rounding in (Rounding[])[Rounding.Stochastic, Rounding.HalfEven])
        {
            TX[] h = new TX[x.Length], wanted = new TX[x.Length];
            Reference.IntegerNorm.Normalize<TX, TX>(x, columns, by, a, b, wanted, bits, rounding, Draw);
            IntegerNorm.Normalize<TX, TX>(x, columns, by, a, b, h, bits, rounding, Draw, mode);
            Assert.Equal(wanted, h);
            Assert.True(h.Max(v => Math.Abs(int.CreateChecked(v))) >= (1 << (bits - 2)) - 1);
            int affine = Normalized<TX, TX>(x, columns, by, -6, gamma, -7, beta, -16, bits, rounding, wanted, mode, reference: true);
            Assert.Equal(affine, Normalized<TX, TX>(x, columns, by, -6, gamma, -7, beta, -16, bits, rounding, h, mode));
            Assert.Equal(wanted, h);
            int exponent = Reference.IntegerNorm.Gradient<TG, TX, TX>(g, x, columns, by, p, q, r, from, wanted, bits, 0, rounding, Draw);
            Assert.Equal(exponent, IntegerNorm.Gradient<TG, TX, TX>(g, x, columns, by, p, q, r, from, h, bits, 0, rounding, Draw, mode));
            Assert.Equal(wanted, h);
        }
        if (by == NormGroups.Rows) return;
        IntegerNorm.ColumnSums<TG>(g, columns, sums, mode);
        Assert.Equal(wantedSums, sums);
    }

    // y = γ·x̂ + β as codes; returns their exponent.
    private static int Normalized<T, TCode>(
        T[] x, int columns, NormGroups by, int e, int[] gamma, int gammaExponent, int[] beta, int betaExponent, int bits, Rounding rounding, TCode[] y, ExecutionMode mode, bool reference = false)
        where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        int rows = x.Length / columns, count = by == NormGroups.Columns ? columns : rows;
        var groups = new GroupStatistics[count];
        Reference.IntegerNorm.Statistics<T>(x, columns, by, groups);
        int[] a = new int[count], b = new int[count];
        if (by == NormGroups.Columns)
        {
            int exponent = NormRule.Affine(groups, rows, e, Epsilon, new(gamma, gammaExponent), new(beta, betaExponent), bits, 0, a, b);
            if (reference) Reference.IntegerNorm.Normalize<T, TCode>(x, columns, by, a, b, y, bits, rounding, Draw);
            else IntegerNorm.Normalize<T, TCode>(x, columns, by, a, b, y, bits, rounding, Draw, mode);
            return exponent;
        }
        bool narrow = bits <= 8;
        int fraction = NormRule.FractionBits(IntegerNorm.AffineBits(narrow)), least = betaExponent - gammaExponent - (narrow ? 0 : 17) + fraction;
        int from = NormRule.Normalizer(groups, columns, e, Epsilon, IntegerNorm.AffineBits(narrow), a, b, least) - fraction + gammaExponent, up = betaExponent - from;
        long[] offsets = [.. beta.Select(v => up >= 0 ? (long)v << up : Round.HalfToEven((long)v, Math.Min(-up, 63)))];
        return reference
            ? Reference.IntegerNorm.Affine<T, TCode>(x, columns, a, b, gamma, offsets, from, y, bits, 0, rounding, Draw)
            : IntegerNorm.Affine<T, TCode>(x, columns, a, b, gamma, offsets, narrow, from, y, bits, 0, rounding, Draw, mode);
    }

    private static T[] Random<T>(int count, int bits, ulong seed) where T : unmanaged, IBinaryInteger<T>
    {
        Rng rng = new(seed);
        int limit = FixedPointCode.Limit(bits);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateChecked(rng.NextInt(-limit, limit + 1)))];
    }
}
