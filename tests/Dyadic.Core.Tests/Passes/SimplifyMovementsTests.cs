using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Passes;
using Dyadic.Runtime;

namespace Dyadic.Core.Tests.Passes;

public class SimplifyMovementsTests
{
    [Theory]
    [InlineData(1, 12, 2)]
    [InlineData(2, 12, 3)]
    [InlineData(3, 4, 4)]
    public void A_part_of_shuffled_channels_is_a_slice(int batch, int channels, int groups)
    {
        Tensor x = Tensor.Uniform(Shape.Of(batch, channels, 3, 5), new Rng(2), -1, 1);
        Graph graph = Shuffled(x.Shape, [batch * channels / groups, groups, 15], [1, 0, 2], [groups, batch, channels / groups, 3, 5], [.. Enumerable.Range(0, groups), -1]);
        Graph simple = graph.Apply(new SimplifyMovements(), new EliminateDeadNodes());
        Assert.All(simple.Nodes, n => Assert.IsType<Slice>(n.Op));
        Tensor[] expected = new GraphInterpreter(graph).Run([x]), actual = new GraphInterpreter(simple).Run([x]), planned = new Session(graph.Compile()).Run(x);
        for (int k = 0; k < expected.Length; k++)
        {
            Assert.Equal(expected[k].Shape, actual[k].Shape);
            Assert.Equal(expected[k].ToArray<float>(), actual[k].ToArray<float>());
            Assert.Equal(expected[k].ToArray<float>(), planned[k].ToArray<float>());
        }
    }

    [Fact]
    public void Other_reshapes_and_transposes_stay()
    {
        Shape x = Shape.Of(2, 12, 3, 5);
        Assert.Equal(5, Left(Shuffled(x, [12, 2, 15], [0, 1, 2], [12, 2, 15], [0, 1])));       // no exchange
        Assert.Equal(5, Left(Shuffled(x, [2, 12, 15], [1, 0, 2], [12, 2, 15], [0, 1])));       // of the batch
        Assert.Equal(5, Left(Shuffled(x, [12, 2, 15], [1, 0, 2], [2, 12, 15], [0, 1])));       // parts that are seen otherwise
        Assert.Equal(5, Left(Shuffled(x, [6, 4, 15], [1, 0, 2], [2, 4, 3, 3, 5], [0, 1])));

        static int Left(Graph graph) => graph.Apply(new SimplifyMovements(), new EliminateDeadNodes()).Nodes.Count;
    }

    private static Graph Shuffled(Shape shape, Dims grouped, Dims order, Dims parts, int[] taken)
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, shape));
        Value whole = b.Add("parts", new Reshape(parts), b.Add("turned", new Transpose(order), b.Add("grouped", new Reshape(grouped), x)));
        for (int i = 0; i < taken.Length; i++) b.Output(b.Add($"y{i}", new Gather(0), whole, b.Constant($"k{i}", Tensor.Scalar(taken[i], DType.Int64))));
        return b.Build();
    }
}
