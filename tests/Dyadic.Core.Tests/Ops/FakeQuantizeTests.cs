using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ops;

/// <summary>Gradients straight through a rounding, against the formulas of LSQ and LSQ+.</summary>
public class FakeQuantizeTests
{
    // x/s + z = −1.2, 0.4, 2.6, 7.5: below, inside, inside, above of [0, 7].
    private static readonly double[] s_x = [-1.1, -0.3, 0.8, 3.25];
    private const double Scale = 0.5;
    private const int Zero = 1;

    [Fact]
    public void Values_are_those_of_quantising_and_dequantising()
    {
        (Tensor x, Tensor s, _) = Leaves();
        Tensor y = x.FakeQuantize(s, Tensor.Scalar(Zero, DType.UInt8), 0, 7);
        Assert.Equal([-0.5, -0.5, 1, 3], y.ToArray<double>());
        Assert.Equal(x.QuantizeLinear(s, Tensor.Scalar(Zero, DType.UInt8)).DequantizeLinear(s, Tensor.Scalar(Zero, DType.UInt8)).ToArray<double>(), x.FakeQuantize(s, Tensor.Scalar(Zero, DType.UInt8)).ToArray<double>());
    }

    [Fact]
    public void The_gradient_passes_inside_and_the_scale_has_that_of_LSQ()
    {
        (Tensor x, Tensor s, _) = Leaves();
        double[] dy = [2, 3, 5, 7];
        x.FakeQuantize(s, Tensor.Scalar(Zero, DType.UInt8), 0, 7).Backward(Tensor.Vector<double>(dy));
        Assert.Equal([0, 3, 5, 0], x.Grad!.ToArray<double>());
        double inside(double v, int q) => q - Zero - (v / Scale);
        double expected = (2 * (0 - Zero)) + (3 * inside(s_x[1], 0)) + (5 * inside(s_x[2], 3)) + (7 * (7 - Zero));
        Assert.Equal(expected, s.Grad!.Item<double>(), 12);
    }

    [Fact]
    public void With_an_offset_the_scale_takes_the_codes_outside_and_the_offset_what_lies_there()
    {
        (Tensor x, Tensor s, Tensor beta) = Leaves();
        x.FakeQuantize(s, Tensor.Scalar(Zero, DType.UInt8), 0, 7, offset: beta).Backward(Tensor.Vector<double>(2, 3, 5, 7));
        Assert.Equal(2 + 7, beta.Grad!.Item<double>());
        double inside(double v, int q) => q - Zero - (v / Scale);
        Assert.Equal((2 * 0) + (3 * inside(s_x[1], 0)) + (5 * inside(s_x[2], 3)) + (7 * 7), s.Grad!.Item<double>(), 12);
    }

    [Fact]
    public void Channels_have_the_gradients_that_each_would_have_alone()
    {
        Tensor x = Tensor.From([.. s_x, .. s_x], Shape.Of(2, 4)), s = Tensor.Vector<double>(Scale, 0.25), z = Tensor.Vector<sbyte>(0, 0);
        (x.RequiresGrad, s.RequiresGrad) = (true, true);
        Tensor dy = Tensor.From<double>([2, 3, 5, 7, 1, -1, 4, 2], Shape.Of(2, 4));
        x.FakeQuantize(s, z, -3, 3, axis: 0).Backward(dy);
        for (int c = 0; c < 2; c++)
        {
            Tensor row = Tensor.Vector<double>(s_x), step = Tensor.Scalar(c == 0 ? Scale : 0.25, DType.Float64);
            (row.RequiresGrad, step.RequiresGrad) = (true, true);
            row.FakeQuantize(step, Tensor.Scalar(0, DType.Int8), -3, 3).Backward(dy.Slice(0, c, c + 1).Squeeze(0));
            Assert.Equal(row.Grad!.ToArray<double>(), x.Grad!.Slice(0, c, c + 1).ToArray<double>());
            Assert.Equal(step.Grad!.Item<double>(), s.Grad!.ToArray<double>()[c], 12);
        }
    }

    private static (Tensor X, Tensor S, Tensor Beta) Leaves()
    {
        Tensor x = Tensor.Vector<double>(s_x), s = Tensor.Scalar(Scale, DType.Float64), beta = Tensor.Scalar(-Zero * Scale, DType.Float64);
        (x.RequiresGrad, s.RequiresGrad, beta.RequiresGrad) = (true, true, true);
        return (x, s, beta);
    }
}
