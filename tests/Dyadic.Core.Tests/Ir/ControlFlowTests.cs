using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Core.Tests.Ir;

/// <summary>Ops that run graphs: what they compute, and that gradients flow through what was run.</summary>
public sealed class ControlFlowTests
{
    // y ← y·w, as often as said and while y < limit; every y is stacked.
    private static readonly Loop Powers = new(Body(), Carried: 1, Counted: true, Conditional: true);

    private static Graph Body()
    {
        GraphBuilder b = new("power");
        Value _ = b.Input("i", new(DType.Int64, [])), __ = b.Input("go", new(DType.Bool, []));
        Value y = b.Input("y", new(DType.Float64, [])), w = b.Input("w", new(DType.Float64, [])), limit = b.Input("limit", new(DType.Float64, []));
        Value next = b.Add("next", new Mul(), y, w);
        b.Output(b.Add("less", new Less(), next, limit));
        b.Output(next);
        b.Output(next);
        return b.Build();
    }

    private static Tensor[] Run(long count, double y, Tensor w, double limit = 1e9, bool go = true) =>
        Door.Run(Powers, Tensor.From([count], Shape.Scalar), Tensor.From([go], Shape.Scalar), Double(y), w, Double(limit));

    private static Tensor Double(double x) => Tensor.Scalar(x, DType.Float64);

    [Fact]
    public void A_loop_ends_by_its_number_its_condition_or_before_it_begins()
    {
        Assert.Equal(48, Run(4, 3, Double(2))[0].Item<double>());
        Assert.Equal([6.0, 12, 24, 48], Run(4, 3, Double(2))[1].ToArray<double>());
        Assert.Equal([6.0, 12, 24], Run(100, 3, Double(2), limit: 20)[1].ToArray<double>());      // the condition is that of the next iteration
        Assert.Equal(3, Run(0, 3, Double(2))[0].Item<double>());
        Assert.Equal([0], Run(0, 3, Double(2))[1].Shape.ToArray());
        Assert.Equal(3, Run(9, 3, Double(2), go: false)[0].Item<double>());
    }

    // d(y·wⁿ)/dw = n·y·wⁿ⁻¹, and once more.
    [Fact]
    public void Gradients_flow_through_the_iterations_that_were_run()
    {
        Tensor w = Double(2);
        w.RequiresGrad = true;
        Tensor y = Run(5, 3, w)[0];
        Tensor first = Autograd.Gradient([y], [w], createGraph: true)[0]!;
        Assert.Equal(5 * 3 * 16, first.Item<double>());
        Assert.Equal(5 * 4 * 3 * 8, Autograd.Gradient([first], [w])[0]!.Item<double>());
    }

    [Fact]
    public void A_branch_is_chosen_and_gets_the_gradient()
    {
        Graph Branch(Func<GraphBuilder, Value, Value> f)
        {
            GraphBuilder b = new("branch");
            b.Output(f(b, b.Input("x", new(DType.Float64, [3]))));
            return b.Build();
        }
        If op = new(Branch((b, x) => b.Add("square", new Mul(), x, x)), Branch((b, x) => b.Add("negative", new Neg(), x)));
        Assert.Equal([new TensorType(DType.Float64, [3])], op.Infer([new(DType.Bool, []), new(DType.Float64, [3])]));
        foreach (bool condition in (bool[])[true, false])
        {
            Tensor x = Tensor.Vector(1.0, 2, 3);
            x.RequiresGrad = true;
            Tensor y = Door.Run(op, Tensor.From([condition], Shape.Scalar), x)[0];
            y.Backward(Tensor.Ones(y.Shape, DType.Float64));
            Assert.Equal(condition ? [1.0, 4, 9] : [-1.0, -2, -3], y.ToArray<double>());
            Assert.Equal(condition ? [2.0, 4, 6] : [-1.0, -1, -1], x.Grad!.ToArray<double>());
        }
    }

    [Theory]
    [InlineData(0, 0, false, false)]
    [InlineData(1, -1, true, false)]
    [InlineData(-1, 1, true, true)]
    public void A_scan_is_a_running_sum(int axis, int outputAxis, bool backward, bool outputBackward)
    {
        GraphBuilder b = new("sum");
        Value state = b.Input("s", new(DType.Float64, [4])), slice = b.Input("x", new(DType.Float64, [4])), next = b.Add("next", new Add(), state, slice);
        b.Output(next);
        b.Output(next);
        Scan scan = new(b.Build(), 1, [axis], [backward ? 1 : 0], [outputAxis], [outputBackward ? 1 : 0]);
        Tensor rows = Tensor.Uniform(Shape.Of(5, 4), new Rng(1), -1, 1).Cast(DType.Float64), x = axis == 0 ? rows : rows.Transpose().Contiguous();
        Tensor[] outputs = Door.Run(scan, Tensor.Zeros(Shape.Of(4), DType.Float64), x);
        Assert.Equal(scan.Infer([new(DType.Float64, [4]), x.TensorType]), outputs.Select(t => t.TensorType));
        double[][] sums = [.. Enumerable.Range(0, 5).Select(t => rows.Slice(0, backward ? 4 - t : 0, backward ? 5 : t + 1).ReduceSum([0]).ToArray<double>())];      // of slice 0 … t in their order
        if (outputBackward) Array.Reverse(sums);
        Tensor wanted = Tensor.From([.. sums.SelectMany(s => s)], Shape.Of(5, 4));
        Assert.Equal((outputAxis == 0 ? wanted : wanted.Transpose()).ToArray<double>(), outputs[1].ToArray<double>(), (p, q) => Math.Abs(p - q) < 1e-12);
        Assert.Equal(rows.ReduceSum([0]).ToArray<double>(), outputs[0].ToArray<double>(), (p, q) => Math.Abs(p - q) < 1e-12);
    }

    [Fact]
    public void A_loop_without_end_meets_its_budget()
    {
        using (new RunBudget { Iterations = 1000 }.Use()) Assert.Contains("1000 iterations", Assert.Throws<BudgetException>(() => Run(long.MaxValue, 1, Double(1))).Message);
        using CancellationTokenSource stop = new();
        stop.Cancel();
        using (RunMeter.Begin(cancellation: stop.Token)) Assert.Throws<OperationCanceledException>(() => Run(2, 1, Double(1)));
        Assert.Null(RunMeter.Current);
    }

    [Fact]
    public void Inside_the_arithmetic_holds_as_well()
    {
        using IDisposable scope = Arithmetic.Use(Arithmetic.Parse("mca:8:rr"));
        Assert.NotEqual(Math.Pow(1.01, 9), Run(9, 1, Double(1.01))[0].Item<double>());
    }

    [Fact]
    public void Attributes_that_are_data_act_as_such_and_gradients_pass()
    {
        Tensor x = Tensor.From<double>([1, 2, 3, 4, 5, 6], Shape.Of(2, 3));
        x.RequiresGrad = true;
        Tensor y = Door.Run(new DynamicSlice([1], true, "s"), x, Tensor.Vector(2), Tensor.Vector(int.MinValue), Tensor.Vector(-2))[0];
        Assert.Equal([3.0, 1, 6, 4], y.ToArray<double>());
        y = Door.Run(new DynamicReshape([1, 2, 2]), y, Tensor.Vector<long>(1, 0, -1))[0];
        Assert.Equal([1, 2, 2], y.Shape.ToArray());
        y = Door.Run(new DynamicExpand(4, [5, 3, 2, 2]), y, Tensor.Vector<long>(5, 3, 1, 1))[0];
        Assert.Equal([5, 3, 2, 2], y.Shape.ToArray());
        y.ReduceSum().Backward();
        Assert.Equal([15.0, 0, 15, 15, 0, 15], x.Grad!.ToArray<double>());
        Assert.Equal("float64[s.0, 4]", new DynamicSlice([0], false, "s").Infer([new(DType.Float64, [7, 4]), new(DType.Int64, [1]), new(DType.Int64, [1])])[0].ToString());
    }

    [Fact]
    public void It_has_no_place_in_a_plan() =>
        Assert.Contains("node by node", Assert.Throws<PlanException>(() => Powers.Lower([])).Message);
}
