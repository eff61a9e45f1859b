using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Testing;
using Dropout = Dyadic.Nn.Dropout;

namespace Dyadic.Core.Tests.Nn;

public sealed class LayerTests
{
    private static readonly double Tight = Tolerance.For(DType.Float32);

    [Fact]
    public void Linear_is_x_times_the_transpose_plus_bias_over_any_leading_axes()
    {
        Linear layer = new(2, 3, new Rng(1));
        layer.Weight.CopyFrom(Tensor.From<float>([1f, 2, 3, 4, 5, 6], Shape.Of(3, 2)));
        layer.Bias!.CopyFrom(Tensor.Vector(10f, 20, 30));
        Assert.Equal([15f, 31, 47], layer.Forward(Tensor.Vector(1f, 2).Reshape(1, 2)).ToArray<float>());     // 1 + 4, 3 + 8, 5 + 12
        Assert.Equal([2, 4, 3], layer.Forward(Tensor.Zeros(Shape.Of(2, 4, 2))).Shape);
        Assert.Null(new Linear(2, 3, new Rng(1), bias: false).Bias);
    }

    [Theory]
    [InlineData(3, 1, 1, 1, 1, 8, 8)]
    [InlineData(3, 2, 1, 1, 1, 4, 8)]
    [InlineData(5, 1, 0, 1, 2, 4, 8)]
    [InlineData(3, 1, 2, 2, 4, 8, 8)]
    public void Conv2D_has_the_shape_of_its_formula(int kernel, int stride, int padding, int dilation, int groups, int side, int outChannels)
    {
        // ⌊(H + 2p − d(k − 1) − 1)/s⌋ + 1
        Conv2D layer = new(4, outChannels, kernel, new Rng(1), stride, padding, dilation, groups);
        Assert.Equal([outChannels, 4 / groups, kernel, kernel], layer.Weight.Shape);
        Assert.Equal([2, outChannels, side, side], layer.Forward(Tensor.Zeros(Shape.Of(2, 4, 8, 8))).Shape);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Groups_that_do_not_divide_the_channels_are_refused(int groups) =>
        Assert.Throws<ArgumentException>(() => new Conv2D(4, 4, 3, new Rng(1), groups: groups));

    [Fact]
    public void Batch_norm_trains_with_the_batch_and_remembers_the_unbiased_variance()
    {
        // Channel 0 holds 1, 2, 3, 4: mean 2.5, variance 1.25, unbiased 5/3. Channel 1 is constant.
        Tensor x = Tensor.From<float>([1f, 2, 7, 7, 3, 4, 7, 7], Shape.Of(2, 2, 1, 2));
        BatchNorm2D layer = new(2, epsilon: 0.25f, momentum: 0.5f);
        float root = MathF.Sqrt(1.5f);
        float[] expected = [-1.5f / root, -0.5f / root, 0, 0, 0.5f / root, 1.5f / root, 0, 0];
        Close(expected, layer.Forward(x));
        Close([1.25f, 3.5f], layer.RunningMean);                                             // ½·0 + ½·mean
        Close([0.5f + (5f / 6), 0.5f], layer.RunningVariance);                               // ½·1 + ½·unbiased

        layer.Eval();
        float m = 1.25f, s = MathF.Sqrt(0.5f + (5f / 6) + 0.25f), s1 = MathF.Sqrt(0.75f);
        Close([(1 - m) / s, (2 - m) / s, 3.5f / s1, 3.5f / s1, (3 - m) / s, (4 - m) / s, 3.5f / s1, 3.5f / s1], layer.Forward(x));
        Close([1.25f, 3.5f], layer.RunningMean);                                             // inference leaves them alone
    }

    [Fact]
    public void Batch_norm_of_one_value_a_channel_does_not_divide_by_zero()
    {
        BatchNorm2D layer = new(1, momentum: 0.5f);
        Close([0f], layer.Forward(Tensor.Full(Shape.Of(1, 1, 1, 1), 3)));
        Close([1.5f], layer.RunningMean);
        Close([0.5f], layer.RunningVariance);
    }

    [Fact]
    public void Layer_norm_normalises_the_last_axis()
    {
        LayerNorm layer = new(2, epsilon: 0);
        layer.Weight.CopyFrom(Tensor.Vector(2f, 3));
        layer.Bias.CopyFrom(Tensor.Vector(10f, 20));
        Close([8f, 23, 12, 17], layer.Forward(Tensor.From<float>([1f, 5, 4, -4], Shape.Of(2, 2))));   // ±1, scaled and shifted
    }

    [Fact]
    public void Dropout_scales_what_it_keeps_and_can_be_repeated()
    {
        const int n = 100_000;
        Tensor x = Tensor.Ones(Shape.Of(n));
        Dropout layer = new(0.25f, new Rng(1)), twin = new(0.25f, new Rng(1));
        float[] first = layer.Forward(x).ToArray<float>(), second = layer.Forward(x).ToArray<float>();
        Assert.All(first, v => Assert.True(v == 0 || v == 1 / 0.75f));
        // Binomial: mean n/4, σ = √(n·¼·¾); six of them.
        Assert.InRange(first.Count(v => v == 0) - (n / 4.0), -6 * Math.Sqrt(n * 0.1875), 6 * Math.Sqrt(n * 0.1875));
        Assert.NotEqual(first, second);
        Assert.Equal(first, twin.Forward(x).ToArray<float>());

        Dropout resumed = new(0.25f, new Rng(1));
        resumed.LoadState(twin.State().ToDictionary(s => s.Name, s => s.Tensor));
        Assert.Equal(second, resumed.Forward(x).ToArray<float>());                            // the number of calls is state

        layer.Eval();
        Assert.Same(x, layer.Forward(x));
        Assert.Throws<ArgumentException>(() => new Dropout(1, new Rng(1)));
        Assert.Throws<ArgumentException>(() => new Dropout(float.NaN, new Rng(1)));
    }

    [Fact]
    public void The_gradient_of_an_embedding_counts_the_uses_of_each_row()
    {
        Embedding layer = new(4, 2, new Rng(1));
        Tensor y = layer.Forward(Tensor.From<long>([2, 0, 2, 2], Shape.Of(2, 2)));
        Assert.Equal([2, 2, 2], y.Shape);
        Assert.Equal(layer.Weight.ToArray<float>()[4..6], y.ToArray<float>()[0..2]);
        y.ReduceSum().Backward();
        Assert.Equal([1f, 1, 0, 0, 3, 3, 0, 0], layer.Weight.Grad!.ToArray<float>());
    }

    [Fact]
    public void A_sequence_composes_in_order_and_an_empty_one_is_the_identity()
    {
        Tensor x = Tensor.Vector(3f);
        Assert.Equal(8, new Sequential(new Lambda(v => v + 1), new Lambda(v => v * 2)).Forward(x).Item<float>());
        Assert.Same(x, new Sequential().Forward(x));
    }

    [Fact]
    public void Networks_of_the_catalogue_give_one_row_of_logits_a_sample()
    {
        foreach (BuiltInNetwork network in NetworkCatalog.All)
        {
            Module net = network.Create(Shape.Of(1, 28, 28), 10, new Rng(1));
            Assert.Equal([2, 10], net.Forward(Tensor.Zeros(Shape.Of(2, 1, 28, 28))).Shape);
        }
        Assert.Contains("resnet8", Assert.Throws<ArgumentException>(() => NetworkCatalog.Find("vgg")).Message);
    }

    private static void Close(float[] expected, Tensor actual) =>
        Assert.InRange(Tolerance.Distance(Array.ConvertAll(expected, v => (double)v), Array.ConvertAll(actual.ToArray<float>(), v => (double)v)), 0, Tight);
}
