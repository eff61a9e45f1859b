using System.Text.Json;
using Dyadic.Cli.Framework;
using Dyadic.Ir;
using Dyadic.Onnx;

namespace Dyadic.Cli.Tests.Commands;

/// <summary>Models as text: convert, inspect --text, and texts where other commands take a model.</summary>
[Collection(nameof(SmallModels))]
public sealed class ConvertTests(SmallModels models) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dyadic-text-").FullName;

    private string At(string file) => Path.Combine(_folder, file);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("net.onnx")]
    [InlineData("qdq.onnx")]
    [InlineData("int.onnx")]
    public void A_model_as_text_and_back_is_the_same_file(string name)
    {
        JsonElement json = Tool.Ok("convert", models.At(name), "-o", At("m.graph"), "--json").Json;
        Assert.Equal([At("m.graph"), At("m.safetensors")], json.GetProperty("files").EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(OnnxModel.Import(models.At(name)).Graph.TextHash(), json.GetProperty("hash").GetString());
        Tool.Ok("convert", At("m.graph"), "-o", At("m.onnx"));
        OnnxModel before = OnnxModel.Import(models.At(name)), after = OnnxModel.Import(At("m.onnx"));
        Assert.Equal(before.Graph.ToText(), after.Graph.ToText());
        Assert.Equal(OnnxModel.ToBytes(before.Graph), OnnxModel.ToBytes(after.Graph));
        Assert.Equal(ExitCode.Usage, Tool.Run("convert", models.At(name), "-o", At("m.graph")).Code);
        Tool.Ok("convert", models.At(name), "-o", At("m.graph"), "--force");
    }

    [Fact]
    public void Inspect_prints_the_text_and_nothing_else()
    {
        Graph graph = OnnxModel.Import(models.At("net.onnx")).Graph;
        Assert.Equal(graph.ToText(), Tool.Ok("inspect", models.At("net.onnx"), "--text").Output);
        string whole = Tool.Ok("inspect", models.At("net.onnx"), "--text", "--inline", "1000").Output;
        Assert.Equal(graph.ToText(), Graph.Parse(whole).ToText());
        Assert.Equal(whole, Tool.Ok("inspect", models.At("net.onnx"), "--text", "--inline", "1000", "--json").Json.GetProperty("text").GetString());
    }

    [Fact]
    public void Commands_take_a_text_for_a_model()
    {
        Tool.Ok("convert", models.At("net.onnx"), "-o", At("net.graph"));
        string[] files = [models.At("net.onnx"), At("net.graph")];
        JsonElement[] inspected = [.. files.Select(f => Tool.Ok("inspect", f, "--json").Json)];
        Assert.Equal(inspected[0].GetProperty("macs").GetInt64(), inspected[1].GetProperty("macs").GetInt64());
        Assert.Equal(inspected[0].GetProperty("parameters").GetInt64(), inspected[1].GetProperty("parameters").GetInt64());
        Assert.Equal(inspected[0].GetProperty("hash").GetString(), inspected[1].GetProperty("hash").GetString());
        Assert.Contains("text of a graph", Tool.Ok("inspect", At("net.graph")).Output);
        Assert.Equal(0, Tool.Ok("compare", files[0], files[1], "--inputs", models.At("data.npz"), "--json").Json.GetProperty("maxAbs").GetDouble());
        Tool.Ok("quantize", At("net.graph"), "--calibration", models.At("data.npz"), "-o", At("qdq.onnx"));
        Assert.Equal(File.ReadAllBytes(models.At("qdq.onnx")), File.ReadAllBytes(At("qdq.onnx")));
        Assert.Equal(ExitCode.Usage, Tool.Run("bench", At("net.graph"), "--against", "onnxruntime").Code);
    }

    [Fact]
    public void A_text_that_is_none_is_refused_with_its_place()
    {
        File.WriteAllText(At("bad.graph"), "graph g(%x: float32[3]) {\n  %y: float32[3] = Relux(%x)\n  return %y\n}");
        ToolResult result = Tool.Run("inspect", At("bad.graph"));
        Assert.Equal(ExitCode.InvalidInput, result.Code);
        Assert.Contains("bad.graph, line 2, column 20: expected an op, found 'Relux'", result.Error);
        result = Tool.Run("inspect", At("bad.graph"), "--max-nodes", "0");
        Assert.Equal(ExitCode.BudgetExceeded, result.Code);
        Assert.Contains("Raise --max-nodes", result.Error);
    }

    [Theory]
    [InlineData("m.onnx", "--inline", "3")]
    [InlineData("m.graph", "--opset", "17")]
    [InlineData("m.onnx", "--opset", "12")]
    [InlineData("m.graph", "--inline", "-1")]
    public void Options_that_do_not_fit_are_named(string output, string option, string value)
    {
        ToolResult result = Tool.Run("convert", models.At("net.onnx"), "-o", At(output), option, value);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(option == "--opset" && value == "12" ? "Opset 12" : option, result.Error);
    }

    [Fact]
    public void Inspect_says_whether_the_file_is_the_one_that_was_written()
    {
        JsonElement json = Tool.Ok("inspect", models.At("qdq.onnx"), "--json").Json;
        Assert.True(json.GetProperty("hashFits").GetBoolean());
        JsonElement metadata = json.GetProperty("metadata");
        Assert.Equal(json.GetProperty("hash").GetString(), metadata.GetProperty("dyadic.hash").GetString());
        Assert.Equal("data.npz", metadata.GetProperty("dyadic.quantize.calibration").GetString());
        Assert.Equal("minmax", metadata.GetProperty("dyadic.quantize.method").GetString());
        Assert.Contains("as when it was written", Tool.Ok("inspect", models.At("qdq.onnx")).Output);

        byte[] bytes = File.ReadAllBytes(models.At("net.onnx"));
        int at = bytes.AsSpan().IndexOf("scores"u8);
        "sceres"u8.CopyTo(bytes.AsSpan(at));
        for (int next; (next = bytes.AsSpan(at + 1).IndexOf("scores"u8)) >= 0;) "sceres"u8.CopyTo(bytes.AsSpan(at += next + 1));
        File.WriteAllBytes(At("changed.onnx"), bytes);
        Assert.False(Tool.Ok("inspect", At("changed.onnx"), "--json").Json.GetProperty("hashFits").GetBoolean());
        Assert.Contains("it was changed since", Tool.Ok("inspect", At("changed.onnx")).Output);
    }
}
