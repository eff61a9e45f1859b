using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Core.Tests.Lowering;

/// <summary>Choices between two graphs in plans.</summary>
public sealed class BranchTests
{
    private static readonly Dim N = Dim.Symbol("N");

    // z = (go ? x·w : x + 1)·2, with x [N, 8] and w [8, 8] read from around the choice.
    private static Graph Choice(Func<GraphBuilder, Value, Value, Value>? other = null)
    {
        TensorType x = new(DType.Float32, [N, 8]), w = new(DType.Float32, [8, 8]);
        Graph Region(string name, Func<GraphBuilder, Value, Value, Value> body)
        {
            GraphBuilder b = new(name);
            b.Output(body(b, b.Input("x", x), b.Input("w", w)));
            return b.Build();
        }
        Graph then = Region("then", (b, a, c) => b.Add("relu", new Relu(), b.Add("product", new MatMul(), a, c)));
        Graph otherwise = Region("else", other ?? ((b, a, _) => b.Add("sum", new Add(), a, b.Constant("one", Tensor.Ones(Shape.Of(1))))));
        GraphBuilder g = new("choice");
        Value go = g.Input("go", new(DType.Bool, [])), data = g.Input("x", x), weights = g.Input("w", w);
        Value chosen = g.Add("choose", new If(then, otherwise), go, data, weights);
        g.Output(g.Add("double", new Mul(), chosen, g.Constant("two", Tensor.Full(Shape.Of(1), 2))));
        return g.Build();
    }

    [Theory, InlineData(1, 1), InlineData(5, 1), InlineData(5, 2)]
    public void Both_ways_equal_the_graph_node_by_node(int n, int threads)
    {
        Graph graph = Choice();
        Session session = new(graph.Compile(new() { Sizes = new Dictionary<string, int> { ["N"] = n } }), ExecutionMode.Default with { Threads = threads });
        Tensor x = Tensor.Normal(Shape.Of(n, 8), new Rng(1)), w = Tensor.Normal(Shape.Of(8, 8), new Rng(2));
        foreach (bool go in (bool[])[true, false, true])
        {
            Tensor[] inputs = [Tensor.From([go], Shape.Scalar), x, w];
            Tensor expected = new GraphInterpreter(graph).Run(inputs)[0];
            Assert.Equal(expected.ToArray<float>(), session.Run(inputs)[0].ToArray<float>());
            Assert.Equal(expected.ToArray<float>(), session.Plan.RunReference(inputs)[0].ToArray<float>());
        }
        Assert.Contains("branch", session.Plan.ToString(), StringComparison.Ordinal);
    }

    // [N, 8] or [1, 8]: which, only the condition says.
    [Fact]
    public void Results_of_different_shapes_have_no_plan()
    {
        Graph graph = Choice((b, x, _) => b.Add("mean", new ReduceMean([0], true), x));
        PlanException e = Assert.Throws<PlanException>(() => graph.Compile(new() { Sizes = new Dictionary<string, int> { ["N"] = 3 } }));
        Assert.Contains("choose", e.Message, StringComparison.Ordinal);
        Assert.NotNull(graph.Compile(new() { Sizes = new Dictionary<string, int> { ["N"] = 1 } }));
    }
}
