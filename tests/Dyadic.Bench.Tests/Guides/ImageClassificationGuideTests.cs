using Dyadic.Cli.Framework;
using Dyadic.Data;
using Dyadic.Lowering;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;
using Tool = Dyadic.Cli.Framework.CommandLine;

namespace Dyadic.Bench.Tests.Guides;

/// <summary>Code and commands of docs/guides/image-classification.md, run; the last test compares the code with the page.</summary>
public sealed class ImageClassificationGuideTests
{
    private const string Page = "image-classification.md";

    private static string Data(params string[] parts) => Path.Combine([Fixtures.ExternalData, .. parts]);

    [Trait("speed", "slow")]
    [FixtureFact(Fixture.ExternalData)]
    public void A_photo_is_named_and_the_quantised_network_agrees()
    {
        using Folder work = new();
        string model = work.At("mobilenetv2.onnx"), names = Data("caltech101-imagenet", "imagenet_labels_1001.txt"), folder = work.At("photos"), arrays = work.At("photos.npz");
        File.Copy(Data("models", "imagenet", "mobilenetv2_1.0_224_f32.onnx"), model);
        Directory.CreateDirectory(folder);
        foreach (string photo in Directory.EnumerateFiles(Data("faces320x240"), "none_airplanes_*.ppm").Take(8)) File.Copy(photo, Path.Combine(folder, Path.GetFileName(photo)));
        string file = Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).First();

        string[] classes = File.ReadAllLines(names);
        Session session = new(OnnxModel.Import(model).Graph.Compile());
        float[] probabilities = session.Run(Images.Normalize(Images.Read(file), 224, 224, [128], [128]))[0].ToArray<float>();
        foreach (int c in Enumerable.Range(0, classes.Length).OrderByDescending(c => probabilities[c]).Take(3))
            Console.WriteLine($"{probabilities[c]:P0} {classes[c]}");

        Tensor[] photos = [.. Directory.EnumerateFiles(folder).Order().Select(f => Images.Normalize(Images.Read(f), 224, 224, [128], [128]))];
        Npz.Write(arrays, new Dictionary<string, Tensor> { ["input"] = Tensor.Concat(0, photos) });

        Assert.Contains(Enumerable.Range(0, classes.Length).OrderByDescending(c => probabilities[c]).Take(3), c => classes[c] is "airliner" or "wing" or "warplane, military plane");
        foreach (string[] command in GuidePage.Commands(Page))
        {
            string[] arguments = [.. command.Select(w => w.EndsWith(".onnx", StringComparison.Ordinal) || w.EndsWith(".npz", StringComparison.Ordinal) ? work.At(w) : w)];
            using StringWriter output = new(), error = new();
            Assert.True(Tool.Run(arguments, output, error, CancellationToken.None) == ExitCode.Done, $"dyadic {string.Join(' ', command)}: {error}");
        }
        Session integer = new(OnnxModel.Import(work.At("mobilenetv2-int8.onnx")).Graph.Compile());
        long[] a = session.Run(Tensor.Concat(0, photos))[0].ArgMax(1).ToArray<long>(), b = integer.Run(Tensor.Concat(0, photos))[0].ArgMax(1).ToArray<long>();
        Assert.InRange(a.Zip(b).Count(p => p.First == p.Second), 6, 8);
    }

    [Fact]
    public void The_page_shows_this_code() => GuidePage.ShowsCodeOf(Page, "tests/Dyadic.Bench.Tests/Guides/ImageClassificationGuideTests.cs", 2);

    private sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo _info = Directory.CreateTempSubdirectory("dyadic-guide-");

        public string At(string name) => Path.Combine(_info.FullName, name);

        public void Dispose() => _info.Delete(recursive: true);
    }
}
