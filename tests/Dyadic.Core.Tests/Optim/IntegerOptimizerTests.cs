using Dyadic.Arithmetics;
using Dyadic.Core.Tests.Arithmetics;
using Dyadic.Data;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Optim;

namespace Dyadic.Core.Tests.Optim;

/// <summary>The updates of optimisers on codes.</summary>
[Collection(nameof(GlobalMode))]
public sealed class IntegerOptimizerTests
{
    public static TheoryData<string> Kinds => ["sgd", "momentum", "nesterov", "adam", "adamw"];

    private static Optimizer Make(string kind, params (string, Tensor)[] p) => kind switch
    {
        "sgd" => new Sgd(p, 0.02, weightDecay: 0.01),
        "momentum" => new Sgd(p, 0.02, 0.9, 0.01),
        "nesterov" => new Sgd(p, 0.02, 0.9, 0.01, nesterov: true),
        "adam" => new Adam(p, 0.02, weightDecay: 0.01),
        _ => new AdamW(p, 0.02),
    };

    private static Tensor Fresh(int n = 1000)
    {
        Tensor t = Tensor.Normal(Shape.Of(n), new Rng(1));
        t.RequiresGrad = true;
        return t;
    }

    private static void Step(Optimizer optimizer, Tensor p, Arithmetic arithmetic, int step)
    {
        p.Grad = Tensor.Normal(p.Shape, new Rng(2).Split(step), 0.3f);
        arithmetic.BeginStep(step);
        using IDisposable scope = Arithmetic.Use(arithmetic);
        optimizer.Step();
    }

    // Through a file, as a checkpoint does it.
    private static Optimizer Resumed(string kind, Optimizer optimizer, Tensor p, out Tensor copy)
    {
        copy = p.Clone();
        copy.RequiresGrad = true;
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            SafeTensors.Write(path, optimizer.State().ToDictionary(s => s.Name, s => s.Tensor));
            Optimizer resumed = Make(kind, ("p", copy));
            resumed.LoadState(SafeTensors.Read(path).Tensors);
            return resumed;
        }
        finally
        {
            File.Delete(path);
        }
    }

    // From integers to float32 and back, at every boundary as if another process had gone on from a checkpoint.
    [Theory, MemberData(nameof(Kinds))]
    public void The_arithmetic_may_change_between_steps(string kind)
    {
        Tensor p = Fresh();
        Optimizer optimizer = Make(kind, ("p", p));
        Arithmetic[] turns = [Arithmetic.Integer(8, 3), Arithmetic.Integer(8, 3), Arithmetic.Float32, Arithmetic.Float32, Arithmetic.Integer(8, 3), Arithmetic.Parse("bf16"), Arithmetic.Integer(8, 3), Arithmetic.Float32];
        for (int step = 0; step < turns.Length; step++)
        {
            Optimizer resumed = Resumed(kind, optimizer, p, out Tensor copy);
            Step(resumed, copy, turns[step], step);
            Step(optimizer, p, turns[step], step);
            Assert.Equal(p.ToArray<float>(), copy.ToArray<float>());
        }
    }

    // After 20 steps p is on average where float32 takes it; a code of the largest weights is 2⁻¹³ to 2⁻¹⁴.
    [Theory, MemberData(nameof(Kinds))]
    public void The_mean_of_integer_updates_is_that_of_float32(string kind)
    {
        float[] plain = Trained(Arithmetic.Float32);
        const int Seeds = 40;
        double[] mean = new double[plain.Length];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            float[] own = Trained(Arithmetic.Integer(8, seed));
            for (int i = 0; i < own.Length; i++) mean[i] += (double)own[i] / Seeds;
            Assert.All(own, v => Assert.Equal(0, Math.IEEERemainder(v, Math.ScaleB(1, -14))));      // numbers of 16 bits
        }
        double bias = mean.Select((m, i) => m - plain[i]).Average(), worst = mean.Select((m, i) => Math.Abs(m - plain[i])).Max();
        Assert.InRange(Math.Abs(bias), 0, Math.ScaleB(1, -14));
        Assert.InRange(worst, 0, kind.StartsWith("adam", StringComparison.Ordinal) ? 4e-3 : Math.ScaleB(1, -11));

        float[] Trained(Arithmetic arithmetic)
        {
            Tensor p = Fresh(200);
            Optimizer optimizer = Make(kind, ("p", p));
            for (int step = 0; step < 20; step++) Step(optimizer, p, arithmetic, step);
            return p.ToArray<float>();
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Every_width_and_number_of_threads_gives_the_same_bytes(string kind)
    {
        ExecutionMode former = Door.Mode;
        float[]? first = null;
        try
        {
            foreach (SimdWidth width in (SimdWidth[])[SimdWidth.Scalar, SimdWidth.V128, SimdWidth.V256, SimdWidth.V512])
                foreach (int threads in (int[])[1, 2])
                {
                    Door.Mode = former with { Width = width, Threads = threads };
                    Tensor p = Fresh(40_003);
                    Optimizer optimizer = Make(kind, ("p", p));
                    for (int step = 0; step < 3; step++) Step(optimizer, p, Arithmetic.Integer(8, 7), step);
                    first ??= p.ToArray<float>();
                    Assert.Equal(first, p.ToArray<float>());
                }
        }
        finally
        {
            Door.Mode = former;
        }
    }

    [Fact]
    public void The_state_of_adam_is_four_bytes_a_parameter_and_a_sixteenth()
    {
        Tensor p = Fresh(6400);
        Optimizer optimizer = Make("adamw", ("p", p));
        Step(optimizer, p, Arithmetic.Integer(8), 0);
        (string Name, Tensor Tensor) state = Assert.Single(optimizer.State(), s => s.Name != "steps");
        Assert.Equal("moments/p", state.Name);
        Assert.Equal(6400 * (4 + 4.0 / 64), state.Tensor.Length * state.Tensor.Type.Size());
        Step(optimizer, p, Arithmetic.Float32, 1);
        Assert.Equal(["m/p", "v/p"], optimizer.State().Where(s => s.Name != "steps").Select(s => s.Name));
    }

    [Fact]
    public void State_of_another_size_is_refused()
    {
        Tensor p = Fresh(100);
        Optimizer optimizer = Make("adam", ("p", p));
        Dictionary<string, Tensor> state = new() { ["steps"] = Tensor.Scalar(3, DType.Int64), ["moments/p"] = Tensor.Zeros(Shape.Of(203), DType.Int16) };
        Assert.Contains("moments/p", Assert.Throws<InvalidDataException>(() => optimizer.LoadState(state)).Message);
        state["moments/p"] = Tensor.Zeros(Shape.Of(204), DType.Int16);
        optimizer.LoadState(state);
        Assert.Equal(3, optimizer.Steps);
    }

    // What was clipped is what the update reads, whatever the gradient had been held as.
    [Fact]
    public void Clipping_reaches_gradients_held_as_codes()
    {
        Tensor p = Tensor.Zeros(Shape.Of(2));
        p.RequiresGrad = true;
        Optimizer optimizer = new Sgd([("p", p)], 1);
        p.Grad = new Tensor(new FixedPointTensor(Tensor.Vector<long>([3 << 20, 4 << 20]), -20, 64));
        Assert.Equal(5, GradientClipping.ByNorm([p], 1));
        using (Arithmetic.Use(Arithmetic.Integer(8))) optimizer.Step();
        Assert.InRange(p.ToArray<float>()[0], -0.6f - 1e-4f, -0.6f + 1e-4f);
        Assert.InRange(p.ToArray<float>()[1], -0.8f - 1e-4f, -0.8f + 1e-4f);
    }
}
