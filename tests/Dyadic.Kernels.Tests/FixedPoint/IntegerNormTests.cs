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
            IntegerNorm.Normalize([.. x.Select(q => (short)q)], 4, NormGroups.Rows, a, b, h, 16, Rounding.HalfEven, Draw, ExecutionMode.Default);
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
            IntegerNorm.Normalize(x, columns, by, a, b, h, 8, Rounding.Stochastic, Draw, ExecutionMode.Default);
            for (int g = 0; g < 512; g++)
            {
                double[] values = [.. Enumerable.Range(0, 512).Select(i => h[by == NormGroups.Columns ? i * columns + g : g * columns + i] * step)];
                double mean = values.Average();
                Assert.InRange(mean, -step, step);
                Assert.InRange(values.Average(v => (v - mean) * (v - mean)), 0.98, 1.02);
            }
        }
    }

    // Against the formula in double: from the codes of x̂ nearly exact, from x within the noise of those codes.
    [Theory]
    [InlineData(8, 1e-4, 0.01)]
    [InlineData(16, 1e-3, 1e-3)]
    public void The_gradient_of_batch_norm_is_the_formula(int bits, double fromCodes, double fromInput)
    {
        const int rows = 700, columns = 32, e = -5, ge = -9, gammaExponent = -6;
        short[] x = Random<short>(rows * columns, bits, 5), g = Random<short>(rows * columns, bits, 6), h = new short[x.Length];
        int[] gamma = [.. Enumerable.Range(0, columns).Select(c => c - 9)], a = new int[columns], b = new int[columns], p = new int[columns], q = new int[columns], r = new int[columns], dx = new int[x.Length];
        var groups = new GroupStatistics[columns];
        long[] sums = new long[columns], dots = new long[columns];
        ExecutionMode mode = ExecutionMode.Default;
        IntegerNorm.Statistics(x, columns, NormGroups.Columns, groups, mode);
        int xhat = NormRule.Normalizer(groups, rows, e, Epsilon, bits, a, b);
        IntegerNorm.Normalize(x, columns, NormGroups.Columns, a, b, h, bits, Rounding.Stochastic, Draw, mode);
        IntegerNorm.Sums(g, h, columns, NormGroups.Columns, sums, dots, mode);
        int exponent = NormRule.Gradient(groups, rows, e, Epsilon, xhat, gamma, ge + gammaExponent, (FixedPointMap.Largest(g, mode), FixedPointMap.Largest(h, mode)), sums, dots, p, q, r);
        IntegerNorm.Gradient(g, h, columns, NormGroups.Columns, p, q, r, dx, mode);
        for (int c = 0; c < columns; c++)
        {
            double[] gradient = Column(g, columns, c, Math.ScaleB(1, ge)), input = Column(x, columns, c, Math.ScaleB(1, e)), codes = Column(h, columns, c, Math.ScaleB(1, xhat)), actual = Column(dx, columns, c, Math.ScaleB(1, exponent));
            double mean = input.Average(), root = 1 / Math.Sqrt(input.Average(v => (v - mean) * (v - mean)) + 1e-5), scale = gamma[c] * Math.ScaleB(1, gammaExponent) * root;
            double[] exact = Formula(gradient, [.. input.Select(v => (v - mean) * root)], scale), same = Formula(gradient, codes, scale);
            double size = Math.Sqrt(exact.Average(v => v * v)) + 1e-12;
            Assert.InRange(actual.Zip(same, (u, v) => Math.Abs(u - v)).Max() / size, 0, gamma[c] == 0 ? 0 : 4 * fromCodes);
            Assert.InRange(Math.Sqrt(actual.Zip(exact, (u, v) => (u - v) * (u - v)).Average()) / size, 0, fromInput);
            Assert.InRange(Math.Abs(Column(dx, columns, c, 1).Sum()), 0, rows + Math.Abs((double)r[c] * Column(h, columns, c, 1).Sum()));     // what the rounding of x̂ leaves of its sum
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(16)]
    public void The_gradient_of_layer_norm_is_the_formula(int bits)
    {
        const int rows = 60, columns = 256, e = 3, ge = -20, gammaExponent = -14;
        short[] x = Random<short>(rows * columns, bits, 7), g = Random<short>(rows * columns, bits, 8), h = new short[x.Length], t = new short[x.Length];
        int[] gamma = [.. Random<short>(columns, bits, 9).Select(v => (int)v)], a = new int[rows], b = new int[rows], p = new int[rows], q = new int[rows], r = new int[rows], dx = new int[x.Length];
        var groups = new GroupStatistics[rows];
        long[] sums = new long[rows], dots = new long[rows];
        ExecutionMode mode = ExecutionMode.Default;
        int shift = Math.Max(0, 2 * bits - 2 - 15);
        IntegerNorm.Statistics(x, columns, NormGroups.Rows, groups, mode);
        int xhat = NormRule.Normalizer(groups, columns, e, Epsilon, bits, a, b);
        IntegerNorm.Normalize(x, columns, NormGroups.Rows, a, b, h, bits, Rounding.Stochastic, Draw, mode);
        IntegerNorm.ScaleColumns(g, columns, gamma, shift, t, Rounding.Stochastic, Draw.Split(1), mode);
        IntegerNorm.Sums(t, h, columns, NormGroups.Rows, sums, dots, mode);
        int exponent = NormRule.Gradient(groups, columns, e, Epsilon, xhat, [], ge + gammaExponent + shift, (FixedPointMap.Largest(t, mode), FixedPointMap.Largest(h, mode)), sums, dots, p, q, r);
        IntegerNorm.Gradient(t, h, columns, NormGroups.Rows, p, q, r, dx, mode);
        for (int n = 0; n < rows; n++)
        {
            double[] input = [.. x.Skip(n * columns).Take(columns).Select(v => v * Math.ScaleB(1, e))];
            double mean = input.Average(), root = 1 / Math.Sqrt(input.Average(v => (v - mean) * (v - mean)) + 1e-5);
            double[] scaled = [.. Enumerable.Range(0, columns).Select(c => (double)g[n * columns + c] * gamma[c] * Math.ScaleB(1, ge + gammaExponent))];
            double[] exact = Formula(scaled, [.. input.Select(v => (v - mean) * root)], root);
            double error = Math.Sqrt(exact.Select((v, c) => Math.Pow(v - dx[n * columns + c] * Math.ScaleB(1, exponent), 2)).Average());
            Assert.InRange(error / Math.Sqrt(exact.Average(v => v * v)), 0, bits == 8 ? 0.02 : 2e-3);
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
            IntegerNorm.Normalize(x, 16, NormGroups.Columns, a, b, h, 8, Rounding.Stochastic, Draw, ExecutionMode.Default);
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
        int xhat = NormRule.Normalizer(groups, n, -6, Epsilon, bits, a, b);
        foreach (Rounding rounding in (Rounding[])[Rounding.Stochastic, Rounding.HalfEven])
        {
            TX[] h = new TX[x.Length], wanted = new TX[x.Length];
            Reference.IntegerNorm.Normalize<TX>(x, columns, by, a, b, wanted, bits, rounding, Draw);
            IntegerNorm.Normalize<TX>(x, columns, by, a, b, h, bits, rounding, Draw, mode);
            Assert.Equal(wanted, h);
            Assert.True(h.Max(v => Math.Abs(int.CreateChecked(v))) >= (1 << (bits - 2)) - 1);
            int[] gamma = [.. Enumerable.Range(0, columns).Select(c => c % 200 - 100)], beta = [.. gamma.Select(v => v * 1000)], y = new int[x.Length], sum = new int[x.Length];
            Reference.IntegerNorm.Affine<TX>(h, columns, gamma, beta, sum);
            IntegerNorm.Affine<TX>(h, columns, gamma, beta, y, mode);
            Assert.Equal(sum, y);
            long[] sums = new long[count], dots = new long[count], wantedSums = new long[count], wantedDots = new long[count];
            Reference.IntegerNorm.Sums<TG, TX>(g, h, columns, by, wantedSums, wantedDots);
            IntegerNorm.Sums<TG, TX>(g, h, columns, by, sums, dots, mode);
            Assert.Equal(wantedSums, sums);
            Assert.Equal(wantedDots, dots);
            NormRule.Gradient(groups, n, -6, Epsilon, xhat, [], -9, (Reference.FixedPointMap.Largest<TG>(g), Reference.FixedPointMap.Largest<TX>(h)), sums, dots, p, q, r);
            int[] dx = new int[x.Length], wantedDx = new int[x.Length];
            Reference.IntegerNorm.Gradient<TG, TX>(g, h, columns, by, p, q, r, wantedDx);
            IntegerNorm.Gradient<TG, TX>(g, h, columns, by, p, q, r, dx, mode);
            Assert.Equal(wantedDx, dx);
            if (by == NormGroups.Rows) continue;
            IntegerNorm.ColumnSums<TG>(g, columns, sums, mode);
            Assert.Equal(wantedSums, sums);
        }
    }

    private static T[] Random<T>(int count, int bits, ulong seed) where T : unmanaged, IBinaryInteger<T>
    {
        Rng rng = new(seed);
        int limit = FixedPointCode.Limit(bits);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateChecked(rng.NextInt(-limit, limit + 1)))];
    }
}
