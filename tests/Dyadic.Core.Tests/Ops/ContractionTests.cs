using Dyadic.Arithmetics;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ops;

/// <summary>Shape rules, transposed views, extreme values and masks of the contractions, poolings and normalisations.</summary>
public sealed class ContractionTests
{
    private static readonly Dim N = Dim.Symbol("N");

    [Fact]
    public void MatMul_names_both_shapes_when_the_inner_sizes_differ()
    {
        ShapeException e = Assert.Throws<ShapeException>(() => Tensor.Zeros([2, 3]).MatMul(Tensor.Zeros([4, 5])));
        Assert.Equal("MatMul: inner sizes differ, a is [2, 3] and b is [4, 5]. Transpose b?", e.Message);
    }

    [Fact]
    public void A_transposed_batch_gives_the_same_product_as_its_copy()
    {
        Rng rng = new(1);
        Tensor a = Tensor.Normal([3, 6, 5], rng).Transpose(-1, -2), b = Tensor.Normal([3, 7, 6], rng).Transpose(-1, -2);
        Assert.False(a.IsContiguous);
        float[] viewed = a.MatMul(b).ToArray<float>(), copied = a.Contiguous().MatMul(b.Contiguous()).ToArray<float>();
        for (int i = 0; i < viewed.Length; i++) Assert.Equal(copied[i], viewed[i], 1e-5f);
    }

    [Fact]
    public void An_empty_inner_axis_gives_zeros() =>
        Assert.Equal(new float[6], Tensor.Zeros([2, 0]).MatMul(Tensor.Zeros([0, 3])).ToArray<float>());

    [Fact]
    public void Conv_keeps_a_symbolic_batch()
    {
        TensorType[] y = new Conv([2, 2], [1, 1, 1, 1], [1, 1]).Infer([new(DType.Float32, [N, 3, 32, 31]), new(DType.Float32, [8, 3, 3, 3])]);
        Assert.Equal<Shape>([N, 8, 16, 16], y[0].Shape);
        TensorType[] same = new Conv([], [1, 1], []).Infer([new(DType.Float32, [N, 3, Dim.Symbol("W")]), new(DType.Float32, [8, 3, 3])]);
        Assert.Equal<Shape>([N, 8, Dim.Symbol("W")], same[0].Shape);
    }

    [Fact]
    public void Conv_tells_what_does_not_fit()
    {
        Tensor x = Tensor.Zeros([1, 3, 4, 4]);
        Assert.Contains("has 3 channels", Assert.Throws<ShapeException>(() => x.Conv(Tensor.Zeros([2, 4, 3, 3]))).Message);
        Assert.Contains("does not fit", Assert.Throws<ShapeException>(() => x.Conv(Tensor.Zeros([2, 3, 5, 5]))).Message);
        Assert.Contains("groups", Assert.Throws<ShapeException>(() => x.Conv(Tensor.Zeros([2, 1, 3, 3]), groups: 3)).Message);
        Assert.Contains("bias", Assert.Throws<ShapeException>(() => x.Conv(Tensor.Zeros([2, 3, 3, 3]), Tensor.Zeros([3]))).Message);
        Assert.Contains("float32", Assert.Throws<ShapeException>(() => x.Conv(Tensor.Zeros([2, 3, 3, 3], DType.Float64))).Message);
    }

    [Fact]
    public void Conv_of_ones_counts_the_taps_within_the_image()
    {
        // Each corner sees 4 of 9 taps, each edge 6, the middle all 9.
        float[] y = Tensor.Ones([1, 1, 3, 3]).Conv(Tensor.Ones([1, 1, 3, 3]), pads: [1, 1, 1, 1]).ToArray<float>();
        Assert.Equal([4, 6, 4, 6, 9, 6, 4, 6, 4], y);
    }

    [Fact]
    public void Softmax_neither_overflows_nor_loses_a_masked_entry()
    {
        Tensor x = Tensor.From([1e30f, 1e30f, float.NegativeInfinity, 0, 0, float.NegativeInfinity], [2, 3]);
        Assert.Equal([0.5f, 0.5f, 0, 0.5f, 0.5f, 0], x.Softmax().ToArray<float>());
        float log = x.LogSoftmax().ToArray<float>()[3];
        Assert.Equal(-MathF.Log(2), log, 1e-6f);
    }

    [Fact]
    public void Batch_statistics_of_large_offsets_stay_accurate()
    {
        // x = 10,000 ± 1, half each: mean 10,000, variance 1, y = ±1/√(1 + ε).
        float[] values = [.. Enumerable.Range(0, 4096).Select(i => 10000f + (i % 2 == 0 ? 1 : -1))];
        (Tensor y, Tensor mean, Tensor variance) = Tensor.From(values, [16, 1, 16, 16]).BatchNormalizationTraining(Tensor.Ones([1]), Tensor.Zeros([1]), 0);
        Assert.Equal(10000f, mean.Item<float>());
        Assert.Equal(1f, variance.Item<float>());
        Assert.Equal([1f, -1f], y.ToArray<float>()[..2]);
    }

    [Fact]
    public void Dropout_keeps_one_minus_p_and_scales_what_it_keeps()
    {
        // n = 100,000 draws with p = 0.25: six standard errors are 6·√(0.25·0.75/n) = 0.0082.
        Rng rng = new(5);
        Tensor x = Tensor.Ones([100_000]);
        float[] first = x.Dropout(0.25f, rng).ToArray<float>(), second = x.Dropout(0.25f, rng).ToArray<float>();
        Assert.All(first, v => Assert.True(v == 0 || v == (float)(1 / 0.75)));
        Assert.InRange(first.Count(v => v != 0) / 100_000.0, 0.75 - 0.0082, 0.75 + 0.0082);
        Assert.InRange(first.Zip(second).Count(p => p.First != 0 && p.Second != 0) / 100_000.0, 0.5625 - 0.0095, 0.5625 + 0.0095);   // independent masks
        Assert.Equal(first, x.Dropout(0.25f, new Rng(5)).ToArray<float>());
        Assert.Throws<ArgumentException>(() => x.Dropout(1, rng));
    }

    [Fact]
    public void Dropout_passes_the_gradient_of_what_it_kept()
    {
        Tensor x = Tensor.Ones([1000]);
        x.RequiresGrad = true;
        Tensor y = x.Dropout(0.5f, new Rng(9));
        y.Backward(Tensor.Ones([1000]));
        Assert.Equal(y.ToArray<float>(), x.Grad!.ToArray<float>());
    }

    [Fact]
    public void Max_pooling_in_float32_sends_a_tie_to_the_first()
    {
        Tensor x = Tensor.Ones([1, 1, 2, 2]);
        x.RequiresGrad = true;
        Door.Run(new MaxPool([2, 2], [], [], []), x)[0].Backward();
        Assert.Equal([1, 0, 0, 0], x.Grad!.ToArray<float>());
    }

    // Small integers are exact in bfloat16 and so are their sums in float32: one rounding is left, that of the product.
    [Fact]
    public void A_product_of_bfloat16_is_that_of_float32_rounded_once()
    {
        Rng rng = new(3);
        Tensor a = Integers(Shape.Of(3, 5, 70)), b = Integers(Shape.Of(70, 9));
        Tensor expected = a.MatMul(b).Cast(DType.BFloat16), actual = a.Cast(DType.BFloat16).MatMul(b.Cast(DType.BFloat16));
        Assert.Equal(DType.BFloat16, actual.Type);
        Assert.Equal(expected.Cast(DType.Float32).ToArray<float>(), actual.Cast(DType.Float32).ToArray<float>());
        Tensor turned = b.Transpose(-1, -2).Cast(DType.BFloat16).Transpose(-1, -2);
        Assert.Equal(expected.Cast(DType.Float32).ToArray<float>(), a.Cast(DType.BFloat16).MatMul(turned).Cast(DType.Float32).ToArray<float>());

        Tensor Integers(Shape shape) => Tensor.From<float>([.. Enumerable.Range(0, shape.Length).Select(_ => (float)rng.NextInt(-100, 101))], shape);
    }
}
