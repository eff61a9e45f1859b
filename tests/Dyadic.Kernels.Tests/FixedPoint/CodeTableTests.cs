using System.Numerics;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.FixedPoint;

public sealed class CodeTableTests
{
    private static readonly RoundingDraw Draw = RoundingDraw.Of(new Rng(5).Split("table"));

    // Every code many times over, so that the second path of rounding, once in 65,536 elements, is taken too; and a few codes.
    [Theory]
    [InlineData(200_003, 127)]
    [InlineData(77, 3)]
    [InlineData(0, 1)]
    public void Looked_up_and_rounded_codes_are_those_of_the_definition(int count, int limit)
    {
        Rng rng = new(6);
        sbyte[] x = [.. Enumerable.Range(0, count).Select(_ => (sbyte)rng.NextInt(-limit, limit + 1))];
        float[] values = [.. Enumerable.Range(0, CodeTable.Size).Select(i => MathF.Tanh((i - 128) / 40f) * (i - 90))];
        values[0] = float.NaN;                                       // of a code that is none
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
            foreach (Rounding rounding in (Rounding[])[Rounding.Stochastic, Rounding.HalfEven])
            {
                Same<sbyte>(x, values, 8, 0, rounding, mode);
                Same<sbyte>(x, values, 5, 1, rounding, mode);
                Same<short>(x, values, 12, 0, rounding, mode);
            }
    }

    [Theory]
    [InlineData(150_001)]
    [InlineData(19)]
    public void Gradients_through_a_table_are_those_of_the_definition(int count)
    {
        Rng rng = new(7);
        sbyte[] x = [.. Enumerable.Range(0, count).Select(_ => (sbyte)rng.NextInt(-127, 128))], t = [.. Enumerable.Range(0, count).Select(_ => (sbyte)rng.NextInt(-127, 128))];
        short[] wide = [.. Enumerable.Range(0, count).Select(_ => (short)rng.NextInt(-32767, 32768))];
        int[] factors = [.. Enumerable.Range(0, CodeTable.Size).Select(i => (i - 60) * 30_011)], few = [.. factors.Select(f => f >> 9)];
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
            foreach (Rounding rounding in (Rounding[])[Rounding.Stochastic, Rounding.HalfEven])
            {
                Same<sbyte, sbyte>(x, factors, t, 8, rounding, mode);
                Same<short, sbyte>(x, few, wide, 8, rounding, mode);
                Same<sbyte, short>(x, factors, t, 16, rounding, mode);
            }
    }

    [Fact]
    public void A_value_that_is_needed_and_not_finite_is_an_error()
    {
        float[] values = new float[CodeTable.Size];
        values[128 + 3] = float.PositiveInfinity;
        sbyte[] y = new sbyte[2];
        Assert.Throws<PrecisionException>(() => CodeTable.Map<sbyte>([3, 1], values, y, 8, 0, Rounding.Stochastic, Draw, ExecutionMode.Default));
        values[128 + 3] = float.NaN;
        Assert.Throws<PrecisionException>(() => CodeTable.Map<sbyte>([3, 1], values, y, 8, 0, Rounding.Stochastic, Draw, ExecutionMode.Default));
    }

    // A bias of any period, also one that is no multiple of a vector.
    [Theory]
    [InlineData(16, 9000)]
    [InlineData(256, 257)]
    [InlineData(7, 321)]
    [InlineData(1, 5000)]
    public void A_repeated_sum_is_that_of_the_definition(int period, int rows)
    {
        Rng rng = new(8);
        sbyte[] a = [.. Enumerable.Range(0, period * rows).Select(_ => (sbyte)rng.NextInt(-127, 128))];
        int[] b = [.. Enumerable.Range(0, period).Select(_ => rng.NextInt(-1_000_000, 1_000_001))];
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
            foreach (Rounding rounding in (Rounding[])[Rounding.Stochastic, Rounding.HalfEven])
            {
                sbyte[] y = new sbyte[a.Length], wanted = new sbyte[a.Length];
                int exponent = Reference.FixedPointSum.AddRepeated<sbyte, sbyte>(a, 13, b, -20, wanted, 8, 0, rounding, Draw);
                Assert.Equal(exponent, FixedPointSum.AddRepeated<sbyte, sbyte>(a, 13, b, -20, y, 8, 0, rounding, Draw, mode));
                Assert.Equal(wanted, y);
            }
    }

    [Theory]
    [InlineData(3, 16, 1024)]
    [InlineData(2, 3, 35)]
    [InlineData(5, 40, 49)]
    public void Images_are_turned_one_by_one(int images, int rows, int columns)
    {
        byte[] x = new byte[images * rows * columns], y = new byte[x.Length];
        Rng rng = new(9);
        foreach (ref byte v in x.AsSpan()) v = (byte)rng.NextInt(0, 256);
        foreach (ExecutionMode mode in FixedPointMapTests.Modes)
        {
            CodeTranspose.Images(x, images, rows, columns, y, mode);
            for (int i = 0; i < x.Length; i++) Assert.Equal(x[i], y[i / (rows * columns) * rows * columns + i % columns * rows + i % (rows * columns) / columns]);
        }
    }

    private static void Same<TCode>(sbyte[] x, float[] values, int bits, int headroom, Rounding rounding, ExecutionMode mode) where TCode : unmanaged, IBinaryInteger<TCode>
    {
        TCode[] y = new TCode[x.Length], wanted = new TCode[x.Length];
        int exponent = Reference.CodeTable.Map<TCode>(x, values, wanted, bits, headroom, rounding, Draw);
        Assert.Equal(exponent, CodeTable.Map<TCode>(x, values, y, bits, headroom, rounding, Draw, mode));
        Assert.Equal(wanted, y);
    }

    private static void Same<T, TCode>(sbyte[] x, int[] factors, T[] t, int bits, Rounding rounding, ExecutionMode mode) where T : unmanaged, IBinaryInteger<T> where TCode : unmanaged, IBinaryInteger<TCode>
    {
        TCode[] y = new TCode[x.Length], wanted = new TCode[x.Length];
        int exponent = Reference.CodeTable.Multiply<T, TCode>(x, factors, t, -7, wanted, bits, 0, rounding, Draw);
        Assert.Equal(exponent, CodeTable.Multiply<T, TCode>(x, factors, t, -7, y, bits, 0, rounding, Draw, mode));
        Assert.Equal(wanted, y);
    }
}
