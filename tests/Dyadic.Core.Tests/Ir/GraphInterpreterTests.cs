using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ir;

public class GraphInterpreterTests
{
    // y = (x + x) + w, both inputs [N, 2].
    private static Graph Sum(out Value w)
    {
        GraphBuilder b = new("sum");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 2])), z = b.Input("z", new(DType.Float32, [Dim.Symbol("N"), 2]));
        w = b.Constant("w", Tensor.Ones(Shape.Of(1, 2)));
        b.Output(b.Add("y", new Add(), b.Add("twice", new Add(), x, x), z));
        b.Output(b.Add("shifted", new Add(), b.Add("copy", new Add(), w, w), w));
        return b.Build();
    }

    [Fact]
    public void Runs_by_name_and_tells_an_observer_of_every_value()
    {
        List<string> seen = [];
        Dictionary<string, Tensor> y = new GraphInterpreter(Sum(out _)).Run(
            new Dictionary<string, Tensor> { ["z"] = Tensor.Ones(Shape.Of(3, 2)), ["x"] = Tensor.Full(Shape.Of(3, 2), 4) }, (v, _) => seen.Add(v.Name));
        Assert.All(y["y"].ToArray<float>(), v => Assert.Equal(9, v));
        Assert.All(y["shifted"].ToArray<float>(), v => Assert.Equal(3, v));
        Assert.Equal(["x", "z", "twice", "y", "copy", "shifted"], seen);
    }

    [Fact]
    public void A_constant_that_wants_gradients_is_trained()
    {
        Graph graph = Sum(out Value w);
        w.Constant!.RequiresGrad = true;
        Tensor[] y = new GraphInterpreter(graph).Run([Tensor.Ones(Shape.Of(1, 2)), Tensor.Ones(Shape.Of(1, 2))]);
        y[1].Backward(Tensor.Ones(Shape.Of(1, 2)));
        Assert.Equal([3f, 3f], w.Constant.Grad!.ToArray<float>());      // shifted = w + w + w
    }

    [Fact]
    public void Inputs_must_be_the_declared_ones()
    {
        GraphInterpreter run = new(Sum(out _));
        Tensor x = Tensor.Ones(Shape.Of(3, 2));
        Assert.Contains("'z' is missing", Assert.Throws<ArgumentException>(() => run.Run(new Dictionary<string, Tensor> { ["x"] = x })).Message);
        Assert.Contains("'z' is float32[N, 2], given was float32[4, 2]", Assert.Throws<ShapeException>(() => run.Run([x, Tensor.Ones(Shape.Of(4, 2))])).Message);
        Assert.Throws<ShapeException>(() => run.Run([x, Tensor.Ones(Shape.Of(3, 2), DType.Float64)]));
    }
}
