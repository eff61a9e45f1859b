using System.Text.Json;
using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>Published networks: which import, what the others lack, and the answers of those that do.</summary>
public class RealModelTests
{
    private static string Folder => Path.Combine(Fixtures.ExternalData, "models");

    // A line a model: imported, or the operators that stand in the way.
    [Trait("speed", "slow")]
    [FixtureFact(Fixture.ExternalData)]
    public void What_imports_is_what_the_list_says() => Golden.Check("onnx-models.txt", string.Concat(
        Directory.EnumerateFiles(Folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => $"{Path.GetRelativePath(Folder, f)}: {Verdict(f)}\n")));

    [Trait("speed", "slow")]
    [FixtureFact(Fixture.ExternalData)]
    public void Those_that_import_answer_as_recorded()
    {
        using JsonDocument refs = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "refs.json")));
        List<string> wrong = [];
        int ran = 0;
        foreach (JsonProperty model in refs.RootElement.EnumerateObject())
        {
            if (Import(Path.Combine(Folder, model.Name)) is not { } graph) continue;
            Dictionary<string, Tensor> outputs = graph.Run(model.Value.GetProperty("inputs").EnumerateObject().ToDictionary(p => p.Name, p => Fill(p.Value)));
            foreach (JsonProperty output in model.Value.GetProperty("outputs").EnumerateObject())
                if (Difference(output.Value, outputs[output.Name], LimitOf(model.Name)) is { } reason) wrong.Add($"{model.Name} {output.Name}: {reason}");
            ran++;
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(ran, 15, int.MaxValue);
    }

    [Trait("speed", "slow")]
    [FixtureFact(Fixture.ExternalData)]
    public void Those_that_import_are_read_from_their_text()
    {
        List<string> wrong = [];
        int read = 0;
        foreach (string file in Directory.EnumerateFiles(Folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Import(file) is not { } graph) continue;
            if (TextRoundTrip.Change(graph, null) is { } change) wrong.Add($"{Path.GetFileName(file)}: {change[..Math.Min(change.Length, 2000)]}");
            read++;
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(read, 15, int.MaxValue);
    }

    // Constant weights: every output element is the same number.
    [Trait("speed", "slow")]
    [FixtureTheory(Fixture.ExternalData), InlineData("squeezenet"), InlineData("shufflenet"), InlineData("resnet50"), InlineData("inception_v2")]
    public void Graphs_with_constant_weights_answer_as_recorded(string name)
    {
        string path = Path.Combine(Folder, "structure-only", $"light_{name}");
        Graph graph = OnnxModel.Import(path + ".onnx").Graph;
        float[] x = [.. Enumerable.Range(0, 150528).Select(i => i / 150528f)];
        Tensor y = new GraphInterpreter(graph).Run([Dyadic.Tensor.From(x, Shape.Of(1, 3, 224, 224))])[0];
        Tensor expected = TensorReader.Read(WireReader.ReadTensor(File.ReadAllBytes(path + "_output_0.pb"), path), (_, _) => throw new ImportRefusal("external data"));
        Assert.InRange(Samples.Distance(expected, y), 0, 1e-5);
    }

    private static Graph? Import(string path)
    {
        try
        {
            return OnnxModel.Import(path).Graph;
        }
        catch (OnnxException)
        {
            return null;
        }
    }

    private static string Verdict(string path)
    {
        try
        {
            OnnxModel model = OnnxModel.Import(path);
            return $"imported, opset {model.Opset}, {model.Graph.Nodes.Count} nodes";
        }
        catch (OnnxException e)
        {
            return "refused: " + string.Join("; ", e.Problems.GroupBy(p => $"{p.Operator} ({p.Reason})").Select(g => g.Key).Distinct().Take(6));
        }
    }

    private static Tensor Fill(JsonElement input)
    {
        Shape shape = Shape.Of([.. input.GetProperty("dims").EnumerateArray().Select(d => d.GetInt32())]);
        string fill = input.GetProperty("fill").GetString()!;
        Func<int, double> at = fill switch
        {
            "0.5*sin(0.7*i)" => i => 0.5 * Math.Sin(0.7 * i),
            "(37*i)%7000+10" => i => (37 * i % 7000) + 10,
            "(31*i)%256" => i => 31 * i % 256,
            _ => _ => double.Parse(fill),
        };
        double[] values = [.. Enumerable.Range(0, shape.Length).Select(at)];
        return input.GetProperty("type").GetString() switch
        {
            "float32" => Dyadic.Tensor.From(Array.ConvertAll(values, v => (float)v), shape),
            "int32" => Dyadic.Tensor.From(Array.ConvertAll(values, v => (int)v), shape),
            _ => Dyadic.Tensor.From(Array.ConvertAll(values, v => (long)v), shape),
        };
    }

    // A quantised network may differ by a step where a product lies on the edge of one; logarithms of near silence magnify the last bits.
    private static double LimitOf(string model) => model.EndsWith("_qdq.onnx", StringComparison.Ordinal) ? 0.02 : model.StartsWith("audio/", StringComparison.Ordinal) ? 1e-3 : 1e-4;

    private static string? Difference(JsonElement expected, Tensor actual, double limit)
    {
        int[] dims = [.. expected.GetProperty("dims").EnumerateArray().Select(d => d.GetInt32())];
        if (!actual.Shape.ToArray().SequenceEqual(dims)) return $"shape {actual.Shape}, [{string.Join(", ", dims)}] is expected";
        double[] y = Samples.Doubles(actual), first = [.. expected.GetProperty("first").EnumerateArray().Select(v => v.GetDouble())];
        double largest = first.Select((v, i) => Tolerance.Distance(v, y[i])).Max();
        double max = Tolerance.Distance(expected.GetProperty("max").GetDouble(), y.Max());
        return largest > limit || max > limit ? $"first values differ by {largest:g3}, the maximum by {max:g3}" : null;
    }
}
