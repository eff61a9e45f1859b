using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

public class IntElementwiseTests
{
    private static readonly byte[] Left = [.. Enumerable.Range(0, 65536).Select(i => (byte)(i >> 8))], Right = [.. Enumerable.Range(0, 65536).Select(i => (byte)i)];

    [Theory]
    [InlineData(0.5, 0.25, -128, 127, 0)]
    [InlineData(0.013, 0.9, 5, -7, -128)]
    [InlineData(1, 1, 0, 0, 0)]
    [InlineData(3.7, 1e-7, 100, 100, 127)]
    [InlineData(300_000, 0.1, 1, 2, 3)]
    [InlineData(0, 0.3, 1, 2, 3)]
    public void Add_of_all_pairs_equals_the_reference(double a, double b, int za, int zb, int zy)
    {
        IntAdd step = new(DyadicScale.Nearest(a), IntFormat.Full(DType.Int8, za), DyadicScale.Nearest(b), IntFormat.Full(DType.Int8, zb), IntFormat.Full(DType.Int8, zy));
        StepCheck.Equal(step, (DType.Int8, [4, 4, 64, 64]), (DType.Int8, [4, 4, 64, 64], Left), (DType.Int8, [4, 4, 64, 64], Right));
    }

    [Fact]
    public void Add_rounds_the_sum_once_and_ties_to_even()
    {
        // ½·a + ½·b: the terms alone would each be rounded, the sum needs it only when it is odd.
        IntAdd step = new(DyadicScale.Nearest(0.5), IntFormat.Full(DType.UInt8), DyadicScale.Nearest(0.5), IntFormat.Full(DType.UInt8), IntFormat.Full(DType.UInt8));
        byte[] y = StepCheck.Equal(step, (DType.UInt8, [65536]), (DType.UInt8, [65536], Left), (DType.UInt8, [65536], Right));
        for (int i = 0; i < y.Length; i++)
        {
            int sum = Left[i] + Right[i], half = sum / 2;
            Assert.Equal(sum % 2 == 0 ? half : half + half % 2, y[i]);
        }
    }

    [Fact]
    public void Add_takes_unequal_types_and_a_clamp()
    {
        IntAdd step = new(
            DyadicScale.Nearest(0.31), IntFormat.Full(DType.UInt8, 255), DyadicScale.Nearest(0.77), IntFormat.Full(DType.Int8, -128), new(DType.UInt8, 9, 9, 200));
        byte[] y = StepCheck.Equal(step, (DType.UInt8, [65536]), (DType.UInt8, [65536], Left), (DType.Int8, [65536], Right));
        Assert.Equal(9, y.Min());
        Assert.Equal(200, y.Max());
    }

    [Fact]
    public void Multiply_of_all_pairs_equals_the_rational_product()
    {
        DyadicScale scale = DyadicScale.Nearest(0.0117);
        IntMul step = new(scale, IntFormat.Full(DType.UInt8, 128), IntFormat.Full(DType.Int8, 3), IntFormat.Full(DType.Int8, -5));
        byte[] y = StepCheck.Equal(step, (DType.Int8, [65536]), (DType.UInt8, [65536], Left), (DType.Int8, [65536], Right));
        for (int i = 0; i < y.Length; i++)
        {
            BigInteger numerator = (BigInteger)(Left[i] - 128) * ((sbyte)Right[i] - 3) * scale.Multiplier;
            Assert.Equal(Exact.Clamped(numerator, BigInteger.One << scale.Shift, -5, -128, 127), (sbyte)y[i]);
        }
    }

    [Fact]
    public void Lookup_reads_its_table_for_all_codes()
    {
        byte[] table = new Rng(5).Permutation(256).Select(i => (byte)i).ToArray();
        byte[] codes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        Assert.Equal(table, StepCheck.Equal(new IntLookup(table), (DType.UInt8, [256]), (DType.Int8, [256], codes)));
    }

    [Fact]
    public void Requantize_of_all_codes_equals_the_rational()
    {
        Rng rng = new(6);
        byte[] codes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        for (int i = 0; i < 50; i++)
        {
            DyadicScale scale = DyadicScale.Nearest(Math.Pow(2, 6 * rng.NextDouble() - 4));
            IntFormat from = IntFormat.Full(DType.Int8, rng.NextInt(-128, 128)), to = IntFormat.Full(DType.UInt8, rng.NextInt(256));
            byte[] y = StepCheck.Equal(IntLookup.Requantize(scale, from, to), (DType.UInt8, [256]), (DType.Int8, [256], codes));
            for (int c = 0; c < 256; c++)
                Assert.Equal(Exact.Clamped((BigInteger)((sbyte)c - from.Zero) * scale.Multiplier, BigInteger.One << scale.Shift, to.Zero, 0, 255), y[c]);
        }
    }
}

/// <summary>Rational rounding in BigInteger, half to even.</summary>
internal static class Exact
{
    public static int Clamped(BigInteger numerator, BigInteger denominator, int zero, int lo, int hi)
    {
        BigInteger q = BigInteger.DivRem(numerator, denominator, out BigInteger r);
        if (r.Sign < 0) (q, r) = (q - 1, r + denominator);
        int side = (2 * r).CompareTo(denominator);
        if (side > 0 || (side == 0 && !q.IsEven)) q++;
        return (int)BigInteger.Min(BigInteger.Max(q + zero, lo), hi);
    }
}
