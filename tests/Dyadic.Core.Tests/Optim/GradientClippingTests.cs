using Dyadic.Ops;
using Dyadic.Optim;

namespace Dyadic.Core.Tests.Optim;

public sealed class GradientClippingTests
{
    private static Tensor With(params float[] gradient)
    {
        Tensor p = Tensor.Zeros(Shape.Of(gradient.Length));
        p.Grad = Tensor.Vector<float>(gradient);
        return p;
    }

    [Fact]
    public void The_common_norm_is_limited()
    {
        Tensor a = With(3, 0), b = With(4), none = Tensor.Zeros(Shape.Of(1));
        Assert.Equal(5, GradientClipping.ByNorm([a, none, b], 10));
        Assert.Equal([3f, 0], a.Grad!.ToArray<float>());
        Assert.Equal(5, GradientClipping.ByNorm([a, none, b], 1));
        Assert.InRange(a.Grad!.ToArray<float>()[0], 0.599999f, 0.6f);
        Assert.InRange(b.Grad!.Item<float>(), 0.799999f, 0.8f);
        Assert.Null(none.Grad);
    }

    [Fact]
    public void The_norm_of_large_finite_gradients_is_finite()
    {
        Tensor a = With([.. Enumerable.Repeat(1e25f, 1600)]);                   // squares exceed float32
        Assert.InRange(GradientClipping.ByNorm([a], 1) / 4e26, 1 - 1e-6, 1 + 1e-6);
        Assert.InRange(a.Grad!.ToArray<float>()[1599], 0.0249999f, 0.0250001f);
    }

    [Fact]
    public void Values_are_limited_on_both_sides()
    {
        Tensor a = With(-3, 0.5f, float.PositiveInfinity);
        GradientClipping.ByValue([a], 2);
        Assert.Equal([-2f, 0.5f, 2], a.Grad!.ToArray<float>());
    }

    [Fact]
    public void A_gradient_that_is_a_view_is_limited_too()
    {
        Tensor a = Tensor.Zeros(Shape.Of(2, 2));
        a.Grad = Tensor.From<float>([1f, 2, 3, 4], Shape.Of(2, 2)).Transpose(1, 0);
        GradientClipping.ByValue([a], 2.5f);
        Assert.Equal([1f, 2.5f, 2, 2.5f], a.Grad!.ToArray<float>());
    }

    [Fact]
    public void Divergence_and_impossible_limits_are_errors()
    {
        Tensor ok = With(9), nan = With(1, float.NaN);
        Assert.Contains("diverged", Assert.Throws<ArithmeticException>(() => GradientClipping.ByNorm([ok, nan], 1)).Message);
        Assert.Throws<ArithmeticException>(() => GradientClipping.ByNorm([With(float.NegativeInfinity)], 1));
        Assert.Contains("diverged", Assert.Throws<ArithmeticException>(() => GradientClipping.ByValue([ok, nan], 1)).Message);
        Assert.Equal(9, ok.Grad!.Item<float>());
        Assert.Throws<ArgumentException>(() => GradientClipping.ByNorm([ok], 0));
        Assert.Throws<ArgumentException>(() => GradientClipping.ByValue([ok], float.NaN));
    }
}
