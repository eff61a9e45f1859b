using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Nn.Transformers;

public sealed class TransformerTests
{
    private static readonly TransformerOptions Small = new(8, 2, 16) { Layers = 2, Dropout = 0, AttentionDropout = 0, HiddenDropout = 0 };

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public void Heads_that_do_not_divide_the_features_are_refused(int heads) =>
        Assert.Contains($"{heads} heads", Assert.Throws<ArgumentException>(() => new MultiHeadAttention(8, heads, new Rng(1))).Message);

    [Fact]
    public void What_a_mask_hides_has_no_influence()
    {
        TransformerEncoder encoder = new(Small, new Rng(1));
        Tensor x = Tensor.Normal(Shape.Of(2, 5, 8), new Rng(2)), other = x.Clone();
        other.Span<float>()[(3 * 8)..(5 * 8)].Fill(7);                                                    // positions 3 and 4 of the first sample
        Tensor mask = AttentionMask.OfKeys(Tensor.From<long>([1, 1, 1, 0, 0, 1, 1, 1, 1, 1], Shape.Of(2, 5)));
        Assert.Equal(encoder.Forward(x, mask).Slice(..1, ..3).ToArray<float>(), encoder.Forward(other, mask).Slice(..1, ..3).ToArray<float>());
        Assert.NotEqual(encoder.Forward(x).Slice(..1, ..3).ToArray<float>(), encoder.Forward(other).Slice(..1, ..3).ToArray<float>());
        Assert.Equal(encoder.Forward(x, null, causal: true).Slice(..1, ..3).ToArray<float>(), encoder.Forward(other, null, causal: true).Slice(..1, ..3).ToArray<float>());
    }

    [Fact]
    public void A_boolean_mask_is_an_added_one_of_minus_infinity()
    {
        MultiHeadAttention attention = new(8, 4, new Rng(1));
        Tensor x = Tensor.Normal(Shape.Of(2, 3, 8), new Rng(2));
        Tensor visible = Tensor.From([true, false, true, true, true, false, false, true, true], Shape.Of(3, 3));
        Tensor added = visible.Where(Tensor.Scalar(0), Tensor.Scalar(double.NegativeInfinity));
        Assert.Equal(attention.Forward(x, added).ToArray<float>(), attention.Forward(x, visible).ToArray<float>());
        Tensor none = Tensor.Zeros(Shape.Of(3, 3), DType.Bool);
        Assert.All(attention.Forward(x, none).ToArray<float>(), v => Assert.True(float.IsFinite(v)));      // equal weights, not NaN
        Assert.Throws<ShapeException>(() => attention.Forward(x, Tensor.Zeros(Shape.Of(3, 3), DType.Int64)));
        Assert.Throws<ShapeException>(() => attention.Forward(x, x, x.Slice(0, 0, 1)));
    }

    [Fact]
    public void Dropout_of_an_encoder_ends_with_training()
    {
        TransformerEncoder encoder = new(Small with { Dropout = 0.5f, AttentionDropout = 0.5f, HiddenDropout = 0.5f }, new Rng(1)), plain = new(Small, new Rng(1));
        Tensor x = Tensor.Normal(Shape.Of(1, 4, 8), new Rng(2));
        Assert.NotEqual(encoder.Forward(x).ToArray<float>(), encoder.Forward(x).ToArray<float>());
        encoder.Eval();
        Assert.Equal(plain.Forward(x).ToArray<float>(), encoder.Forward(x).ToArray<float>());
    }

    [Fact]
    public void Sinusoids_are_those_of_the_formula()
    {
        Tensor table = new SinusoidalPositions(4, 6).Table;
        for (int t = 0; t < 4; t++)
        {
            for (int i = 0; i < 3; i++)
            {
                double angle = t / Math.Pow(10000, 2.0 * i / 6);
                Assert.Equal((float)Math.Sin(angle), table.Get<float>(t, 2 * i), 6);
                Assert.Equal((float)Math.Cos(angle), table.Get<float>(t, 2 * i + 1), 6);
            }
        }
    }

    [Fact]
    public void Positions_are_added_from_the_first_on_and_trained_where_used()
    {
        LearnedPositions positions = new(5, 2, new Rng(1));
        Tensor y = positions.Forward(Tensor.Zeros(Shape.Of(2, 3, 2)));
        Assert.Equal([.. positions.Table.ToArray<float>()[..6], .. positions.Table.ToArray<float>()[..6]], y.ToArray<float>());
        y.ReduceSum().Backward();
        Assert.Equal([2f, 2, 2, 2, 2, 2, 0, 0, 0, 0], positions.Table.Grad!.ToArray<float>());
        Assert.Contains("6 positions", Assert.Throws<ShapeException>(() => positions.Forward(Tensor.Zeros(Shape.Of(1, 6, 2)))).Message);
    }

    [Fact]
    public void The_padding_row_of_an_embedding_is_read_and_not_trained()
    {
        Embedding layer = new(4, 2, new Rng(1), padding: 0);
        Assert.Equal([0f, 0], layer.Weight.ToArray<float>()[..2]);
        layer.Weight.Span<float>()[0] = 5;                                                                // as a loaded checkpoint may have it
        Tensor y = layer.Forward(Tensor.From<long>([0, 2, 0], Shape.Of(1, 3)));
        Assert.Equal([5f, 0, .. layer.Weight.ToArray<float>()[4..6], 5, 0], y.ToArray<float>());
        y.ReduceSum().Backward();
        Assert.Equal([0f, 0, 0, 0, 1, 1, 0, 0], layer.Weight.Grad!.ToArray<float>());
        Assert.Throws<ArgumentException>(() => new Embedding(4, 2, new Rng(1), padding: 4));
    }
}
