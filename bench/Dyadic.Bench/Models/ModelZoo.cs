using System.Diagnostics;
using Dyadic.Compression;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Google.Protobuf;

namespace Dyadic.Bench.Models;

/// <summary>A network to measure.</summary>
/// <param name="Name">The stem of its files.</param>
/// <param name="Full">The network as measured.</param>
/// <param name="Small">The same recipe at a size for tests.</param>
/// <param name="InCodes">True where the quantised file has codes at its edges.</param>
internal sealed record ZooModel(string Name, Func<Graph> Full, Func<Graph> Small, bool InCodes = false);

/// <summary>The networks, and their files: NAME.onnx in float32, NAME-int8.onnx with QDQ, of the encoder also encoder-dynamic.onnx and, with weights of 4 bits, encoder-int4.onnx.</summary>
internal static class ModelZoo
{
    private const ulong Seed = 1;
    private const int CalibrationSamples = 4;

    public static IReadOnlyList<ZooModel> All { get; } =
    [
        new("mlp", () => SmallNets.Mlp(Seed), () => SmallNets.Mlp(Seed, width: 32)),
        new("conv1d", () => SmallNets.Conv1D(Seed), () => SmallNets.Conv1D(Seed, width: 8, frames: 33)),
        new("resnet8", () => ResNets.ResNet8(Seed), () => ResNets.ResNet8(Seed, width: 8, size: 16)),
        new("mobilenetv2", () => MobileNets.V2(Seed), () => MobileNets.V2(Seed, divisor: 4, size: 32, classes: 10)),
        new("resnet18", () => ResNets.ResNet18(Seed), () => ResNets.ResNet18(Seed, width: 8, size: 64, classes: 10)),
        new("resnet50", () => ResNets.ResNet50(Seed), () => ResNets.ResNet50(Seed, width: 8, size: 64, classes: 10)),
        new("encoder", () => Encoders.Encoder(Seed), () => Encoders.Encoder(Seed, layers: 2, d: 32, heads: 4, inner: 64, tokens: 8)),
        Product(1024, 1024, 1024), Product(128, 768, 768), Product(128, 768, 3072), Product(128, 3072, 768), Product(1, 768, 3072),
    ];

    private static ZooModel Product(int m, int k, int n) => new($"product-{m}x{k}x{n}", () => Products.Of(Seed, m, k, n), () => Products.Of(Seed, Math.Min(m, 4), 32, 16), InCodes: true);

    /// <summary>Writes the files of the named networks, or of all, into a folder.</summary>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    public static void Write(string folder, IReadOnlyList<string> names, TextWriter log)
    {
        if (names.FirstOrDefault(n => All.All(m => m.Name != n)) is { } unknown)
            throw new ArgumentException($"models: there is no network '{unknown}'. Available: {string.Join(", ", All.Select(m => m.Name))}.");
        Directory.CreateDirectory(folder);
        foreach (ZooModel model in All.Where(m => names.Count == 0 || names.Contains(m.Name)))
            Write(folder, model, model.Full(), log);
    }

    /// <summary>Writes the files of one network, of which <paramref name="graph"/> is one of the sizes.</summary>
    public static void Write(string folder, ZooModel model, Graph graph, TextWriter log)
    {
        string name = model.Name;
        Step($"{name}.onnx", path => OnnxModel.Export(graph, path));
        if (name == "encoder") Step($"{name}-dynamic.onnx", path => DynamicForm.Write(graph, path));
        if (name == "encoder") Step($"{name}-int4.onnx", path => OnnxModel.Export(Quantize(graph, bits: 4).Graph, path));
        Step($"{name}-int8.onnx", path =>
        {
            Graph quantized = Quantize(graph).Graph;
            if (model.InCodes) AtomicFile.Write(path, Products.InCodes(quantized).WriteTo, overwrite: true);
            else OnnxModel.Export(quantized, path);
        });

        void Step(string file, Action<string> write)
        {
            long start = Stopwatch.GetTimestamp();
            string path = Path.Combine(folder, file);
            write(path);
            log.WriteLine($"{file,-24} {new FileInfo(path).Length / 1e6,9:f2} MB {Stopwatch.GetElapsedTime(start).TotalSeconds,7:f1} s");
        }
    }

    /// <summary>The graph with weights of 8 bits or fewer, a scale a channel, and uint8 activations, calibrated on standard normal inputs.</summary>
    public static QuantizeResult Quantize(Graph graph, int bits = 8)
    {
        Rng rng = new Rng(Seed).Split("calibration");
        Shape sample = graph.Inputs[0].Shape.With(0, 1);
        return graph.Quantize(new QuantizeConfig(bits, ReportSamples: 0), Enumerable.Range(0, CalibrationSamples).Select(i => Tensor.Normal(sample, rng.Split(i))));
    }
}
