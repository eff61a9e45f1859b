using Dyadic.Compression;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Fuzz.Targets;

/// <summary>Small models: the cases of the standard where its package is installed, each op that can be exported, and networks.</summary>
internal static class OnnxSeeds
{
    /// <summary>Seeds are small.</summary>
    public const int LargestSeed = 4096;

    /// <summary>All of them, in an order that depends on nothing but them.</summary>
    public static IReadOnlyList<byte[]> All()
    {
        List<byte[]> seeds = [.. Networks().Select(g => OnnxModel.ToBytes(g))];
        foreach (OpCase row in OpCases.All)
            if (Exported(row) is { } bytes) seeds.Add(bytes);
        if (Fixtures.Missing(Fixture.OnnxTestData) is null)
        {
            foreach (string group in (string[])["node", "simple", "pytorch-converted", "pytorch-operator"])
                foreach (string file in Directory.GetFiles(Path.Combine(Fixtures.OnnxTestData, group), "model.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                    if (new FileInfo(file).Length <= LargestSeed) seeds.Add(File.ReadAllBytes(file));
        }
        return [.. seeds.Where(s => s.Length <= LargestSeed)];
    }

    private static byte[]? Exported(OpCase row)
    {
        Tensor[] inputs = [.. row.Inputs(new Rng(5)).Select(t => (t.Type == DType.Float64 ? t.Cast(DType.Float32) : t).Contiguous())];
        GraphBuilder b = new("row");
        try
        {
            Value[] values = [.. inputs.Select((t, i) => b.Input($"x{i}", t.TensorType))];
            foreach (Value y in b.AddNode("op", row.Op, values, null).Outputs) b.Output(y);
            return OnnxModel.ToBytes(b.Build());
        }
        catch (Exception e) when (e is DyadicException or ArgumentException)
        {
            return null;        // an op of training, or one of a type that has no place in a file
        }
    }

    private static IEnumerable<Graph> Networks()
    {
        Rng rng = new(3);
        GraphBuilder b = new("network");
        Value y = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 2, 6, 6]));
        y = b.Add("conv", new Conv([1, 1], [1, 1, 1, 1], []), y, Weights("w", 3, 2, 3, 3), Weights("b", 3));
        y = b.Add("pool", new MaxPool([2, 2], [2, 2], [], []), b.Add("relu", new Relu(), y));
        y = b.Add("product", new MatMul(), b.Add("flat", new Reshape([0, -1]), y), Weights("v", 27, 4));
        b.Output(b.Add("sum", new Add(), y, Weights("c", 4)));
        Graph network = b.Build();
        Tensor[] data = [Tensor.Normal(Shape.Of(8, 2, 6, 6), rng)];
        return [network, network.Quantize(new QuantizeConfig(), data).Graph, network.Quantize(new QuantizeConfig(IntegerOnly: true), data).Graph];

        Value Weights(string name, params int[] dims) => b.Constant(name, Tensor.Normal(Shape.Of(dims), rng.Split(name), 0, 0.5f));
    }
}
