using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Kernels.Reference;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Numerics.Digits;
using Dyadic.Ops;
using Dyadic.Optim;

namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>Whole computations in VPREC and Monte Carlo arithmetic.</summary>
public sealed unsafe class EmulatedArithmeticTests
{
    private static readonly FloatFormat E5M2 = new(5, 2);

    [Fact]
    public void Float32_s_own_format_gives_the_bits_of_the_reference_product()
    {
        (float[] a, float[] b, float[] c) = (Values(7 * 40, 1), Values(40 * 37, 2), new float[7 * 37]);
        fixed (float* pa = a, pb = b, pc = c) ReferenceGemm.Run(pa, 40, false, pb, 37, false, pc, 37, 7, 37, 40, false);
        Assert.Equal(c, In(Arithmetic.Emulated(FloatFormat.Binary32), () => Of(a, 7, 40).MatMul(Of(b, 40, 37))));
    }

    [Fact]
    public void And_of_the_reference_convolution_and_its_gradients()
    {
        ConvGeometry g = new(2, 4, 9, 11, 6, 2, 3, 2, 2, 1, 1, 0, 2, 1, 1, 2);
        Conv conv = new([2, 1], [1, 0, 2, 1], [1, 2], 2);
        (float[] x, float[] w, float[] bias, float[] dy) = (Values(g.InputLength, 1), Values(g.WeightLength, 2), Values(6, 3), Values(g.OutputLength, 4));
        (float[] y, float[] dx, float[] dw) = (new float[g.OutputLength], new float[g.InputLength], new float[g.WeightLength]);
        ReferenceConv.Forward<float>(x, w, bias, y, in g);
        ReferenceConv.InputGradient<float>(dy, w, dx, in g);
        ReferenceConv.WeightGradient<float>(x, dy, dw, in g);
        Tensor tx = Of(x, 2, 4, 9, 11), tw = Of(w, 6, 2, 3, 2), tb = Of(bias, 6);
        foreach (Tensor t in (Tensor[])[tx, tw]) t.RequiresGrad = true;
        using (Arithmetic.Use(Arithmetic.Emulated(FloatFormat.Binary32)))
        {
            Tensor ty = tx.Apply(conv, tw, tb);
            Assert.Equal(y, ty.ToArray<float>());
            ty.Backward(Of(dy, 2, 6, g.OutHeight, g.OutWidth));
        }
        Assert.Equal(dx, tx.Grad!.ToArray<float>());
        Assert.Equal(dw, tw.Grad!.ToArray<float>());
    }

    [Fact]
    public void A_product_in_e5m2_is_that_of_a_plain_loop()
    {
        (float[] a, float[] b) = (Values(3 * 50, 5), Values(50 * 20, 6));
        float[] c = In(Arithmetic.Parse("e5m2"), () => Of(a, 3, 50).MatMul(Of(b, 50, 20)));
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 20; j++)
            {
                float sum = 0;
                for (int k = 0; k < 50; k++) sum = E5M2.Round(sum + E5M2.Round(a[(i * 50) + k] * b[(k * 20) + j]));
                Assert.Equal(sum, c[(i * 20) + j]);
            }
        }
    }

    // E = exact for random rounding. Each of the 2·K roundings has a variance of at most u²/4 with u the ulp of the largest partial sum, 2^(e − t + 1).
    [Theory]
    [InlineData(24)]
    [InlineData(12)]
    public void The_mean_of_random_rounding_is_the_exact_product(int t)
    {
        const int K = 64, Samples = 2000;
        (float[] a, float[] b) = (Values(K, 7), Values(K, 8));
        double exact = a.Zip(b, (x, y) => (double)x * y).Sum(), sum = 0, squares = 0, ulp = Math.ScaleB(1, 3 - t + 1);      // |partial sums| < 16
        for (int s = 0; s < Samples; s++)
        {
            double z = In(Arithmetic.Parse($"mca:{t}:rr", (ulong)s), () => Of(a, 1, K).MatMul(Of(b, K, 1)))[0] - exact;
            (sum, squares) = (sum + z, squares + (z * z));
        }
        double deviation = Math.Sqrt(squares / Samples), bound = Math.Sqrt(2 * K / 4.0) * ulp;
        Assert.InRange(deviation, bound / 100, bound);
        Assert.InRange(sum / Samples, -6 * deviation / Math.Sqrt(Samples), 6 * deviation / Math.Sqrt(Samples));
    }

    // The spread is what t says: 2^(1 − t) per bit of precision lost, so digits fall by one bit a bit.
    [Fact]
    public void Digits_fall_by_a_bit_for_each_bit_of_precision()
    {
        double Bits(int t)
        {
            DigitStatistics digits = DigitStatistics.InPairs(16, 23);
            for (ulong s = 0; s < 200; s++) digits.Add<float>(In(Arithmetic.Parse($"mca:{t}", s), () => Of(Values(16 * 30, 1), 16, 30).MatMul(Of(Values(30, 2), 30, 1))));
            return Enumerable.Range(0, 16).Average(i => digits.Parker(i));
        }
        Assert.InRange(Bits(20) - Bits(12), 7.5, 8.5);
        Assert.InRange(Bits(12) - Bits(8), 3.5, 4.5);
    }

    [Theory]
    [InlineData("float32", "float32")]
    [InlineData("e5m2", "e5m2")]
    [InlineData("E5M2:OB", "e5m2")]
    [InlineData("fp16:ib", "fp16:ib")]
    [InlineData("e5m10", "fp16")]
    [InlineData("bf16:full", "bf16:full")]
    [InlineData("tf32", "tf32")]
    [InlineData("fp24", "fp24")]
    [InlineData("pxr24", "pxr24")]
    [InlineData("e8m23", "fp32")]
    [InlineData("mca", "mca:24:rr")]
    [InlineData("mca:12:pb", "mca:12:pb")]
    [InlineData("mca:53:full", "mca:53:full")]
    public void A_name_is_read_and_printed(string text, string name)
    {
        Assert.Equal(name, Arithmetic.Parse(text, 3).Name);
        Assert.Equal(name, Arithmetic.Parse(name, 3).Name);
    }

    [Theory]
    [InlineData("mca:0", "1 to 53")]
    [InlineData("mca:24:ob", "rr")]
    [InlineData("e5m2:rr", "ib")]
    [InlineData("e9m3", "2 to 8")]
    [InlineData("e4m0", "1 to 23")]
    [InlineData("fp8", "names no arithmetic")]
    public void A_wrong_name_says_what_to_use(string text, string part) => Assert.Contains(part, Assert.Throws<FormatException>(() => Arithmetic.Parse(text)).Message);

    // Forward, backward and the weights' new values: the seed decides every byte, the number of threads none.
    [Theory]
    [InlineData("mca:10:full")]
    [InlineData("e5m3:full")]
    public void A_training_step_depends_on_the_seed_alone(string name)
    {
        float[] one = Step(name, 1, 1), two = Step(name, 1, 2);
        Assert.Equal(one, two);
        if (name.StartsWith("mca", StringComparison.Ordinal)) Assert.NotEqual(one, Step(name, 2, 1));
        Assert.NotEqual(one, Step("float32", 1, 1));
    }

    [Fact]
    public void A_gradient_is_perturbed_as_the_forward_pass_is()
    {
        Tensor x = Of(Values(64, 1), 64);
        x.RequiresGrad = true;
        Tensor y;
        using (Arithmetic.Use(Arithmetic.Parse("e4m2"))) y = (x * x * x).ReduceSum();
        y.Backward();
        Assert.All(x.Grad!.ToArray<float>(), g => Assert.Equal(new FloatFormat(4, 2).Round(g), g));
    }

    [Fact]
    public void Sixteen_bit_tensors_are_refused()
    {
        Tensor x = Tensor.Ones(Shape.Of(4), DType.Float16);
        using IDisposable scope = Arithmetic.Use(Arithmetic.Parse("e5m2"));
        Assert.Contains("Cast to float32", Assert.Throws<Runtime.PlanException>(() => x + x).Message);
        Assert.Equal(DType.Float16, x.Reshape(Shape.Of(2, 2)).Type);
        Assert.Equal(5L, (Tensor.Scalar(2, DType.Int64) + Tensor.Scalar(3, DType.Int64)).ToArray<long>()[0]);
    }

    private static float[] Step(string name, ulong seed, int threads)
    {
        ExecutionMode former = Door.Mode;
        try
        {
            Door.Mode = former with { Threads = threads };
            Rng rng = new(3);
            Module model = new Sequential(new Conv2D(1, 4, 3, rng.Split("a")), new BatchNorm2D(4), new Dyadic.Nn.Relu(), new Dyadic.Nn.Flatten(), new Linear(4 * 36, 5, rng.Split("b")));
            Sgd optimizer = new(model.NamedParameters(), 0.1);
            using IDisposable scope = Arithmetic.Use(Arithmetic.Parse(name, seed));
            Losses.CrossEntropy(model.Forward(Of(Values(8 * 64, 4), 8, 1, 8, 8)), Tensor.Vector<long>(0, 1, 2, 3, 4, 0, 1, 2)).Backward();
            optimizer.Step();
            return [.. model.Parameters().SelectMany(p => p.ToArray<float>())];
        }
        finally
        {
            Door.Mode = former;
        }
    }

    private static float[] In(Arithmetic arithmetic, Func<Tensor> compute)
    {
        using IDisposable scope = Arithmetic.Use(arithmetic);
        return compute().ToArray<float>();
    }

    private static float[] Values(int count, ulong seed)
    {
        float[] values = new float[count];
        new Rng(seed).FillUniform(values, -1, 1);
        return values;
    }

    private static Tensor Of(float[] values, params int[] dims) => Tensor.From(values, Shape.Of(dims));
}
