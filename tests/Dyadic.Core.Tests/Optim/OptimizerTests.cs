using Dyadic.Arithmetics;
using Dyadic.Numerics;
using Dyadic.Optim;

namespace Dyadic.Core.Tests.Optim;

public sealed class OptimizerTests
{
    public static TheoryData<string> Kinds => ["sgd", "momentum", "nesterov", "adam", "adamw"];

    private static Optimizer Make(string kind, params (string, Tensor)[] p) => kind switch
    {
        "sgd" => new Sgd(p, 0.1, weightDecay: 0.01),
        "momentum" => new Sgd(p, 0.1, 0.9, 0.01),
        "nesterov" => new Sgd(p, 0.1, 0.9, 0.01, nesterov: true),
        "adam" => new Adam(p, 0.1, weightDecay: 0.01),
        _ => new AdamW(p, 0.1),
    };

    private static Tensor Fresh(int name, int n = 37)
    {
        Tensor t = Tensor.Normal(Shape.Of(n), new Rng(1).Split(name));
        t.RequiresGrad = true;
        return t;
    }

    private static void Feed(Tensor p, int step) => p.Grad = Tensor.Normal(p.Shape, new Rng(2).Split(step));

    [Theory, MemberData(nameof(Kinds))]
    public void Saved_state_continues_bit_for_bit(string kind)
    {
        Tensor a = Fresh(0), b = Fresh(1);
        Optimizer whole = Make(kind, ("a", a), ("b", b));
        for (int step = 0; step < 3; step++) StepOf(whole, step);
        Tensor c = a.Clone(), d = b.Clone();
        (c.RequiresGrad, d.RequiresGrad) = (true, true);
        Optimizer resumed = Make(kind, ("a", c), ("b", d));
        resumed.LoadState(whole.State().ToDictionary(s => s.Name, s => s.Tensor));
        Assert.Equal(3, resumed.Steps);
        for (int step = 3; step < 6; step++)
        {
            StepOf(whole, step);
            Feed(c, step);
            Feed(d, step + 100);
            resumed.Step();
        }
        Assert.Equal(a.ToArray<float>(), c.ToArray<float>());
        Assert.Equal(b.ToArray<float>(), d.ToArray<float>());

        void StepOf(Optimizer optimizer, int step)
        {
            Feed(a, step);
            Feed(b, step + 100);
            optimizer.Step();
        }
    }

    // Pieces of several threads, vectors and the rest of them: a number is updated alike wherever it stands.
    [Theory, MemberData(nameof(Kinds))]
    public void Neither_threads_nor_the_place_of_a_number_change_a_bit(string kind)
    {
        const int N = 40_003, Cut = 8_197;
        float[] values = Fresh(0, N).ToArray<float>();
        Kernels.ExecutionMode former = Door.Mode;
        try
        {
            float[] one = Run(1, N), two = Run(2, N), apart = Run(2, Cut, 0, N - Cut);
            Assert.Equal(one, two);
            Assert.Equal(one, apart);
        }
        finally
        {
            Door.Mode = former;
        }

        float[] Run(int threads, params int[] lengths)
        {
            Door.Mode = former with { Threads = threads };
            int[] starts = [.. lengths.Select((_, i) => lengths[..i].Sum())];
            Tensor[] parts = [.. lengths.Select((n, i) => Tensor.From<float>(values.AsSpan(starts[i], n), Shape.Of(n)))];
            Optimizer optimizer = Make(kind, [.. parts.Select((p, i) => ($"{i}", p))]);
            for (int step = 0; step < 3; step++)
            {
                float[] gradient = Tensor.Normal(Shape.Of(N), new Rng(2).Split(step)).ToArray<float>();
                for (int i = 0; i < parts.Length; i++) parts[i].Grad = Tensor.From<float>(gradient.AsSpan(starts[i], lengths[i]), Shape.Of(lengths[i]));
                optimizer.Step();
            }
            return [.. parts.SelectMany(p => p.ToArray<float>())];
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void In_float32_s_own_format_the_emulated_update_has_the_bits_of_float32_s(string kind)
    {
        Assert.Equal(Trained("float32"), Trained("e8m23"));
        Assert.NotEqual(Trained("float32"), Trained("bf16"));
        Assert.All(Trained("bf16"), x => Assert.Equal(FloatFormat.BFloat16.Round(x), x));

        float[] Trained(string arithmetic)
        {
            Tensor a = Fresh(0);
            Optimizer optimizer = Make(kind, ("a", a));
            for (int step = 0; step < 4; step++)
            {
                Feed(a, step);
                using IDisposable scope = Arithmetic.Use(Arithmetic.Parse(arithmetic));
                optimizer.Step();
            }
            Assert.True(a.IsLeaf);
            return [.. a.ToArray<float>(), .. optimizer.State().Where(s => s.Name != "steps").SelectMany(s => s.Tensor.ToArray<float>())];
        }
    }

    // Random rounding at t = 24 is stochastic rounding: each of the operations errs by less than an ulp, and their mean by nothing.
    [Theory, MemberData(nameof(Kinds))]
    public void The_mean_of_monte_carlo_updates_is_that_of_float64(string kind)
    {
        const int Samples = 400;
        Tensor a = Fresh(0);
        float[] start = a.ToArray<float>(), plain = Updated("float32", 0);
        double[] mean = new double[start.Length];
        int moved = 0;
        for (ulong seed = 0; seed < Samples; seed++)
        {
            float[] sample = Updated("mca:12:rr", seed);
            for (int i = 0; i < mean.Length; i++) mean[i] += (double)sample[i] / Samples;
            if (!sample.SequenceEqual(plain)) moved++;
        }
        Assert.Equal(Samples, moved);
        for (int i = 0; i < mean.Length; i++) Assert.InRange(mean[i] - plain[i], -0.2 * Ulp(plain[i]), 0.2 * Ulp(plain[i]));

        float[] Updated(string arithmetic, ulong seed)
        {
            start.CopyTo(a.AsSpan<float>());
            Feed(a, 0);
            using IDisposable scope = Arithmetic.Use(Arithmetic.Parse(arithmetic, seed));
            Make(kind, ("a", a)).Step();
            return a.ToArray<float>();
        }

        static double Ulp(float x) => Math.ScaleB(1, Math.Max(Math.ILogB(x), -4) - 11);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_parameter_without_gradient_is_untouched_and_has_no_state(string kind)
    {
        Tensor a = Fresh(0), b = Fresh(1);
        float[] before = b.ToArray<float>();
        Optimizer optimizer = Make(kind, ("a", a), ("b", b));
        Feed(a, 0);
        optimizer.Step();
        Assert.Equal(before, b.ToArray<float>());
        Assert.DoesNotContain(optimizer.State(), s => s.Name.EndsWith("/b", StringComparison.Ordinal));
        optimizer.ZeroGrad();
        Assert.Null(a.Grad);
    }

    [Fact]
    public void State_that_does_not_fit_is_refused_and_changes_nothing()
    {
        Tensor a = Fresh(0, 3), b = Fresh(1, 2);
        Optimizer optimizer = Make("momentum", ("a", a), ("b", b));
        (a.Grad, b.Grad) = (Tensor.Ones(a.Shape), Tensor.Ones(b.Shape));
        optimizer.Step();
        Dictionary<string, Tensor> good = optimizer.State().ToDictionary(s => s.Name, s => s.Tensor.Clone());
        float[] velocity = good["velocity/a"].ToArray<float>();
        Refused(new(good) { ["velocity/b"] = Tensor.Zeros(Shape.Of(3)), ["velocity/a"] = Tensor.Zeros(a.Shape) }, "velocity/b");
        Refused(new(good) { ["m/a"] = Tensor.Zeros(a.Shape) }, "m/a");
        Refused(new(good) { ["steps"] = Tensor.Scalar(-1, DType.Int64) }, "step count");
        Refused(good.Where(s => s.Key != "steps").ToDictionary(), "step count");

        void Refused(Dictionary<string, Tensor> state, string says)
        {
            Assert.Contains(says, Assert.Throws<InvalidDataException>(() => optimizer.LoadState(state)).Message);
            Assert.Equal(1, optimizer.Steps);
            Assert.Equal(velocity, optimizer.State().Single(s => s.Name == "velocity/a").Tensor.ToArray<float>());
        }
    }

    [Fact]
    public void Impossible_arguments_are_refused()
    {
        Tensor a = Fresh(0);
        Assert.Throws<ArgumentException>(() => Make("sgd"));
        Assert.Throws<ArgumentException>(() => Make("sgd", ("a", a), ("b", a)));
        Assert.Throws<ArgumentException>(() => Make("sgd", ("a", a), ("a", Fresh(1))));
        Assert.Throws<ArgumentException>(() => Make("sgd", ("a", Tensor.Zeros(Shape.Of(2), DType.Float64))));
        Assert.Throws<ArgumentException>(() => new Sgd([("a", a)], 0.1, momentum: 1));
        Assert.Throws<ArgumentException>(() => new Sgd([("a", a)], 0.1, nesterov: true));
        Assert.Throws<ArgumentException>(() => new Adam([("a", a)], beta2: 1));
        foreach (double rate in (double[])[-1, double.NaN, double.PositiveInfinity]) Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd([("a", a)], rate));
    }
}
