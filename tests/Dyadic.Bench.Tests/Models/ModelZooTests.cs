using Dyadic.Bench.Models;
using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Passes;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Bench.Tests.Models;

public sealed class ModelZooTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dyadic-models-").FullName;

    public static TheoryData<string> Names => [.. ModelZoo.All.Select(m => m.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Names))]
    public void Small_models_import_back_and_their_plans_answer_alike(string name)
    {
        Write(name);
        Tensor x = Sample(Small(name), 2);
        Tensor expected = Small(name).Run(new Dictionary<string, Tensor> { ["input"] = x }).Values.Single();
        AssertNear(expected, Answer($"{name}.onnx", x), 90);
        if (!InCodes(name)) AssertNear(expected, Answer($"{name}-int8.onnx", x), 12);
        Assert.Equal(name == "encoder", File.Exists(At($"{name}-dynamic.onnx")));
    }

    [Theory, MemberData(nameof(Names))]
    public void Values_between_layers_keep_the_range_of_a_trained_network(string name)
    {
        Graph graph = Small(name);
        new GraphInterpreter(graph).Run([Sample(graph, 4)], (value, tensor) =>
        {
            if (graph.ProducerOf(value)?.Op is not (Ops.Conv or Ops.MatMul or Ops.Add)) return;
            double power = tensor.ToArray<float>().Average(v => (double)v * v);
            Assert.True(power is > 1e-2 and < 100, $"{name}: E[x²] of {value} is {power}.");
        });
    }

    [Fact]
    public void A_model_is_the_same_for_the_same_seed() => Assert.Equal(OnnxModel.ToBytes(Small("mlp")), OnnxModel.ToBytes(Small("mlp")));

    // Parameters as published, batch normalisations counted as folded: weights and one bias a channel.
    [Theory]
    [InlineData("resnet18", 11_684_712)]
    [InlineData("resnet50", 25_530_472)]
    [InlineData("mobilenetv2", 3_487_816)]
    [InlineData("resnet8", 77_706)]
    public void Full_models_have_the_parameters_of_the_papers(string name, long parameters) =>
        Assert.Equal(parameters, Named(name).Full().Simplify().Constants.Sum(c => (long)c.Constant!.Length));

    [Theory, MemberData(nameof(Names))]
    public void Int8_models_run_in_integers_but_for_their_edges(string name)
    {
        LoweringResult lowered = ModelZoo.Quantize(Small(name)).Graph.Simplify().Lower();
        Assert.All(lowered.Floats, n => Assert.True(n.Op is "QuantizeLinear" or "DequantizeLinear", $"{n.Node} {n.Op}: {n.Reason}"));
    }

    [FixtureTheory(Fixture.OnnxRuntime), MemberData(nameof(Names))]
    public void The_peer_takes_every_file_and_agrees(string name)
    {
        Write(name);
        Tensor x = Sample(Small(name), 2);
        foreach (string file in Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Cast<string>().Where(f => !InCodes(name) || f == $"{name}.onnx"))
        {
            using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(At(file), 1, PeerOptimization.AllExact);
            PeerTensor y = session.Run(PeerTensor.Of<float>("input", Array.ConvertAll(x.Shape.ToArray(), d => (long)d), x.ToArray<float>()))[0];
            bool dynamic = file.EndsWith("-dynamic.onnx", StringComparison.Ordinal);
            Tensor expected = Answer(dynamic ? $"{name}.onnx" : file, x);
            AssertNear(expected, Tensor.From(y.Values<float>(), expected.Shape), file == $"{name}.onnx" ? 90 : dynamic ? 20 : 25);
        }
    }

    [FixtureTheory(Fixture.OnnxRuntime), MemberData(nameof(Names))]
    public void Products_take_and_give_codes_and_the_peer_agrees_to_one(string name)
    {
        if (!InCodes(name)) return;
        Write(name);
        Graph graph = OnnxModel.Import(At($"{name}-int8.onnx")).Graph;
        Assert.Equal([DType.UInt8, DType.UInt8], [graph.Inputs[0].Type.Type, graph.Outputs[0].Type.Type]);
        byte[] codes = new byte[graph.Inputs[0].Shape.With(0, 2).Length];
        for (int i = 0; i < codes.Length; i++) codes[i] = (byte)(i * 37);
        Shape shape = graph.Inputs[0].Shape.With(0, 2);
        byte[] ours = new Session(graph.Simplify().Compile()).Run(Tensor.From(codes, shape))[0].ToArray<byte>();
        using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(At($"{name}-int8.onnx"), 1, PeerOptimization.AllExact);
        byte[] peers = session.Run(PeerTensor.Of<byte>(graph.Inputs[0].Name, Array.ConvertAll(shape.ToArray(), d => (long)d), codes))[0].Values<byte>().ToArray();
        Assert.Equal(peers.Length, ours.Length);
        Assert.All(peers.Zip(ours), p => Assert.InRange(p.First - p.Second, -1, 1));
        Assert.True(ours.Distinct().Count() > 4);
    }

    [Fact]
    public void An_unknown_name_is_refused_with_those_there_are() =>
        Assert.Contains("mobilenetv2", Assert.Throws<ArgumentException>(() => ModelZoo.Write(_folder, ["vgg19"], TextWriter.Null)).Message);

    private string At(string file) => Path.Combine(_folder, file);

    private static ZooModel Named(string name) => ModelZoo.All.Single(m => m.Name == name);

    private static bool InCodes(string name) => Named(name).InCodes;

    private static Graph Small(string name) => Named(name).Small();

    private void Write(string name) => ModelZoo.Write(_folder, Named(name), Small(name), TextWriter.Null);

    private static Tensor Sample(Graph graph, int batch) => Tensor.Normal(graph.Inputs[0].Shape.With(0, batch), new Rng(9));

    private Tensor Answer(string file, Tensor x) => new Session(OnnxModel.Import(At(file)).Graph.Simplify().Compile()).Run(x)[0];

    private static void AssertNear(Tensor expected, Tensor actual, double decibels)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        double signal = 0, noise = 0;
        foreach ((float a, float b) in expected.ToArray<float>().Zip(actual.ToArray<float>())) (signal, noise) = (signal + ((double)a * a), noise + (((double)a - b) * ((double)a - b)));
        Assert.True(10 * Math.Log10(signal / noise) >= decibels, $"{10 * Math.Log10(signal / noise):f1} dB, at least {decibels} were expected.");
    }
}
