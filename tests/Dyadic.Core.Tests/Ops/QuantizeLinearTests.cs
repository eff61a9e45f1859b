using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ops;

public class QuantizeLinearTests
{
    [Fact]
    public void Ties_go_to_even_before_the_zero_point_is_added_and_the_ends_saturate()
    {
        // x/s = 0.5, 1.5, 2.5, −0.5, −1.5, 1000, −1000: ⌊·⌉ = 0, 2, 2, 0, −2.
        Tensor x = Tensor.Vector(1f, 3f, 5f, -1f, -3f, 2000f, -2000f, float.NaN, float.PositiveInfinity);
        Tensor q = x.QuantizeLinear(Tensor.Scalar(2), Tensor.Scalar(3, DType.Int8));
        Assert.Equal([3, 5, 5, 3, 1, 127, -128, 3, 127], q.ToArray<sbyte>());
    }

    [Fact]
    public void Every_path_equals_the_definition_of_the_parameters()
    {
        Rng rng = new(7);
        Tensor x = Tensor.Uniform(Shape.Of(3, 4, 331), rng, -9, 9);
        foreach (bool signed in (bool[])[true, false])
        {
            foreach (int bits in (int[])[8, 16])
            {
                QuantParams p = new(bits, signed, [0.05f, 0.001f, 0.07f, 0.3f], signed ? [-3, 0, 5, 100] : [0, 7, 255, 128], axis: 1);
                Tensor q = x.QuantizeLinear(p), y = q.DequantizeLinear(p);
                float[] values = x.ToArray<float>(), back = y.ToArray<float>();
                for (int i = 0; i < values.Length; i++) Assert.Equal(p.RoundTrip(values[i], i / 331 % 4), back[i]);
            }
        }
    }

    [Fact]
    public void The_difference_of_int32_does_not_wrap()
    {
        Tensor y = Tensor.Vector(int.MaxValue).DequantizeLinear(Tensor.Scalar(1), Tensor.Scalar(-1, DType.Int32));
        Assert.Equal(2147483648f, y.Item<float>());
    }

    [Fact]
    public void Parameters_survive_as_tensors()
    {
        QuantParams p = new(8, true, [0.5f, 0.25f], [1, -2], axis: 0);
        Assert.Equal(p, QuantizationTensors.Read(p.ScaleTensor(), p.ZeroPointTensor(), 0));
        Assert.Throws<PrecisionException>(() => new QuantParams(4, true, 0.5f, 0).ZeroPointTensor());
    }

    [Fact]
    public void Scales_must_fit_the_axis()
    {
        Tensor x = Tensor.Zeros(Shape.Of(2, 3)), scale = Tensor.Vector(1f, 2f), zero = Tensor.Vector<sbyte>(0, 0);
        Assert.Equal(6, x.QuantizeLinear(scale, zero, 0).Length);
        ShapeException e = Assert.Throws<ShapeException>(() => x.QuantizeLinear(scale, zero, 1));
        Assert.Contains("2 scales for axis 1 of [2, 3]", e.Message);
        Assert.Throws<ShapeException>(() => x.QuantizeLinear(Tensor.Scalar(1), Tensor.Scalar(0, DType.Int64)));
    }
}
