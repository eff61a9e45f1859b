using Dyadic.Arithmetics;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ops;

/// <summary>Tensors of 4-bit integers and 8-bit floats: conversions, and quantisation in blocks, against plain loops.</summary>
public sealed class StoredTests
{
    public static TheoryData<DType> Stored => [DType.Int4, DType.UInt4, DType.Float8E4M3FN, DType.Float8E4M3FNUZ, DType.Float8E5M2, DType.Float8E5M2FNUZ];

    [Theory, MemberData(nameof(Stored))]
    public void Casts_are_those_of_the_numbers(DType type)
    {
        double[] values = [.. Enumerable.Range(0, 1000).Select(i => ((i * 37 % 1000) - 500) / 8.0), 1e6, -1e6, double.NaN, 0, -0.0];
        foreach (DType from in (DType[])[DType.Float64, DType.Float32, DType.Float16, DType.BFloat16])
        {
            Tensor x = Tensor.Vector<double>(values).Cast(from);
            double[] exact = x.Cast(DType.Float64).ToArray<double>();
            foreach (bool saturate in (bool[])[true, false])
            {
                Tensor y = Door.Run(new Cast(type, saturate), x)[0];
                Assert.Equal(exact.Select(v => StoredNumbers.Write(type, v, saturate)), y.ToBytes());
                Assert.Equal(y.ToBytes().Select(c => StoredNumbers.Read(type, c)), y.Cast(DType.Float64).ToArray<double>());
                Assert.Equal(y.ToBytes().Select(c => (float)StoredNumbers.Read(type, c)), y.Cast(DType.Float32).ToArray<float>());
            }
        }
    }

    [Fact]
    public void Integers_keep_their_low_four_bits()
    {
        Tensor x = Tensor.Vector<long>([.. Enumerable.Range(-300, 600).Select(i => (long)i)]);
        Assert.Equal(x.ToArray<long>().Select(v => v & 15), x.Cast(DType.UInt4).Cast(DType.Int64).ToArray<long>());
        Assert.Equal(x.ToArray<long>().Select(v => ((v & 15) ^ 8) - 8), x.Cast(DType.Int4).Cast(DType.Int64).ToArray<long>());
        Assert.Equal(x.Cast(DType.Int4).ToBytes(), x.Cast(DType.Int8).Cast(DType.Int4).ToBytes());
        Assert.Equal("int4[3] [-2,  7, -8]", Tensor.Vector(-2, 7, 8).Cast(DType.Int4).ToString().Replace(".0", ""));
    }

    [Fact]
    public void Stored_tensors_move_and_are_not_computed_with()
    {
        Tensor x = Tensor.From<int>([1, -2, 3, -4, 5, -6], Shape.Of(2, 3)).Cast(DType.Int4);
        Assert.Equal([1, -4, -2, 5, 3, -6], x.Permute(1, 0).Contiguous().Cast(DType.Int32).ToArray<int>());
        Assert.Equal([3, 1, -6, -4], x.Gather(Tensor.Vector(2, 0), 1).Cast(DType.Int32).ToArray<int>());
        Assert.Throws<Runtime.PlanException>(() => x + x);
        Assert.Throws<InvalidOperationException>(() => x.RequiresGrad = true);
    }

    // y = saturate(⌊x/s⌉ + z) and (q − z)·s, with one scale for each block of 4 along an axis of 10.
    [Theory]
    [InlineData(DType.Int4, 0)]
    [InlineData(DType.UInt4, 1)]
    [InlineData(DType.Int8, 2)]
    [InlineData(DType.UInt16, 0)]
    public void Blocks_have_scales_of_their_own(DType type, int axis)
    {
        Rng rng = new(8);
        int[] dims = [2, 3, 2], scales = [2, 3, 2];
        (dims[axis], scales[axis]) = (10, 3);
        bool signed = type is DType.Int4 or DType.Int8;
        (double low, double high) = type switch { DType.Int4 => (-8, 7), DType.UInt4 => (0, 15), DType.Int8 => (-128, 127), _ => (0, 65535) };
        Tensor x = Tensor.Normal(Shape.Of(dims), rng, 0, 3), s = Tensor.Uniform(Shape.Of(scales), rng, 0.1f, 1), z = Tensor.Uniform(Shape.Of(scales), rng, signed ? -3 : 2, signed ? 4 : 9).Floor().Cast(type);
        Tensor q = Door.Run(new QuantizeLinear(axis, 4), x, s, z)[0], y = Door.Run(new DequantizeLinear(axis, 4), q, s, z)[0];
        Tensor zeros = z.Cast(DType.Float32), codes = q.Cast(DType.Float32);
        for (int i = 0; i < dims[0]; i++)
            for (int j = 0; j < dims[1]; j++)
                for (int k = 0; k < dims[2]; k++)
                {
                    int[] at = [i, j, k], block = [i, j, k];
                    block[axis] /= 4;
                    float scale = s.Get<float>(block), zero = zeros.Get<float>(block);
                    double expected = Math.Clamp(MathF.Round(x.Get<float>(at) / scale, MidpointRounding.ToEven) + zero, low, high);
                    Assert.Equal(expected, codes.Get<float>(at));
                    Assert.Equal((float)(expected - zero) * scale, y.Get<float>(at));
                }
    }

    [Fact]
    public void Floats_of_eight_bits_round_the_quotient_once()
    {
        Tensor x = Tensor.Normal(Shape.Of(300), new Rng(9), 0, 40), s = Tensor.Scalar(0.3f);
        foreach (DType type in (DType[])[DType.Float8E4M3FN, DType.Float8E5M2FNUZ])
        {
            Tensor z = Tensor.Scalar(0, type), q = Door.Run(new QuantizeLinear(), x, s, z)[0];
            Assert.Equal(x.ToArray<float>().Select(v => StoredNumbers.Write(type, v / 0.3f)), q.ToBytes());
            Assert.Equal(q.ToBytes().Select(c => (float)StoredNumbers.Read(type, c) * 0.3f), Door.Run(new DequantizeLinear(), q, s, z)[0].ToArray<float>());
        }
    }

    [Fact]
    public void Scales_that_do_not_fit_the_blocks_are_refused()
    {
        Tensor x = Tensor.Zeros(Shape.Of(2, 10)), z = Tensor.Zeros(Shape.Of(2, 2), DType.Int4);
        Assert.Contains("⌈n/4⌉", Assert.Throws<ShapeException>(() => Door.Run(new QuantizeLinear(1, 4), x, Tensor.Ones(Shape.Of(2, 2)), z)).Message);
    }
}
