using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Passes;

namespace Dyadic.Core.Tests.Passes;

public class SimplifyTests
{
    [Fact]
    public void Batch_norm_folds_into_the_convolution_before_it()
    {
        // W = [0.52, −1.0], γ = 1.2, mean = 0.3, var = 0.25, ε = 1e-5, β = 0.1: W′ = [1.247975, −2.399952], b′ = −0.619986.
        GraphBuilder b = new("bn");
        Value x = b.Input("x", new(DType.Float32, Shape.Of(1, 2, 3, 3)));
        Value y = b.Add("conv", new Conv(default, default, default), x, b.Constant("w", Tensor.From([0.52f, -1f], Shape.Of(1, 2, 1, 1))));
        Value z = b.Add("norm", new BatchNormalization(), y, V(b, "g", 1.2f), V(b, "t", 0.1f), V(b, "mu", 0.3f), V(b, "var", 0.25f));
        b.Output(z);
        Node conv = Assert.Single(b.Build().Simplify().Nodes);
        Assert.Equal("norm", conv.Output.Name);
        float[] w = conv.Inputs[1].Constant!.ToArray<float>();
        Assert.Equal(1.247975f, w[0], 1e-6f);
        Assert.Equal(-2.399952f, w[1], 1e-6f);
        Assert.Equal(-0.619986f, conv.Inputs[2].Constant!.Item<float>(), 1e-6f);
    }

    [Fact]
    public void Batch_norm_stays_where_another_node_reads_the_convolution()
    {
        GraphBuilder b = new("bn");
        Value x = b.Input("x", new(DType.Float32, Shape.Of(1, 1, 3, 3)));
        Value y = b.Add("conv", new Conv(default, default, default), x, b.Constant("w", Tensor.Ones(Shape.Of(1, 1, 1, 1))));
        Value z = b.Add("norm", new BatchNormalization(), y, V(b, "g", 2), V(b, "t", 0), V(b, "mu", 0), V(b, "var", 1));
        b.Output(b.Add("sum", new Add(), y, z));
        Assert.Equal(3, b.Build().Simplify().Nodes.Count);
    }

    [Fact]
    public void Weights_are_scaled_in_float64_and_rounded_once()
    {
        Rng rng = new(4);
        foreach ((int[] dims, int axis) in new[] { (new[] { 5, 3, 3, 3 }, 0), ([40, 64], 1), ([64, 37], 0), ([3, 7, 2, 2], 1) })
        {
            Tensor weights = Tensor.Normal(Shape.Of(dims), rng.Split("w"));
            double[] scales = [.. Enumerable.Range(0, dims[axis]).Select(_ => 3 * rng.NextDouble() - 1)];
            int inner = dims.Skip(axis + 1).Aggregate(1, (n, d) => n * d);
            float[] expected = [.. weights.ToArray<float>().Select((w, i) => (float)(w * scales[i / inner % scales.Length]))];
            Assert.Equal(expected, ScaledWeights.Of(weights, scales, axis).ToArray<float>());
            Assert.Equal(expected, ScaledWeights.Of(weights.Cast(DType.Float64), scales, axis).Cast(DType.Float32).ToArray<float>());
            Assert.Same(weights, ScaledWeights.Of(weights, [.. scales.Select(_ => 1.0)], axis));
        }
    }

    // Constants are told apart by a few of their bytes first.
    [Fact]
    public void Constants_that_differ_in_one_place_stay_two()
    {
        float[] values = new float[1000];
        for (int differs = 0; differs < values.Length; differs += 37)
        {
            float[] other = [.. values];
            other[differs] = 1;
            GraphBuilder b = new("constants");
            Value x = b.Input("x", new(DType.Float32, Shape.Of(1000)));
            Value y = b.Add("a", new Add(), x, b.Constant("k", Tensor.Vector<float>(values))), z = b.Add("b", new Add(), y, b.Constant("l", Tensor.Vector<float>(other)));
            b.Output(b.Add("c", new Add(), z, b.Constant("m", Tensor.Vector<float>(other))));
            Graph simple = b.Build().Apply(new EliminateCommonSubexpressions());
            Value[] constants = [.. simple.Nodes.Select(n => n.Inputs[1])];
            Assert.Equal(values, constants[0].Constant!.ToArray<float>());
            Assert.Equal(other, constants[1].Constant!.ToArray<float>());
            Assert.Equal(other, constants[2].Constant!.ToArray<float>());
        }
    }

    [Fact]
    public void What_cancels_or_repeats_is_removed_and_outputs_keep_their_names()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, Shape.Of(2, 3)));
        Value a = b.Add("t1", new Transpose([1, 0]), x), c = b.Add("t2", new Transpose([1, 0]), a);
        Value r = b.Add("relu1", new Relu(), b.Add("id", new Identity(), c)), s = b.Add("relu2", new Relu(), x);
        Value two = b.Add("two", new Add(), V(b, "one", 1), V(b, "uno", 1));
        b.Add("dead", new Exp(), x);
        b.Output(b.Add("out", new Identity(), b.Add("sum", new Add(), b.Add("rs", new Add(), r, s), two)));
        Graph simple = b.Build().Simplify();
        Assert.Equal(["Relu", "Add", "Add"], simple.Nodes.Select(n => n.Op.Name));
        Assert.Equal("out", simple.Outputs[0].Name);
        Same(b.Build(), simple, Tensor.Uniform(Shape.Of(2, 3), new Rng(3), -1, 1));
    }

    [Fact]
    public void Random_graphs_compute_the_same_after_every_pass()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Graph graph = RandomGraphs.Elementwise(new Rng((ulong)seed));
            Tensor x = Tensor.Uniform(Shape.Of(2, 3, 4), new Rng(99), -2, 2);
            Same(graph, graph.Simplify(), x);
        }
    }

    private static void Same(Graph expected, Graph actual, Tensor x)
    {
        Tensor[] a = new GraphInterpreter(expected).Run([x]), b = new GraphInterpreter(actual).Run([x]);
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i].ToArray<float>(), b[i].ToArray<float>());
    }

    private static Value V(GraphBuilder b, string name, float value) => b.Constant(name, Tensor.Vector(value));
}

/// <summary>Graphs of random ops on [2, 3, 4].</summary>
internal static class RandomGraphs
{
    public static Graph Elementwise(Rng rng)
    {
        GraphBuilder b = new("random");
        List<Value> values = [b.Input("x", new(DType.Float32, Shape.Of(2, 3, 4))), b.Constant("c", Tensor.Uniform(Shape.Of(2, 3, 4), rng, -1, 1))];
        for (int i = 0; i < 14; i++)
        {
            Value p = values[(int)(rng.NextDouble() * values.Count)], q = values[(int)(rng.NextDouble() * values.Count)];
            values.Add((int)(rng.NextDouble() * 7) switch
            {
                0 => b.Add($"n{i}", new Identity(), p),
                1 => b.Add($"n{i}", new Relu(), p),
                2 => b.Add($"n{i}", new Reshape([2, 3, 4]), b.Add($"m{i}", new Reshape([0, -1]), p)),
                3 => b.Add($"n{i}", new Transpose([1, 2, 0]), b.Add($"m{i}", new Transpose([2, 0, 1]), p)),
                4 => b.Add($"n{i}", new Add(), p, q),
                5 => b.Add($"n{i}", new Mul(), p, q),
                _ => b.Add($"n{i}", new Cast(DType.Float32), p),
            });
        }
        b.Output(values[^1]);
        b.Output(values[^3]);
        return b.Build();
    }
}
