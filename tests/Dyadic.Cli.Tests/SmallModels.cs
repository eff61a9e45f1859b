using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;

namespace Dyadic.Cli.Tests;

/// <summary>A folder of small models and arrays, made once: net.onnx, qdq.onnx, int.onnx, data.npz and damaged files.</summary>
public sealed class SmallModels : IDisposable
{
    public const int Samples = 24, Classes = 3;

    public SmallModels()
    {
        Folder = Directory.CreateTempSubdirectory("dyadic-cli-").FullName;
        Rng rng = new(5);
        OnnxModel.Export(Network(rng.Split("net")), At("net.onnx"));
        OnnxModel.Export(TwoInputs(), At("two.onnx"));
        OnnxModel.Export(FixedBatch(rng.Split("fixed")), At("fixed.onnx"));
        Tensor x = Tensor.Uniform(Shape.Of(Samples, 1, 8, 8), rng);
        long[] labels = [.. Enumerable.Range(0, Samples).Select(i => (long)(i % Classes))];
        Npz.Write(At("data.npz"), new Dictionary<string, Tensor> { ["x"] = x, ["labels"] = Tensor.Vector<long>(labels) });
        Npz.Write(At("plain.npz"), new Dictionary<string, Tensor> { ["x"] = x });
        Npz.Write(At("double.npz"), new Dictionary<string, Tensor> { ["x"] = x.Cast(DType.Float64) });
        Npz.Write(At("flat.npz"), new Dictionary<string, Tensor> { ["anything"] = x.Reshape(Samples, 64) });
        Npz.Write(At("wrong.npz"), new Dictionary<string, Tensor> { ["x"] = Tensor.Zeros(Shape.Of(2, 5)) });
        Npz.Write(At("names.npz"), new Dictionary<string, Tensor> { ["u"] = x, ["v"] = x });
        Npz.Write(At("empty.npz"), new Dictionary<string, Tensor> { ["x"] = Tensor.Zeros(Shape.Of(0, 1, 8, 8)) });
        Npz.Write(At("short-labels.npz"), new Dictionary<string, Tensor> { ["x"] = x, ["labels"] = Tensor.Vector<long>(0, 1) });
        File.WriteAllBytes(At("cut.npz"), File.ReadAllBytes(At("data.npz"))[..200]);
        File.WriteAllBytes(At("cut.onnx"), File.ReadAllBytes(At("net.onnx"))[..300]);
        File.WriteAllBytes(At("garbled.onnx"), [.. Enumerable.Range(0, 500).Select(i => (byte)(i * 37))]);
        File.WriteAllText(At("garbled.npz"), "PK no zip");
        File.WriteAllText(At("bad.json"), "{ \"bits\": \"many\" }");
        File.WriteAllText(At("rules.json"), """{ "rules": [{ "match": "konv", "bits": 4 }] }""");
        Tool.Ok("quantize", At("net.onnx"), "--calibration", At("data.npz"), "-o", At("qdq.onnx"));
        Tool.Ok("quantize", At("net.onnx"), "--calibration", At("data.npz"), "-o", At("int.onnx"), "--integer-only");
    }

    public string Folder { get; }

    public string At(string file) => Path.Combine(Folder, file);

    /// <summary>The names of all files, to see that nothing is left behind.</summary>
    public string[] Files() => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    // x [N, 1, 8, 8] → conv 3×3, relu, global average, linear → scores [N, 3].
    private static Graph Network(Rng rng)
    {
        GraphBuilder b = new("small");
        Value x = b.Input("x", new(DType.Float32, Shape.Create([Dim.Symbol("N"), 1, 8, 8])));
        return Finish(b, x, rng);
    }

    private static Graph FixedBatch(Rng rng)
    {
        GraphBuilder b = new("fixed");
        Value x = b.Input("x", new(DType.Float32, Shape.Of(2, 1, 8, 8)));
        return Finish(b, x, rng);
    }

    private static Graph Finish(GraphBuilder b, Value x, Rng rng)
    {
        Value weights = b.Constant("w", Tensor.Normal(Shape.Of(5, 1, 3, 3), rng)), bias = b.Constant("b", Tensor.Normal(Shape.Of(5), rng));
        Value conv = b.Add("conv", new Conv([1, 1], [0, 0, 0, 0], [1, 1]), x, weights, bias), relu = b.Add("relu", new Relu(), conv);
        Value flat = b.Add("flat", new Flatten(1), b.Add("pool", new GlobalAveragePool(), relu));
        Value scores = b.Add("linear", new MatMul(), flat, b.Constant("m", Tensor.Normal(Shape.Of(5, Classes), rng)));
        b.Output(scores);
        return GraphNames.RenameOutputs(b.Build(), ["scores"]);
    }

    // s = a + b.
    private static Graph TwoInputs()
    {
        GraphBuilder b = new("two");
        TensorType type = new(DType.Float32, Shape.Create([Dim.Symbol("N"), 4]));
        b.Output(b.Add("sum", new Add(), b.Input("a", type), b.Input("b", type)));
        return GraphNames.RenameOutputs(b.Build(), ["s"]);
    }
}

/// <summary>Tests that share the folder; they run one after the other.</summary>
[CollectionDefinition(nameof(SmallModels))]
public sealed class SmallModelsCollection : ICollectionFixture<SmallModels>;
