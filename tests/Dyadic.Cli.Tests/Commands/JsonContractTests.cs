using System.Text.Json;

namespace Dyadic.Cli.Tests.Commands;

/// <summary>The fields that every command promises under --json.</summary>
[Collection(nameof(SmallModels))]
public sealed class JsonContractTests(SmallModels models)
{
    private static readonly Dictionary<string, string[]> Fields = new()
    {
        ["inspect net.onnx"] = ["inputs", "outputs", "opset", "ops", "parameters", "bytes", "macs", "unsupported"],
        ["inspect net.onnx --plan"] = ["inputs", "outputs", "opset", "ops", "parameters", "bytes", "macs", "unsupported", "plan"],
        ["run net.onnx --inputs data.npz"] = ["outputs", "ms"],
        ["run int.onnx --inputs data.npz --engine reference"] = ["outputs", "ms"],
        ["quantize net.onnx --calibration data.npz -o contract.onnx --force"] = ["layers", "bytes", "method"],
        ["evaluate net.onnx --data data.npz"] = ["metric", "value", "n", "ms"],
        ["compare net.onnx qdq.onnx --inputs data.npz --per-layer"] = ["maxAbs", "sqnrDb", "cosine", "top1Agreement", "layers"],
        ["verify int.onnx --integer-only"] = ["integerOnly", "kernels", "hashes", "equal"],
        ["explain int.onnx --rounds 2"] = ["nodes"],
        ["bench net.onnx --rounds 2"] = ["rows"],
        ["doctor"] = ["features", "widths", "kernels", "jitPermission", "fixtures", "dotnet"],
        ["completion bash"] = ["script"],
    };

    public static TheoryData<string> Lines => [.. Fields.Keys];

    [Theory, MemberData(nameof(Lines))]
    public void Standard_output_is_exactly_one_object_with_the_promised_fields(string line)
    {
        ToolResult result = Tool.Ok([.. Arguments(line), "--json"]);
        Assert.Equal(1, result.Output.Count(c => c == '\n'));
        JsonElement json = result.Json;
        Assert.Equal(JsonValueKind.Object, json.ValueKind);
        Assert.Equal("schemaVersion", json.EnumerateObject().First().Name);
        Assert.Equal(1, json.GetProperty("schemaVersion").GetInt32());
        foreach (string field in Fields[line]) Assert.True(json.TryGetProperty(field, out _), $"{line}: no field {field} in {result.Output}");
    }

    [Theory, MemberData(nameof(Lines))]
    public void Output_that_is_no_terminal_has_no_escape_codes(string line)
    {
        ToolResult result = Tool.Ok(Arguments(line));
        Assert.DoesNotContain('\e', result.Output + result.Error);
        Assert.NotEmpty(result.Output);
    }

    [Fact]
    public void Rows_of_bench_have_the_promised_fields()
    {
        JsonElement row = Tool.Ok("bench", models.At("net.onnx"), models.At("int.onnx"), "--rounds", "3", "--batch", "2", "--json").Json.GetProperty("rows")[0];
        Assert.Equal(["model", "engine", "threads", "batch", "medianMs", "ratio"], new[] { "model", "engine", "threads", "batch", "medianMs", "ratio" }.Where(f => row.TryGetProperty(f, out _)));
        Assert.Equal(1, row.GetProperty("ratio").GetDouble());
        Assert.Equal(2, row.GetProperty("batch").GetInt32());
        Assert.True(row.GetProperty("medianMs").GetDouble() > 0);
    }

    private string[] Arguments(string line) => [.. line.Split(' ').Select(w => w.EndsWith(".onnx", StringComparison.Ordinal) || w.EndsWith(".npz", StringComparison.Ordinal) ? models.At(w) : w)];
}
