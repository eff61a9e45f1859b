using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Lowering;

public class FloatLoweringTests
{
    [Fact]
    public void A_plan_of_each_op_equals_the_door_bit_for_bit()
    {
        foreach (OpCase row in OpCases.All)
        {
            Tensor[] inputs = [.. row.Inputs(new Rng(5)).Select(t => t.Type == DType.Float64 ? t.Cast(DType.Float32) : t)];
            Tensor[] expected = Door.Run(row.Op, inputs);
            GraphBuilder b = new("one");
            Value[] values = [.. inputs.Select((t, i) => b.Input($"x{i}", t.TensorType))];
            foreach (Value output in b.AddNode("op", row.Op, values, null).Outputs) b.Output(output);
            if (expected.Any(t => t.Length == 0)) continue;
            Tensor[] actual = Plans.Run(b.Build().Compile(), inputs, expected);
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Plans.Bytes(expected[i]).SequenceEqual(Plans.Bytes(actual[i])), $"{row} output {i}");
        }
    }

    [Fact]
    public void A_batched_plan_gives_every_sample_its_own_result()
    {
        Graph graph = Mlp(batch: Dim.Symbol("N"), axis: 1);
        Plan plan = graph.Compile();
        Assert.True(plan.Batched);
        Tensor x = Tensor.Uniform(Shape.Of(37, 5), new Rng(1), -1, 1);
        float[] y = new float[37 * 3], one = new float[3];
        new Session(plan).Run<float, float>(x.ToArray<float>(), y);
        for (int n = 0; n < 37; n++)
        {
            new Session(plan).Run<float, float>(x.ToArray<float>().AsSpan(n * 5, 5), one);
            Assert.Equal(one, y[(n * 3)..(n * 3 + 3)]);
        }
    }

    [Fact]
    public void What_mixes_samples_is_refused_by_name_and_compiles_for_a_fixed_batch()
    {
        Graph graph = Mlp(Dim.Symbol("N"), axis: 0);
        PlanException e = Assert.Throws<PlanException>(() => graph.Compile());
        Assert.Contains("'softmax' (Softmax) runs along the batch", e.Message);
        Assert.False(graph.Compile(new() { Batch = 4 }).Batched);
    }

    [Fact]
    public void A_symbol_without_a_size_is_named()
    {
        GraphBuilder b = new("g");
        b.Output(b.Add("relu", new Relu(), b.Input("x", new(DType.Float32, [Dim.Symbol("N"), Dim.Symbol("L")]))));
        Assert.Contains("'L' has no size", Assert.Throws<PlanException>(() => b.Build().Compile()).Message);
        Assert.True(b.Build().Compile(new() { Sizes = new Dictionary<string, int> { ["L"] = 3 } }).Batched);
    }

    private static Graph Mlp(Dim batch, int axis)
    {
        GraphBuilder b = new("mlp");
        Value x = b.Input("x", new(DType.Float32, [batch, 5]));
        Value y = b.Add("product", new MatMul(), x, b.Constant("w", Tensor.Uniform(Shape.Of(5, 3), new Rng(2), -1, 1)));
        Value z = b.Add("sum", new Add(), y, b.Constant("b", Tensor.Uniform(Shape.Of(3), new Rng(3), -1, 1)));
        b.Output(b.Add("softmax", new Softmax(axis), b.Add("relu", new Relu(), z)));
        return b.Build();
    }
}

/// <summary>Running plans on tensors.</summary>
internal static unsafe class Plans
{
    /// <summary>The outputs of a plan, with the types and shapes of <paramref name="like"/>.</summary>
    public static Tensor[] Run(Plan plan, Tensor[] inputs, Tensor[] like, bool reference = false)
    {
        Tensor[] sources = [.. inputs.Select(t => t.ToContiguous())], outputs = [.. like.Select(t => Tensor.Zeros(t.Shape, t.Type))];
        TensorView[] x = [.. sources.Select(t => t.View())], y = [.. outputs.Select(t => t.View())];
        if (reference) ReferenceInterpreter.Run(plan, x, y);
        else new Session(plan).Run(x, y);
        GC.KeepAlive(sources);
        return outputs;
    }

    public static byte[] Bytes(Tensor tensor) => tensor.ToContiguous().Bytes().ToArray();
}
