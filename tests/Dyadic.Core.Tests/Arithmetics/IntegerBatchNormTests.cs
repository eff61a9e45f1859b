using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Numerics;

namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>Running statistics in 16 bits, and batch-norm with them in integers.</summary>
public class IntegerBatchNormTests
{
    [Fact]
    public void Running_statistics_are_numbers_of_16_bits_that_follow_those_of_float32()
    {
        (BatchNorm2D plain, BatchNorm2D integer) = (Trained(Arithmetic.Float32, 60), Trained(Arithmetic.Integer(8, seed: 2), 60));
        foreach ((Tensor expected, Tensor actual) in new[] { (plain.RunningMean, integer.RunningMean), (plain.RunningVariance, integer.RunningVariance) })
        {
            float[] e = expected.ToArray<float>(), a = actual.ToArray<float>();
            Assert.Equal(a, FixedPointTensor.Map(actual, 16).ToTensor().ToArray<float>());
            Assert.NotEqual(e, FixedPointTensor.Map(expected, 16).ToTensor().ToArray<float>());
            for (int i = 0; i < e.Length; i++) Assert.InRange(Math.Abs(a[i] - e[i]), 0, 0.01 * e.Max(Math.Abs));      // 8-bit activations beneath
        }
    }

    // From a checkpoint, that is from floats, on any step: the same bytes. And a float32 step between.
    [Fact]
    public void Statistics_go_on_from_their_floats()
    {
        BatchNorm2D whole = Trained(Arithmetic.Integer(8, seed: 3), 9), part = Trained(Arithmetic.Integer(8, seed: 3), 4), resumed = new(5);
        resumed.LoadState(part.State().ToDictionary(s => s.Name, s => s.Tensor.Clone()));
        for (int step = 4; step < 9; step++) Step(resumed, Arithmetic.Integer(8, seed: 3), step);
        Assert.Equal(whole.RunningMean.ToArray<float>(), resumed.RunningMean.ToArray<float>());
        Assert.Equal(whole.RunningVariance.ToArray<float>(), resumed.RunningVariance.ToArray<float>());
        Step(resumed, Arithmetic.Float32, 9);
        Step(resumed, Arithmetic.Integer(8, seed: 3), 10);
        Assert.InRange(resumed.RunningMean.ToArray<float>()[4], 3.5f, 5);      // 6·(1 − 0.9¹¹) = 4.1
    }

    // Within half a code of 16 bits of the real result, and x's own: β and μ may be far larger than what is left of x.
    [Theory]
    [InlineData(1f, 0f)]
    [InlineData(0.01f, 30f)]
    [InlineData(100f, -3f)]
    public void Inference_is_one_affine_map_of_codes(float deviation, float offset)
    {
        Rng rng = new(4);
        BatchNorm2D norm = new(6);
        norm.RunningMean.CopyFrom(Tensor.Normal(Shape.Of(6), rng, offset, deviation));
        norm.RunningVariance.CopyFrom(Tensor.Uniform(Shape.Of(6), rng, 0.1f * deviation * deviation, 2 * deviation * deviation));
        norm.Weight.CopyFrom(Tensor.Uniform(Shape.Of(6), rng, -1, 1));
        norm.Bias.CopyFrom(Tensor.Normal(Shape.Of(6), rng, 0, 3));
        norm.Eval();
        Tensor x = new(FixedPointTensor.Map(Tensor.Normal(Shape.Of(4, 6, 5, 5), rng, offset, deviation), 16));
        float[] expected = norm.Forward(new FixedPointTensor(x.FixedPoint!.Codes, x.FixedPoint.Exponent, 16).ToTensor()).ToArray<float>();
        Tensor y;
        using (Arithmetic.Use(Arithmetic.Integer(IntegerFormat.Parse("int16:nearest")))) y = norm.Forward(x);
        Assert.NotNull(y.FixedPoint);
        double step = Math.ScaleB(1, y.FixedPoint.Exponent), lost = Math.Abs(offset) / deviation * 3 * Math.ScaleB(1, -14);      // what 16 bits of x̂'s scale lose of the mean
        float[] actual = y.ToArray<float>();
        for (int i = 0; i < actual.Length; i++) Assert.InRange(Math.Abs(actual[i] - expected[i]), 0, 2 * step + lost);
    }

    private static BatchNorm2D Trained(Arithmetic arithmetic, int steps)
    {
        BatchNorm2D norm = new(5);
        for (int step = 0; step < steps; step++) Step(norm, arithmetic, step);
        return norm;
    }

    private static void Step(BatchNorm2D norm, Arithmetic arithmetic, int step)
    {
        arithmetic.BeginStep(step);
        using IDisposable scope = Arithmetic.Use(arithmetic);
        Tensor x = Tensor.Normal(Shape.Of(8, 5, 4, 4), new Rng(1).Split(step));
        float[] v = x.ToArray<float>();
        for (int i = 0; i < v.Length; i++) v[i] = (v[i] + i / 16 % 5 * 0.3f) * (1 + i / 16 % 5);
        norm.Forward(Tensor.From(v, x.Shape));
    }
}
