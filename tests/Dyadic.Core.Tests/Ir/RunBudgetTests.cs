using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Core.Tests.Ir;

/// <summary>What a graph, a plan and a session may use, to the byte and to the multiply-add.</summary>
public class RunBudgetTests
{
    private const int Mebibyte = 1 << 20;

    private static readonly Dictionary<string, Tensor> One = new() { ["x"] = Tensor.Ones(Shape.Of(1, 1)) };

    // x [N, 1] → as many tensors of a mebibyte a sample as asked, one after the other or all at once.
    private static Graph Large(int count, bool atOnce)
    {
        GraphBuilder b = new("large");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 1])), wide = b.Constant("wide", Tensor.Ones(Shape.Of(1, Mebibyte / 4))), y = b.Add("first", new Add(), x, wide);
        List<Value> parts = [y];
        for (int i = 1; i < count; i++) parts.Add(b.Add($"n{i}", new Neg(), atOnce ? y : parts[^1]));
        if (atOnce) foreach (Value part in parts) b.Output(part);
        else b.Output(parts[^1]);
        return b.Build();
    }

    private static Graph Product(int n)
    {
        GraphBuilder b = new("product");
        b.Output(b.Add("y", new MatMul(), b.Input("x", new(DType.Float32, [Dim.Symbol("N"), n])), b.Constant("w", Tensor.Normal(Shape.Of(n, n), new Rng(1)))));
        return b.Build();
    }

    private static string Limit(Action action) => Assert.Throws<BudgetException>(action).Limit;

    [Fact]
    public void What_is_held_counts_and_what_was_let_go_does_not()
    {
        RunBudget four = new() { ArenaBytes = 4 * Mebibyte };
        Assert.Single(Large(50, atOnce: false).Run(One, four));
        Assert.Equal("RunBudget.ArenaBytes", Limit(() => Large(5, atOnce: true).Run(One, four)));
        Assert.Equal(4, Large(4, atOnce: true).Run(One, four).Count);
        Assert.Equal("RunBudget.ArenaBytes", Limit(() => Large(1, atOnce: false).Run(One, four with { ArenaBytes = Mebibyte - 1 })));
    }

    [Fact]
    public void Multiply_adds_are_counted_before_they_are_done()
    {
        Dictionary<string, Tensor> x = new() { ["x"] = Tensor.Ones(Shape.Of(10, 20)) };
        Assert.Single(Product(20).Run(x, new() { Operations = 10 * 20 * 20 }));
        Assert.Equal("RunBudget.Operations", Limit(() => Product(20).Run(x, new() { Operations = (10 * 20 * 20) - 1 })));
        Assert.Equal("RunBudget.Operations", Limit(() => Product(20).Lower(new() { Budget = new() { Operations = 399 } })));
        Plan plan = Product(20).Compile(new() { Budget = new() { Operations = 400 } });
        Assert.Equal(400, plan.Operations);
        Session session = new(plan, ExecutionMode.Default, new() { Operations = 4000 });
        Assert.Single(session.Run(x["x"]));
        Assert.Equal("RunBudget.Operations", Limit(() => session.Run(Tensor.Ones(Shape.Of(11, 20)))));
        Assert.Equal("RunBudget.Operations", Limit(() => { using (new RunBudget { Operations = 3999 }.Use()) plan.RunReference(x["x"]); }));
    }

    [Fact]
    public void Time_and_cancellation_stop_between_two_steps()
    {
        RunBudget none = new() { Time = TimeSpan.Zero };
        Graph graph = Large(3, atOnce: false);
        Assert.Equal("RunBudget.Time", Limit(() => graph.Run(One, none)));
        Assert.Equal("RunBudget.Time", Limit(() => graph.Lower(new() { Budget = none })));
        Plan plan = graph.Compile();
        Assert.Equal("RunBudget.Time", Limit(() => new Session(plan, ExecutionMode.Default, none).Run(One["x"])));
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => graph.Run(One, null, stop.Token));
        Assert.Null(RunMeter.Current);
    }

    [Fact]
    public void A_session_that_may_have_one_arena_gives_the_same_bytes()
    {
        Plan plan = Large(3, atOnce: false).Compile();
        Tensor x = Tensor.Normal(Shape.Of(9, 1), new Rng(2));
        ExecutionMode two = ExecutionMode.Default with { Threads = 2 };
        RunBudget one = new() { ArenaBytes = plan.ConstantBytes + plan.ArenaBytes };
        Assert.Equal(new Session(plan, two).Run(x)[0].ToArray<float>(), new Session(plan, two, one).Run(x)[0].ToArray<float>());
        Assert.Equal("RunBudget.ArenaBytes", Limit(() => new Session(plan, two, one with { ArenaBytes = one.ArenaBytes - 1 }).Run(x)));
        Assert.Equal("RunBudget.ArenaBytes", Limit(() => plan = Large(3, atOnce: false).Compile(new() { Budget = new() { ArenaBytes = 2 * Mebibyte } })));
    }

    [Fact]
    public void A_run_inside_of_a_run_shares_its_budget()
    {
        using RunMeter? meter = RunMeter.Begin(new() { Operations = 500 });
        Graph graph = Product(20);
        Dictionary<string, Tensor> x = new() { ["x"] = Tensor.Ones(Shape.Of(1, 20)) };
        graph.Run(x);
        Assert.Equal("RunBudget.Operations", Limit(() => graph.Run(x)));
        Assert.Single(graph.Run(x, new() { Operations = 400 }));
        Assert.Same(meter, RunMeter.Current);
    }

    [Fact]
    public void Memory_that_outlives_a_run_is_given_back_to_it()
    {
        Tensor y;
        RunMeter meter;
        using (meter = RunMeter.Begin(new())!) y = Tensor.Empty(Shape.Of(1000));
        Assert.Equal(4000, meter.Bytes);
        y.Dispose();
        Assert.Equal(0, meter.Bytes);
    }
}
