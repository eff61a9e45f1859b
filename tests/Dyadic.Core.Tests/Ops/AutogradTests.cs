using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ops;

public sealed class AutogradTests
{
    [Fact]
    public void A_tensor_used_twice_gets_both_gradients()
    {
        Tensor x = Leaf(3);
        (x * x + x * 2).ReduceSum().Backward();
        Assert.Equal(8, x.Grad!.Item<double>());                                        // 2x + 2
    }

    [Fact]
    public void Gradients_accumulate_over_calls_of_backward()
    {
        Tensor x = Leaf(3, 5);
        (x * x).ReduceSum().Backward();
        (x * 4).ReduceSum().Backward();
        Assert.Equal([10.0, 14.0], x.Grad!.ToArray<double>());                           // 2x + 4
    }

    [Fact]
    public void A_second_backward_needs_the_tape_retained()
    {
        Tensor x = Leaf(3), y = x * x;
        y.ReduceSum().Backward(retainGraph: true);
        Tensor z = y * x;
        z.ReduceSum().Backward();
        Assert.Equal(6 + 27, x.Grad!.Item<double>());                                    // 2x + 3x²
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => z.ReduceSum().Backward());
        Assert.Contains("retainGraph: true", e.Message);
    }

    [Fact]
    public void Backward_of_several_elements_needs_a_gradient()
    {
        Tensor x = Leaf(1, 2, 3), y = x * x;
        ShapeException e = Assert.Throws<ShapeException>(() => y.Backward());
        Assert.Contains("[3]", e.Message);
        y.Backward(Tensor.Vector(1.0, 10, 100));
        Assert.Equal([2.0, 40.0, 600.0], x.Grad!.ToArray<double>());
        Assert.Throws<ShapeException>(() => (x * x).Backward(Tensor.Vector(1.0, 2)));
    }

    [Fact]
    public void Nothing_is_recorded_without_gradients()
    {
        Tensor x = Leaf(2);
        using (Autograd.NoGrad())
        {
            Assert.False((x * x).RequiresGrad);
            using (Autograd.NoGrad()) Assert.False(x.Exp().RequiresGrad);
            Assert.False((x * x).RequiresGrad);
        }
        Assert.True((x * x).RequiresGrad);
    }

    [Fact]
    public void A_detached_factor_is_a_constant()
    {
        Tensor x = Leaf(3);
        ((x * x).Detach() * x).ReduceSum().Backward();
        Assert.Equal(9, x.Grad!.Item<double>());                                         // d(c·x)/dx = c = 9
    }

    [Fact]
    public void Gradients_of_intermediate_results_are_available()
    {
        Tensor x = Leaf(2), y = x * x, z = y * y * y;
        Tensor?[] g = Autograd.Gradient([z.ReduceSum()], [y, x]);
        Assert.Equal(48, g[0]!.Item<double>());                                          // 3y² at y = 4
        Assert.Equal(192, g[1]!.Item<double>());                                         // 6x⁵
        Assert.Null(x.Grad);
    }

    [Fact]
    public void An_input_without_influence_has_no_gradient()
    {
        Tensor x = Leaf(2), other = Leaf(5);
        Assert.Null(Autograd.Gradient([(x * x).ReduceSum()], [other])[0]);
        Assert.Equal([0.0], Autograd.HessianVectorProduct((x * 3).ReduceSum(), [x], [Tensor.Vector(1.0)])[0].ToArray<double>());
    }

    [Fact]
    public void Hessian_vector_product_of_a_quadratic_form_is_exact()
    {
        // loss = ½·xᵀAx with A = [[2, −1, 0], [−1, 4, 3], [0, 3, 8]], so H = A; small integers, so equality.
        Tensor a = Tensor.From([2.0, -1, 0, -1, 4, 3, 0, 3, 8], Shape.Of(3, 3)), x = Leaf(1, 2, 3);
        Tensor ax = (a * x).ReduceSum([1]);
        Tensor hv = Autograd.HessianVectorProduct((x * ax).ReduceSum() * 0.5, [x], [Tensor.Vector(1.0, -2, 4)])[0];
        Assert.Equal([4.0, 3.0, 26.0], hv.ToArray<double>());
    }

    [Fact]
    public void Third_derivative_of_the_fourth_power()
    {
        Tensor x = Leaf(1.5), y = x * x * (x * x);
        Tensor d1 = Autograd.Gradient([y], [x], createGraph: true)[0]!;
        Tensor d2 = Autograd.Gradient([d1], [x], createGraph: true)[0]!;
        Tensor d3 = Autograd.Gradient([d2], [x])[0]!;
        Assert.Equal(4 * 3.375, d1.Item<double>());
        Assert.Equal(12 * 2.25, d2.Item<double>());
        Assert.Equal(24 * 1.5, d3.Item<double>());
    }

    [Fact]
    public void A_chain_of_a_hundred_thousand_ops_needs_no_stack()
    {
        Tensor x = Leaf(1), one = Tensor.Vector(1.0), y = x;
        for (int i = 0; i < 100_000; i++) y += one;
        y.Backward();
        Assert.Equal(100_001, y.Item<double>());
        Assert.Equal(1, x.Grad!.Item<double>());
    }

    [Fact]
    public void Broadcast_operands_get_the_sum_of_their_gradients()
    {
        Tensor row = Leaf(1, 2), x = Tensor.Ones(Shape.Of(4, 3, 2), DType.Float64);
        (x * row).ReduceSum().Backward();
        Assert.Equal([12.0, 12.0], row.Grad!.ToArray<double>());
    }

    [Fact]
    public void Equal_maxima_share_the_gradient()
    {
        Tensor x = Leaf(3, 1, 3, 3, 0);
        x.ReduceMax().Backward();
        Assert.Equal([1.0 / 3, 0, 1.0 / 3, 1.0 / 3, 0], x.Grad!.ToArray<double>());
    }

    [Fact]
    public void Kinks_have_the_documented_gradients()
    {
        Tensor x = Leaf(-1, 0, 1);
        (x.Relu() + x.Abs() * 10 + x.Clip(-1, 1) * 100).ReduceSum().Backward();
        Assert.Equal([90.0, 100, 111], x.Grad!.ToArray<double>());
    }

    [Fact]
    public void A_gradient_passes_casts_between_floats_and_stops_at_integers()
    {
        Tensor x = Leaf(1.5, 2.5);
        (x.Cast(DType.Float32) * 3).ReduceSum().Backward();
        Assert.Equal(DType.Float64, x.Grad!.Type);
        Assert.Equal([3.0, 3.0], x.Grad!.ToArray<double>());
        Assert.False(x.Cast(DType.Int32).RequiresGrad);
        Assert.False(x.Greater(x).RequiresGrad);
    }

    private static Tensor Leaf(params double[] values)
    {
        Tensor x = Tensor.Vector<double>(values);
        x.RequiresGrad = true;
        return x;
    }
}
