using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>The checks of integer training that are about whole tensors and layers.</summary>
public class IntegerPropertyTests
{
    // x̂·ŵ = [24, −48, 3, 102]·[64, −32, 115, 4] = 3825 at 2⁻⁵·2⁻⁷, which 16 bits hold.
    [Fact]
    public void A_dot_product_by_hand()
    {
        Tensor x = new(new FixedPointTensor(Tensor.Vector<sbyte>([24, -48, 3, 102]), -5, 8)), w = new(new FixedPointTensor(Tensor.Vector<sbyte>([64, -32, 115, 4]), -7, 8));
        using IDisposable scope = Arithmetic.Use(Arithmetic.Integer(16));
        Assert.Equal(0.933837890625f, x.MatMul(w).Item<float>());
    }

    // 3825/32 = 119.53: shift 5, exponent −7, 120 with probability 0.53125; n = 2000, six standard errors = 0.067.
    [Fact]
    public void A_sum_is_rounded_to_eight_bits_at_random()
    {
        Tensor x = new(new FixedPointTensor(Tensor.Vector<sbyte>([24, -48, 3, 102]), -5, 8)), w = new(new FixedPointTensor(Tensor.Vector<sbyte>([64, -32, 115, 4]), -7, 8));
        using IDisposable scope = Arithmetic.Use(Arithmetic.Integer(8, seed: 2));
        int above = 0;
        for (int i = 0; i < 2000; i++)
        {
            FixedPointTensor y = x.MatMul(w).FixedPoint!;
            Assert.Equal(-7, y.Exponent);
            int code = y.Codes.Item<sbyte>();
            Assert.InRange(code, 119, 120);
            above += code - 119;
        }
        Assert.InRange(above / 2000.0, 0.53125 - 0.067, 0.53125 + 0.067);
    }

    [Fact]
    public void A_tensor_on_the_grid_maps_to_itself_and_a_power_of_two_moves_the_exponent()
    {
        Rng rng = new(3);
        Tensor x = Tensor.Normal(Shape.Of(50, 7), rng);
        FixedPointTensor codes = FixedPointTensor.Map(x, 8, RoundingDraw.Of(rng)), again = FixedPointTensor.Map(codes.ToTensor(), 8, RoundingDraw.Of(rng.Split(1)));
        Assert.Equal(codes.ToTensor().ToArray<float>(), again.ToTensor().ToArray<float>());
        FixedPointTensor scaled = FixedPointTensor.Map(x * 32, 8, RoundingDraw.Of(rng));
        Assert.Equal(codes.Codes.ToArray<sbyte>(), scaled.Codes.ToArray<sbyte>());
        Assert.Equal(codes.Exponent + 5, scaled.Exponent);
    }

    // E[Σ x̂·ŵ] = Σ x·w where the draws are independent, within five standard errors of 10,000 draws; one draw for both factors adds Σ Var[x̂], and is found out.
    [Fact]
    public void Products_have_no_bias_but_with_a_shared_draw()
    {
        Rng rng = new(7);
        Tensor x = Tensor.Uniform(Shape.Of(16), rng, -1, 1);
        double exact = x.ToArray<float>().Sum(v => (double)v * v);
        Assert.InRange(Math.Abs(Bias(i => 2 * i + 1)), 0, 5);
        Assert.True(Bias(i => 2 * i) > 5);

        // In standard errors.
        double Bias(Func<int, int> second)
        {
            double sum = 0, squares = 0;
            const int Draws = 10_000;
            for (int i = 0; i < Draws; i++)
            {
                float[] a = FixedPointTensor.Map(x, 4, RoundingDraw.Of(rng.Split(2 * i)), headroom: 1).ToTensor().ToArray<float>();
                float[] b = FixedPointTensor.Map(x, 4, RoundingDraw.Of(rng.Split(second(i))), headroom: 1).ToTensor().ToArray<float>();
                double difference = a.Zip(b).Sum(p => (double)p.First * p.Second) - exact;
                (sum, squares) = (sum + difference, squares + difference * difference);
            }
            double mean = sum / Draws;
            return mean / Math.Sqrt((squares / Draws - mean * mean) / Draws);
        }
    }

    // The mean of 2,000 gradients is the one of float32 at the same x̂ and ŵ, element by element within six standard errors (40 elements).
    [Fact]
    public void Gradients_of_a_layer_have_no_bias()
    {
        Rng rng = new(8);
        FixedPointTensor x = FixedPointTensor.Map(Tensor.Normal(Shape.Of(6, 4), rng), 8), w = FixedPointTensor.Map(Tensor.Normal(Shape.Of(4, 4), rng), 8);
        Tensor dy = Tensor.Normal(Shape.Of(6, 4), rng);
        double[] expected = Gradients(Arithmetic.Float32, x.ToTensor(), w.ToTensor());
        Arithmetic arithmetic = Arithmetic.Integer(IntegerFormat.Parse("int8/6:headroom"), seed: 4);
        const int Draws = 2000;
        double[] sum = new double[expected.Length], squares = new double[expected.Length];
        for (int i = 0; i < Draws; i++)
        {
            double[] g = Gradients(arithmetic, new(x), new(w));
            for (int j = 0; j < g.Length; j++) (sum[j], squares[j]) = (sum[j] + g[j] - expected[j], squares[j] + (g[j] - expected[j]) * (g[j] - expected[j]));
        }
        for (int j = 0; j < expected.Length; j++)
        {
            double mean = sum[j] / Draws, error = Math.Sqrt((squares[j] / Draws - mean * mean) / Draws);
            Assert.True(error > 0 && Math.Abs(mean) <= 6 * error, $"element {j}: mean {mean}, standard error {error}");
        }

        double[] Gradients(Arithmetic arithmetic, Tensor a, Tensor b)
        {
            (a.RequiresGrad, b.RequiresGrad) = (true, true);
            Tensor y;
            using (Arithmetic.Use(arithmetic)) y = a.MatMul(b);
            return [.. Autograd.Gradient([y], [a, b], outputGradients: [dy]).SelectMany(g => g!.ToArray<float>()).Select(v => (double)v)];
        }
    }

    // ‖g_b − g‖²/‖g‖² falls by four a bit: the slope of its log₂ over b = 6 … 14 is −2 ± 0.2. The functions are smooth: at the kink of a rectifier a change
    // of sign costs the whole slope, with a probability that falls by two a bit.
    [Fact]
    public void The_error_of_gradients_falls_by_four_a_bit()
    {
        Rng rng = new(9);
        Sequential model = new(new Linear(20, 40, rng.Split("a")), new Lambda(t => t.Gelu()), new Linear(40, 40, rng.Split("b")), new Lambda(t => t.Gelu()), new Linear(40, 5, rng.Split("c")));
        Tensor x = Tensor.Normal(Shape.Of(64, 20), rng.Split("x")), labels = Tensor.Vector<long>([.. Enumerable.Range(0, 64).Select(i => (long)(i % 5))]);
        float[] exact = Gradient(Arithmetic.Float32);
        double norm = exact.Sum(v => (double)v * v);
        (double Bits, double Error)[] points = [.. Enumerable.Range(6, 9).Select(b => ((double)b, Math.Log2(Enumerable.Range(0, 8).Average(seed => Error(b, seed)))))];
        (double meanX, double meanY) = (points.Average(p => p.Bits), points.Average(p => p.Error));
        double slope = points.Sum(p => (p.Bits - meanX) * (p.Error - meanY)) / points.Sum(p => (p.Bits - meanX) * (p.Bits - meanX));
        Assert.InRange(slope, -2.2, -1.8);

        double Error(int bits, int seed) => Gradient(Arithmetic.Integer(bits, (ulong)seed)).Zip(exact).Sum(p => ((double)p.First - p.Second) * ((double)p.First - p.Second)) / norm;

        float[] Gradient(Arithmetic arithmetic)
        {
            using IDisposable scope = Arithmetic.Use(arithmetic);
            model.ZeroGrad();
            Losses.CrossEntropy(model.Forward(x), labels).Backward();
            return [.. model.Parameters().SelectMany(p => p.Grad!.ToArray<float>())];
        }
    }

    // Looked up, y is f(x̂) and dx is f′(x̂)·dŷ, rounded once each: within a step, and 0 on average within six standard errors of half a step.
    [Theory]
    [InlineData("Gelu")]
    [InlineData("Tanh")]
    [InlineData("Sigmoid")]
    public void Functions_of_codes_are_rounded_once(string name)
    {
        Rng rng = new(12);
        Func<Tensor, Tensor> f = name switch { "Gelu" => t => t.Gelu(), "Tanh" => t => t.Tanh(), _ => t => t.Sigmoid() };
        FixedPointTensor x = FixedPointTensor.Map(Tensor.Normal(Shape.Of(40, 50), rng), 8), dy = FixedPointTensor.Map(Tensor.Normal(Shape.Of(40, 50), rng.Split(1)), 8);
        (float[] y, float[] dx) = Both(Arithmetic.Float32, out _);
        (float[] codes, float[] slopes) = Both(Arithmetic.Integer(IntegerFormat.Parse("int8:headroom"), seed: 3), out (int? Y, int? Dx) exponents);
        Within(y, codes, exponents.Y!.Value);
        if (exponents.Dx is { } exponent) Within(dx, slopes, exponent);
        Assert.Equal(name == "Gelu", exponents.Dx is not null);

        (float[], float[]) Both(Arithmetic arithmetic, out (int?, int?) exponents)
        {
            using IDisposable scope = Arithmetic.Use(arithmetic);
            Tensor a = new(x) { RequiresGrad = true }, b = f(a);
            Tensor d = Autograd.Gradient([b], [a], outputGradients: [new Tensor(dy)])[0]!;
            exponents = (b.FixedPoint?.Exponent, d.FixedPoint?.Exponent);
            return (b.ToArray<float>(), d.ToArray<float>());
        }

        static void Within(float[] exact, float[] rounded, int exponent)
        {
            double step = Math.ScaleB(1, exponent), sum = 0;
            for (int i = 0; i < exact.Length; i++)
            {
                double error = (rounded[i] - exact[i]) / step;
                Assert.InRange(error, -1.001, 1.001);
                sum += error;
            }
            Assert.InRange(Math.Abs(sum / exact.Length), 0, 6 * 0.5 / Math.Sqrt(exact.Length));
        }
    }

    [Fact]
    public void Switched_off_float32_is_what_it_was_bit_for_bit()
    {
        Rng rng = new(10);
        Linear layer = new(6, 3, rng);
        Tensor x = Tensor.Normal(Shape.Of(5, 6), rng);
        float[] before = layer.Forward(x).ToArray<float>();
        using (Arithmetic.Use(Arithmetic.Integer(4))) Assert.NotEqual(before, layer.Forward(x).ToArray<float>());
        Assert.Equal(before, layer.Forward(x).ToArray<float>());
        Assert.Null(layer.Forward(x).FixedPoint);
    }

    [Fact]
    public void A_module_has_an_arithmetic_of_its_own_forward_and_backward()
    {
        Rng rng = new(11);
        Linear first = new(6, 8, rng.Split("a")), second = new(8, 3, rng.Split("b"));
        first.Arithmetic = Arithmetic.Float32;
        Sequential model = new(first, second);
        Tensor x = Tensor.Normal(Shape.Of(5, 6), rng);
        using IDisposable scope = Arithmetic.Use(Arithmetic.Integer(8, seed: 1));
        Tensor hidden = first.Forward(x), y = second.Forward(hidden);
        Assert.Null(hidden.FixedPoint);
        Assert.NotNull(y.FixedPoint);
        y.Backward(Tensor.Ones(y.Shape));
        Assert.Null(first.Weight.Grad!.FixedPoint);
        Assert.NotNull(second.Weight.Grad!.FixedPoint);
    }

    // Written through a span, a tensor is what was written, whatever it was held as.
    [Fact]
    public void Writing_floats_ends_the_codes()
    {
        Tensor x = new(FixedPointTensor.Map(Tensor.Vector<float>([1, -2, 0.5f]), 8));
        Tensor copy = x.Clone();
        Assert.Equal([1, -2, 0.5f], x.AsSpan<float>().ToArray());
        Assert.Null(x.FixedPoint);
        x.AsSpan<float>()[1] = 7;
        Assert.Equal([1, 7, 0.5f], x.ToArray<float>());
        Assert.Equal([1, -2, 0.5f], copy.ToArray<float>());
    }
}
