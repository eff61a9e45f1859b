using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;
using Dyadic.Runtime.Tests.Steps.Integer;

namespace Dyadic.Runtime.Tests.Sessions;

public unsafe class SessionTests
{
    [Fact]
    public void A_plan_equals_the_reference_interpreter_for_every_batch_width_and_thread_count()
    {
        Plan plan = SampleNetworks.Residual();
        Assert.True(plan.IsInteger);
        foreach (int batch in new[] { 1, 2, 7, 65 })
        {
            sbyte[] x = SampleNetworks.Codes(new Rng((ulong)batch), batch * 243), expected = new sbyte[batch * 10];
            ReferenceInterpreter.Run<sbyte, sbyte>(plan, x, expected);
            Assert.True(expected.Distinct().Count() > 5, "the sample network saturates");
            foreach (ExecutionMode mode in StepCheck.Modes)
            {
                sbyte[] y = new sbyte[batch * 10];
                new Session(plan, mode).Run<sbyte, sbyte>(x, y);
                Assert.Equal(expected, y);
            }
        }
    }

    [Fact]
    public void Splitting_a_batch_changes_nothing()
    {
        Plan plan = SampleNetworks.Residual(2);
        Session session = new(plan);
        sbyte[] x = SampleNetworks.Codes(new Rng(1), 64 * 243), whole = new sbyte[640];
        session.Run<sbyte, sbyte>(x, whole);
        foreach (int split in new[] { 1, 7, 64 })
        {
            sbyte[] parts = new sbyte[640];
            for (int i = 0; i < 64; i += split)
            {
                int n = Math.Min(split, 64 - i);
                session.Run<sbyte, sbyte>(x.AsSpan(i * 243, n * 243), parts.AsSpan(i * 10, n * 10));
            }
            Assert.Equal(whole, parts);
        }
    }

    [Fact]
    public void A_plan_without_a_batch_runs()
    {
        Plan plan = SampleNetworks.Residual(3, batched: false);
        sbyte[] x = SampleNetworks.Codes(new Rng(2), 243), expected = new sbyte[10], y = new sbyte[10];
        ReferenceInterpreter.Run<sbyte, sbyte>(plan, x, expected);
        new Session(plan).Run<sbyte, sbyte>(x, y);
        Assert.Equal(expected, y);
        Assert.Throws<ArgumentException>(() => new Session(plan).Run<sbyte, sbyte>(new sbyte[486], new sbyte[20]));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(70, 1)]
    [InlineData(70, 2)]
    public void A_call_allocates_nothing(int batch, int threads)
    {
        Session session = new(SampleNetworks.Residual(), ExecutionMode.Default with { Threads = threads });
        sbyte[] x = SampleNetworks.Codes(new Rng(3), batch * 243), y = new sbyte[batch * 10];
        // A second arena is made when two micro-batches run at once for the first time, which on a busy machine may be late.
        Assert.Contains(0, Enumerable.Range(0, 10).Select(_ => Allocated()));

        long Allocated()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 6; i++) session.Run<sbyte, sbyte>(x, y);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Eight_threads_may_share_a_session()
    {
        Plan plan = SampleNetworks.Residual(4);
        Session session = new(plan, ExecutionMode.Default with { Threads = 2 });
        sbyte[][] inputs = [.. Enumerable.Range(0, 8).Select(i => SampleNetworks.Codes(new Rng((ulong)i), (i + 1) * 243))];
        sbyte[][] expected = [.. inputs.Select(x => { sbyte[] y = new sbyte[x.Length / 243 * 10]; session.Run<sbyte, sbyte>(x, y); return y; })];
        int wrong = 0;
        Thread[] threads = [.. inputs.Select((x, t) => new Thread(() =>
        {
            sbyte[] y = new sbyte[expected[t].Length];
            for (int i = 0; i < 30; i++)
            {
                Array.Clear(y);
                session.Run<sbyte, sbyte>(x, y);
                if (!y.AsSpan().SequenceEqual(expected[t])) Interlocked.Increment(ref wrong);
            }
        }))];
        foreach (Thread t in threads) t.Start();
        foreach (Thread t in threads) t.Join();
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Inputs_constants_and_repeated_values_can_be_outputs()
    {
        PlanBuilder b = new(batched: true);
        int x = b.Input("x", DType.Int8, [1, 4]);
        int y = b.Add("next", new IntLookup([.. Enumerable.Range(1, 256).Select(i => (byte)i)]), [x], (DType.Int8, [1, 4]))[0];
        b.Output("same", x);
        b.Output("next", y);
        b.Output("again", y);
        Session session = new(b.Build());
        sbyte[] input = [1, 2, 3, 4, 5, 6, 7, 8], a = new sbyte[8], n = new sbyte[8], g = new sbyte[8];
        fixed (sbyte* px = input, pa = a, pn = n, pg = g)
            session.Run([new(DType.Int8, [2, 4], px)], [new(DType.Int8, [2, 4], pa), new(DType.Int8, [2, 4], pn), new(DType.Int8, [2, 4], pg)]);
        Assert.Equal(input, a);
        Assert.Equal([2, 3, 4, 5, 6, 7, 8, 9], n);
        Assert.Equal(n, g);
    }

    [Fact]
    public void Outputs_inside_the_network_are_logical()
    {
        // The convolution's result is asked for and also read by a pool (channels-last) and a transpose (logical).
        Rng rng = new(5);
        PlanBuilder b = new(batched: true);
        int x = b.Input("x", DType.Int8, [1, 3, 6, 6]);
        int conv = SampleNetworks.Conv(b, rng, "conv", x, 3, 5, 6, new(3, 3, 1, 1, 1, 1, 1, 1));
        int pool = b.Add("pool", new IntMaxPool(new(2, 2, 2, 2), IntFormat.Full(DType.Int8)), [conv], (DType.Int8, [1, 5, 3, 3]))[0];
        int turned = b.Add("turned", new IntTranspose([0, 2, 1, 3]), [conv], (DType.Int8, [1, 6, 5, 6]))[0];
        b.Output("conv", conv);
        b.Output("pool", pool);
        b.Output("turned", turned);
        Plan plan = b.Build();
        sbyte[] input = SampleNetworks.Codes(rng, 2 * 108);
        sbyte[][] fast = [new sbyte[360], new sbyte[90], new sbyte[360]], slow = [new sbyte[360], new sbyte[90], new sbyte[360]];
        Run(fast, (i, o) => new Session(plan).Run(i, o));
        Run(slow, (i, o) => ReferenceInterpreter.Run(plan, i, o));
        Assert.Equal(slow, fast);

        void Run(sbyte[][] y, Action<TensorView[], TensorView[]> run)
        {
            fixed (sbyte* px = input, p0 = y[0], p1 = y[1], p2 = y[2])
                run(
                    [new(DType.Int8, [2, 3, 6, 6], px)],
                    [new(DType.Int8, [2, 5, 6, 6], p0), new(DType.Int8, [2, 5, 3, 3], p1), new(DType.Int8, [2, 6, 5, 6], p2)]);
        }
    }

    [Fact]
    public void Wrong_calls_say_what_fits()
    {
        Session session = new(SampleNetworks.Residual());
        Assert.Equal("Session: 'x' holds Int8, got Float32. Convert it first.",
            Assert.Throws<ArgumentException>(() => session.Run<float, sbyte>(new float[243], new sbyte[10])).Message);
        Assert.Equal("Session: 'x' takes 243 values a sample, got 250. Pass whole samples.",
            Assert.Throws<ArgumentException>(() => session.Run<sbyte, sbyte>(new sbyte[250], new sbyte[10])).Message);
        Assert.Equal("Session: input 'x' holds 2 samples, output 'y' has 10 values of 10 each. Make room for as many.",
            Assert.Throws<ArgumentException>(() => session.Run<sbyte, sbyte>(new sbyte[486], new sbyte[10])).Message);
        Assert.Throws<OperationCanceledException>(() => session.Run<sbyte, sbyte>(new sbyte[243], new sbyte[10], new CancellationToken(true)));
        session.Run<sbyte, sbyte>([], []);
    }

    [Fact]
    public void Every_step_is_prepared_for_the_mode_and_one_that_cannot_be_is_named()
    {
        Preparing good = new(null), bad = new("no such instruction");
        ExecutionMode mode = new(SimdWidth.V128, 2);
        Assert.Equal(mode, new Session(Through(good, good), mode).Mode);
        Assert.Equal([mode, mode], good.Modes);
        PlanException e = Assert.Throws<PlanException>(() => new Session(Through(good, bad), mode));
        Assert.StartsWith("plan: step 1 preparing ('s1') cannot be prepared for ", e.Message);
        Assert.EndsWith(": no such instruction", e.Message);

        static Plan Through(params Step[] steps)
        {
            PlanBuilder b = new(batched: true);
            int v = b.Input("x", DType.Int8, [1, 4]);
            for (int i = 0; i < steps.Length; i++) v = b.Add($"s{i}", steps[i], [v], (DType.Int8, [1, 4]))[0];
            b.Output("y", v);
            return b.Build();
        }
    }

    private sealed class Preparing(string? failure) : Step
    {
        public List<ExecutionMode> Modes { get; } = [];

        public override string Kernel => "preparing";

        public override void Prepare(in ExecutionMode mode)
        {
            if (failure is not null) throw new InvalidOperationException(failure);
            lock (Modes) Modes.Add(mode);
        }

        public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
        {
        }
    }

    [Fact]
    public void Times_are_kept_for_each_step_when_asked()
    {
        Plan plan = SampleNetworks.Residual();
        Session session = new(plan) { Times = new StepTimes(plan) };
        session.Run<sbyte, sbyte>(new sbyte[243 * 3], new sbyte[30]);
        Assert.All(Enumerable.Range(0, plan.Steps.Count), s => Assert.True(session.Times.Calls(s) > 0 && session.Times.Nanoseconds(s) >= 0));
    }
}
