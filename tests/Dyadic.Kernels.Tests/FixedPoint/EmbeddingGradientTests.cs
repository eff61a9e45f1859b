using System.Runtime.InteropServices;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

public sealed class EmbeddingGradientTests
{
    // Against the float sum: at 16 bits within half a step an occurrence on average; rows never used stay zero, and so does the padding.
    [Theory]
    [InlineData(40)]
    [InlineData(64)]
    public void Rows_get_the_sums_of_their_tokens(int columns)
    {
        const int tokens = 900, table = 37, padding = 5;
        Rng rng = new(9);
        int[] rows = [.. Enumerable.Range(0, tokens).Select(_ => rng.NextInt(3, table - 4))];
        float[] g = new float[tokens * columns];
        rng.FillNormal(g);
        int e = FixedPointCode.Exponent(g.Max(MathF.Abs), 16);
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
        {
            var codes = new short[g.Length];
            FixedPointMap.Quantize(g, codes, 16, e, Rounding.Stochastic, RoundingDraw.Of(rng), mode);
            int[] counters = new int[table * columns];
            long[] wide = new long[counters.Length], expected = new long[counters.Length];
            double[] real = new double[counters.Length];
            for (int i = 0; i < codes.Length; i++)
            {
                if (rows[i / columns] == padding) continue;
                expected[rows[i / columns] * columns + i % columns] += codes[i];
                real[rows[i / columns] * columns + i % columns] += g[i];
            }
            EmbeddingGradient.Add(Span(codes), columns, rows, padding, counters, mode);
            EmbeddingGradient.Add(Span(codes), columns, rows, padding, wide, mode);
            Assert.Equal(expected, wide);
            Assert.Equal(expected, counters.Select(x => (long)x));
            double step = Math.ScaleB(1, e), occurrences = tokens / (double)(table - 7);
            Assert.InRange(real.Select((x, i) => Math.Abs(x - counters[i] * step)).Average(), 0, step * occurrences / 2);
            Assert.All(new[] { 0, 2, padding, table - 1 }, row => Assert.All(counters.AsSpan(row * columns, columns).ToArray(), x => Assert.Equal(0, x)));
            EmbeddingGradient.Add(Span(codes), columns, rows, padding, counters, mode);
            Assert.Equal(expected.Select(x => 2 * x), counters.Select(x => (long)x));
        }
    }

    [Fact]
    public void Rows_outside_of_the_table_and_counters_too_narrow_are_refused()
    {
        Assert.Throws<ArgumentException>(() => EmbeddingGradient.Add(new(new byte[4], 8), 2, [0, 3], -1, new int[6], ExecutionMode.Default));
        Assert.Throws<ShapeException>(() => EmbeddingGradient.Add(new(new byte[4], 8), 2, [0], -1, new int[6], ExecutionMode.Default));
        Assert.Throws<PrecisionException>(() => EmbeddingGradient.Add(new(new byte[80_000], 16), 1, new int[40_000], -1, new int[1], ExecutionMode.Default));
    }

    private static CodeSpan Span(short[] codes) => new(MemoryMarshal.AsBytes<short>(codes), 16);
}
