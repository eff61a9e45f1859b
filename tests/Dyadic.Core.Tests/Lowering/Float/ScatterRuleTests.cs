using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Core.Tests.Lowering.Float;

public class ScatterRuleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Constant_indices_become_places(int depth)
    {
        Rng rng = new(9);
        Shape x = Shape.Of(4, 3, 5);
        Tensor indices = Tensor.From<long>([.. Enumerable.Range(0, 6 * depth).Select(i => (long)rng.NextInt(-x[i % depth].Size, x[i % depth].Size))], Shape.Of(6, depth));
        GraphBuilder b = new("g");
        Value target = b.Input("x", new(DType.Float32, x)), updates = b.Input("u", new(DType.Float32, Shape.Create([6, .. x.Span[depth..]])));
        b.Output(b.Add("y", new ScatterND(), target, b.Constant("i", indices), updates));
        Graph graph = b.Build();
        Plan plan = graph.Compile();
        Assert.IsType<ScatterLinesStep>(Assert.Single(plan.Steps).Step);
        Tensor[] inputs = [Tensor.Uniform(target.Shape, rng, -1, 1), Tensor.Uniform(updates.Shape, rng, -1, 1)];
        Assert.Equal(new GraphInterpreter(graph).Run(inputs)[0].ToArray<float>(), new Session(plan).Run(inputs)[0].ToArray<float>());
    }

    [Fact]
    public void Sums_and_indices_that_a_run_decides_stay()
    {
        Assert.IsType<ScatterNDStep>(Only(new ScatterND(ScatterReduction.Add), isConstant: true));
        Assert.IsType<ScatterNDStep>(Only(new ScatterND(), isConstant: false));

        static object Only(ScatterND op, bool isConstant)
        {
            GraphBuilder b = new("g");
            Value x = b.Input("x", new(DType.Float32, Shape.Of(4))), u = b.Input("u", new(DType.Float32, Shape.Of(2)));
            Value i = isConstant ? b.Constant("i", Tensor.From<long>([1, 3], Shape.Of(2, 1))) : b.Input("i", new(DType.Int64, Shape.Of(2, 1)));
            b.Output(b.Add("y", op, x, i, u));
            return Assert.Single(b.Build().Compile().Steps).Step;
        }
    }
}
