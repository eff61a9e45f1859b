using Dyadic.Bench.RealModels;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Bench.Tests.Guides;

/// <summary>The code of docs/guides/text-recognition.md, run on lines drawn with a font; the last test compares it with the page.</summary>
public sealed class TextRecognitionGuideTests
{
    private const string Page = "text-recognition.md";

    [Trait("speed", "slow")]
    [FixtureTheory(Fixture.PublishedModels, Fixture.Font)]
    [InlineData("integer networks run without floats")]
    [InlineData("The quick brown fox jumps over 13 lazy dogs")]
    [InlineData("Invoice No. 48213, due 2026-11-30: EUR 1,995.00")]
    public void Lines_are_read_back(string written)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("dyadic-guide-");
        try
        {
            string model = Path.Combine(Fixtures.PublishedModels, "ch_PP-OCRv4_rec_infer.onnx"), keys = Path.Combine(Fixtures.PublishedModels, "ppocr_keys_v1.txt"), file = Path.Combine(folder.FullName, "line.pgm");
            Tensor drawn = Font.Read(Font.DejaVuSans).Line(written, 64);
            File.WriteAllBytes(file, [.. System.Text.Encoding.ASCII.GetBytes($"P5 {drawn.Shape[1]} {drawn.Shape[0]} 255\n"), .. drawn.ToArray<byte>()]);

            Tensor image = Images.Read(file);
            int width = image.Shape[1] * 48 / image.Shape[0];
            Graph graph = OnnxModel.Import(model, new() { InputShapes = new Dictionary<string, Shape> { ["x"] = Shape.Of(1, 3, 48, width) } }).Graph;
            Session session = new(graph.Compile());
            Tensor probabilities = session.Run(Images.Normalize(image, 48, width, [127.5f], [127.5f], blueFirst: true))[0];

            string[] characters = ["", .. File.ReadLines(keys), " "];
            long[] best = probabilities.ArgMax(2).ToArray<long>();
            string text = string.Concat(best.Where((c, i) => i == 0 || best[i - 1] != c).Select(c => characters[c]));

            Assert.Equal(written.Replace(" ", ""), text.Replace(" ", ""));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_page_shows_this_code() => GuidePage.ShowsCodeOf(Page, "tests/Dyadic.Bench.Tests/Guides/TextRecognitionGuideTests.cs", 2);
}
