using System.Text.Json;

namespace Dyadic.Bench.Tests;

public sealed class ResultTableTests
{
    private const string Both = """
        {"schemaVersion":1,"rows":[
          {"model":"a.onnx","engine":"dyadic","threads":1,"batch":1,"medianMs":1.5,"ratio":2.25,"file":"a.onnx","firstMs":12.34,"arenaBytes":2048,"agreement":{"sqnrDb":40.5,"maxAbs":0.5,"equal":0.75}},
          {"model":"a.onnx","engine":"onnxruntime","threads":1,"batch":1,"medianMs":3.375,"ratio":1,"file":"b.onnx","firstMs":10,"arenaBytes":null,"agreement":null},
          {"model":"a.onnx","engine":"dyadic","threads":2,"batch":1,"medianMs":1,"ratio":1,"file":"a.onnx","firstMs":1,"arenaBytes":0,"agreement":null}]}
        """;

    [Fact]
    public void A_line_holds_both_engines_or_says_that_one_is_absent()
    {
        string[] lines = ResultTable.Of([JsonSerializer.Deserialize<JsonElement>(Both)]).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(["| a.onnx | b.onnx | 1 | 1 | 1.500 | 3.375 | 2.250 | 12.3 | 10.0 | 2 | 40.5 dB, 75.0 % equal |", "| a.onnx | - | 2 | 1 | 1.000 | - | - | 1.000 | - | 0 | - |"], lines[2..]);
        Assert.All(lines, l => Assert.Equal(12, l.Count(c => c == '|')));
    }

    [Fact]
    public void Equal_outputs_are_equal()
    {
        string same = Both.Replace("\"sqnrDb\":40.5,\"maxAbs\":0.5,\"equal\":0.75", "\"sqnrDb\":\"Infinity\",\"maxAbs\":0,\"equal\":1");
        Assert.Contains("| equal |", ResultTable.Of([JsonSerializer.Deserialize<JsonElement>(same)]));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    public void Other_documents_are_refused(string json) => Assert.Throws<ArgumentException>(() => ResultTable.Of([JsonSerializer.Deserialize<JsonElement>(json)]));
}
