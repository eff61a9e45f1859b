using System.Diagnostics;
using System.Globalization;
using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Optim;
using Dyadic.Runtime.Memory;

namespace Dyadic.Bench;

/// <summary>A training step in integers beside the same step in float32, and what the tape keeps alive between forward and backward.</summary>
internal static class IntegerTrainingBench
{
    public static void Run(string name, string arithmetic, int rounds)
    {
        (Module model, Func<Rng, (Tensor X, Tensor Labels)> data) = Of(name);
        Step plain = new(model, data, Arithmetic.Float32), integer = new(Of(name).Model, data, Arithmetic.Parse(arithmetic, seed: 1));
        (double Median, double Best)[] times = Interleaved.Times(rounds, plain.Run, integer.Run);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name} {arithmetic}, {Door.Mode.Threads} threads, {Door.Mode.Rung}: float32 {1e3 * times[0].Median:F1} ms (best {1e3 * times[0].Best:F1}), " +
            $"{arithmetic} {1e3 * times[1].Median:F1} ms (best {1e3 * times[1].Best:F1}), ratio {times[1].Median / times[0].Median:F3} (of bests {times[1].Best / times[0].Best:F3})"));
        (long saved, long integerSaved) = (plain.Saved(), integer.Saved());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"kept by the tape: float32 {saved / 1e6:F1} MB, {arithmetic} {integerSaved / 1e6:F1} MB, ratio {(double)integerSaved / saved:F3}"));
    }

    /// <summary>Prints the milliseconds of a step by op, forward and backward, beside those of float32.</summary>
    public static void RunOps(string name, string arithmetic, int rounds)
    {
        (Module model, Func<Rng, (Tensor X, Tensor Labels)> data) = Of(name);
        Step[] steps = [new(model, data, Arithmetic.Float32), new(Of(name).Model, data, Arithmetic.Parse(arithmetic, seed: 1))];
        Interleaved.Times(1, steps[0].Run, steps[1].Run);
        for (int round = 0; round < rounds; round++)
            foreach (Step step in steps) step.Measured();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, {Door.Mode.Threads} threads, {Door.Mode.Rung}, milliseconds of a step: calls × op, float32 → {arithmetic}"));
        foreach ((string phase, Func<Step, OpTimes> of) in new (string, Func<Step, OpTimes>)[] { ("forward", s => s.Forward), ("backward", s => s.Backward) })
        {
            var pairs = steps.Select(s => of(s).Rows.ToDictionary(r => r.Op, r => (Calls: r.Calls / rounds, Ms: r.Time.TotalMilliseconds / rounds))).ToArray();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{phase,-8} {of(steps[0]).Total.TotalMilliseconds / rounds,8:F1} → {of(steps[1]).Total.TotalMilliseconds / rounds,8:F1}"));
            foreach (string op in pairs[1].Keys.Union(pairs[0].Keys).OrderByDescending(o => pairs[1].GetValueOrDefault(o).Ms))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"         {pairs[0].GetValueOrDefault(op).Ms,8:F2} → {pairs[1].GetValueOrDefault(op).Ms,8:F2}   {pairs[1].GetValueOrDefault(op).Calls,3} × {op}"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"update   {steps[0].Update.TotalMilliseconds / rounds,8:F1} → {steps[1].Update.TotalMilliseconds / rounds,8:F1}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step     {steps[0].Whole.TotalMilliseconds / rounds,8:F1} → {steps[1].Whole.TotalMilliseconds / rounds,8:F1}"));
    }

    private static (Module Model, Func<Rng, (Tensor, Tensor)> Data) Of(string name)
    {
        Rng rng = new(1);
        return name switch
        {
            "resnet20" => (ResNet.ForSmallImages(20, 3, 10, rng), r => (Tensor.Normal(Shape.Of(128, 3, 32, 32), r), Labels(r, 128))),
            "mlp" => (new Sequential(new Linear(784, 256, rng.Split("a")), new Dyadic.Nn.Relu(), new Linear(256, 10, rng.Split("b"))), r => (Tensor.Normal(Shape.Of(64, 784), r), Labels(r, 64))),
            "encoder" => (Encoder(rng), r => (Tensor.Normal(Shape.Of(16, 128, 256), r), Labels(r, 16))),
            _ => throw new ArgumentException($"There is no network '{name}'. Use mlp, resnet20 or encoder."),
        };
    }

    // Four layers on 16 sequences of 128 tokens, the mean of which is classified.
    private static Sequential Encoder(Rng rng) => new(
        new TransformerEncoder(new TransformerOptions(256, 4, 1024) { Layers = 4, Dropout = 0, AttentionDropout = 0, HiddenDropout = 0, Activation = Activation.Gelu }, rng.Split("encoder")),
        new Lambda(x => x.Slice(1, 0, 1).Flatten(1)), new Linear(256, 10, rng.Split("head")));

    private static Tensor Labels(Rng rng, int count) => Tensor.Vector<long>([.. Enumerable.Range(0, count).Select(_ => (long)rng.NextInt(10))]);

    private sealed class Step(Module model, Func<Rng, (Tensor X, Tensor Labels)> data, Arithmetic arithmetic)
    {
        private readonly (Tensor X, Tensor Labels) _batch = data(new Rng(2));
        private readonly Sgd _sgd = new(model.NamedParameters(), 0.01, 0.9);

        public void Run()
        {
            using IDisposable scope = Arithmetic.Use(arithmetic);
            Tensor loss = Losses.CrossEntropy(model.Forward(_batch.X), _batch.Labels);
            model.ZeroGrad();
            loss.Backward();
            _sgd.Step();
        }

        public OpTimes Forward { get; } = new();

        public OpTimes Backward { get; } = new();

        public TimeSpan Update { get; private set; }

        public TimeSpan Whole { get; private set; }

        // The same step, its ops timed.
        public void Measured()
        {
            using IDisposable scope = Arithmetic.Use(arithmetic);
            long start = Stopwatch.GetTimestamp();
            Tensor loss;
            using (Door.Measure(Forward)) loss = Losses.CrossEntropy(model.Forward(_batch.X), _batch.Labels);
            model.ZeroGrad();
            using (Door.Measure(Backward)) loss.Backward();
            long update = Stopwatch.GetTimestamp();
            _sgd.Step();
            (Update, Whole) = (Update + Stopwatch.GetElapsedTime(update), Whole + Stopwatch.GetElapsedTime(start));
        }

        // Live bytes after a forward pass, less those before it.
        public long Saved()
        {
            model.ZeroGrad();
            long before = Live();
            using IDisposable scope = Arithmetic.Use(arithmetic);
            Tensor loss = Losses.CrossEntropy(model.Forward(_batch.X), _batch.Labels);
            long after = Live();
            GC.KeepAlive(loss);
            return after - before;
        }

        private static long Live()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return MemoryPool.LiveBytes;
        }
    }
}
