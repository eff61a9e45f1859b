using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>What single ops do on codes, by hand or against their definition.</summary>
public class IntegerCodesTests
{
    private static readonly Arithmetic Eight = Arithmetic.Integer(IntegerFormat.Parse("int8:nearest"));

    // The table's largest number, 3, is in no row that is read: it sets the exponent, 1 − 6, all the same.
    [Fact]
    public void An_embedding_reads_codes_at_the_exponent_of_its_table_and_sums_codes_back()
    {
        Embedding embedding = new(3, 2, new Rng(1));
        embedding.Weight.CopyFrom(Tensor.From([0.5f, -0.25f, 3, 0, 0.125f, 1], Shape.Of(3, 2)));
        Tensor y, tokens = Tensor.From<long>([2, 0, 2], Shape.Of(1, 3));
        using (Arithmetic.Use(Eight)) y = embedding.Forward(tokens);
        Assert.Equal(-5, y.FixedPoint!.Exponent);
        Assert.Equal([4, 32, 16, -8, 4, 32], y.FixedPoint.Codes.ToArray<sbyte>());
        y.Backward(new Tensor(new FixedPointTensor(Tensor.From<sbyte>([1, 2, 3, 4, 100, -100], Shape.Of(1, 3, 2)), -9, 8)));
        FixedPointTensor gradient = embedding.Weight.Grad!.FixedPoint!;
        Assert.Equal(-9, gradient.Exponent);
        Assert.Equal([3, 4, 0, 0, 101, -98], gradient.Codes.ToArray<int>());
    }

    [Fact]
    public void A_padding_row_stays_on_codes_and_gets_no_gradient()
    {
        Rng rng = new(2);
        Embedding embedding = new(5, 4, rng, padding: 3);
        Tensor y;
        using (Arithmetic.Use(Eight)) y = embedding.Forward(Tensor.Vector<long>([1, 3, 4, 3]));
        Assert.NotNull(y.FixedPoint);
        Assert.All(y.ToArray<float>()[4..8], v => Assert.Equal(0, v));
        y.Backward(new Tensor(FixedPointTensor.Map(Tensor.Uniform(y.Shape, rng, 0.5f, 1), 8)));
        float[] gradient = embedding.Weight.Grad!.ToArray<float>();
        Assert.NotNull(embedding.Weight.Grad.FixedPoint);
        for (int i = 0; i < gradient.Length; i++) Assert.Equal(i / 4 is 1 or 4, gradient[i] != 0);
    }

    // 70,000 tokens of one row: more than 32 bits hold for 16-bit codes.
    [Fact]
    public void Sums_of_many_tokens_are_held_in_64_bits()
    {
        const int tokens = 70_000;
        Tensor g = new(new FixedPointTensor(Tensor.Full(Shape.Of(tokens, 1), 32_767, DType.Int16), 0, 16)), index = Tensor.Zeros(Shape.Of(tokens), DType.Int64);
        using IDisposable scope = Arithmetic.Use(Arithmetic.Integer(16));
        FixedPointTensor sum = g.Apply(new GatherGradient(0, 2), index).FixedPoint!;
        Assert.Equal([tokens * 32_767L, 0], sum.Codes.ToArray<long>());
    }

    // p = ½ and ¾ double and quadruple what stays, which is a matter of the exponent; other scales are rounded once, within half a step of the exact result.
    [Theory]
    [InlineData(0.5f)]
    [InlineData(0.75f)]
    [InlineData(0.1f)]
    public void Dropout_keeps_the_elements_that_float32_keeps(float p)
    {
        Rng rng = new(3);
        FixedPointTensor codes = FixedPointTensor.Map(Tensor.Normal(Shape.Of(9, 1001), rng), 8);
        Dyadic.Ops.Dropout op = new(p, 5, 7);
        float[] expected = codes.ToTensor().Apply(op).ToArray<float>();
        Tensor y;
        using (Arithmetic.Use(Eight)) y = new Tensor(codes).Apply(op);
        double step = Math.ScaleB(1, y.FixedPoint!.Exponent), error = p == 0.1f ? 0.5 * step * (1 + 1e-4) : 0;
        float[] actual = y.ToArray<float>();
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.InRange(Math.Abs(actual[i] - expected[i]), 0, error);
            if (expected[i] == 0) Assert.Equal(0, actual[i]);
        }
        using (Arithmetic.Use(Eight)) y = new Tensor(new FixedPointTensor(codes.Codes.SwapLast().ToContiguous().SwapLast(), codes.Exponent, 8)).Apply(op);
        Assert.Equal(actual, y.ToArray<float>());      // however the codes lie
    }

    // A quarter of each of these codes is a code.
    [Fact]
    public void A_leaky_rectifier_and_a_magnitude_by_hand_both_ways()
    {
        using IDisposable scope = Arithmetic.Use(Eight);
        (sbyte[] leaky, sbyte[] leakySlope) = Both(x => x.LeakyRelu(0.25f));
        Assert.Equal([100, -25, 0, -16], leaky);
        Assert.Equal([64, 16, 16, -8], leakySlope);
        (sbyte[] magnitude, sbyte[] sign) = Both(x => x.Abs());
        Assert.Equal([100, 100, 0, 64], magnitude);
        Assert.Equal([64, -64, 0, 32], sign);

        static (sbyte[] Y, sbyte[] Gradient) Both(Func<Tensor, Tensor> f)
        {
            Tensor x = new(new FixedPointTensor(Tensor.Vector<sbyte>([100, -100, 0, -64]), -3, 8)) { RequiresGrad = true }, y = f(x);
            y.Backward(new Tensor(new FixedPointTensor(Tensor.Vector<sbyte>([64, 64, 64, -32]), 0, 8)));
            Assert.Equal((-3, 0), (y.FixedPoint!.Exponent, x.Grad!.FixedPoint!.Exponent));
            return (y.FixedPoint.Codes.ToArray<sbyte>(), x.Grad.FixedPoint.Codes.ToArray<sbyte>());
        }
    }

    // A tensor of zeros has no exponent: the other's stays.
    [Fact]
    public void Zeros_joined_with_small_numbers_do_not_round_them_away()
    {
        using IDisposable scope = Arithmetic.Use(Eight);
        Tensor x = new(new FixedPointTensor(Tensor.Vector<sbyte>([100, -3]), -20, 8));
        Tensor joined = Tensor.Concat(0, x, Tensor.Zeros(Shape.Of(2)));
        Assert.Equal(-20, joined.FixedPoint!.Exponent);
        Assert.Equal([100, -3, 0, 0], joined.FixedPoint.Codes.ToArray<sbyte>());
        Assert.Equal([100, -3, 0], x.Pad([0, 1]).FixedPoint!.Codes.ToArray<sbyte>());
        FixedPointTensor padded = x.Pad([1, 0], value: Math.ScaleB(300, -20)).FixedPoint!;      // beyond 127 steps: the exponent rises to hold it
        Assert.Equal(-18, padded.Exponent);
        Assert.Equal([75, 25, -1], padded.Codes.ToArray<sbyte>());
    }

    // −10⁹ in the place of a hidden score would leave no bits to the others: such a choice is float32's.
    [Fact]
    public void A_mask_far_beyond_the_codes_leaves_the_choice_to_float32()
    {
        using IDisposable scope = Arithmetic.Use(Eight);
        Tensor scores = new(new FixedPointTensor(Tensor.Vector<sbyte>([100, -3]), -6, 8)), seen = Tensor.Vector<bool>([true, false]);
        Assert.Equal([100f / 64, -1e9f], seen.Where(scores, Tensor.Scalar(-1e9)).ToArray<float>());
        Assert.Null(seen.Where(scores, Tensor.Scalar(-1e9)).FixedPoint);
        FixedPointTensor near = seen.Where(scores, Tensor.Scalar(-0.75)).FixedPoint!;
        Assert.Equal([100, -48], near.Codes.ToArray<sbyte>());
        Assert.Equal(-6, near.Exponent);
    }

    [Fact]
    public void Sums_and_means_over_any_axes_are_exact()
    {
        Rng rng = new(4);
        FixedPointTensor codes = FixedPointTensor.Map(Tensor.Normal(Shape.Of(4, 8, 2, 16), rng), 8);
        float[] values = codes.ToTensor().ToArray<float>();
        using IDisposable scope = Arithmetic.Use(Eight);
        foreach (Dims axes in (Dims[])[[], [3], [0], [1, 3], [0, 2], [2, 1]])
            foreach (bool turned in (bool[])[false, true])
            {
                Tensor x = new(turned ? new FixedPointTensor(codes.Codes.Permuted([0, 2, 3, 1]).ToContiguous().Permuted([0, 3, 1, 2]), codes.Exponent, 8) : codes);
                Tensor sum = x.ReduceSum(axes), mean = x.ReduceMean(axes);
                Assert.Equal(64, sum.FixedPoint!.Bits);
                Assert.Equal(Tensor.From(values, codes.Codes.Shape).Cast(DType.Float64).ReduceSum(axes).ToArray<double>(), sum.ToArray<float>().Select(v => (double)v));
                Assert.Equal(Tensor.From(values, codes.Codes.Shape).Cast(DType.Float64).ReduceMean(axes).ToArray<double>(), mean.ToArray<float>().Select(v => (double)v));      // counts are powers of two
            }
    }
}
