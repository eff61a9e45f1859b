using System.Text.Json;
using Dyadic.Testing;

namespace Dyadic.Cli.Tests.Commands;

/// <summary>The fields that every command promises under --json.</summary>
[Collection(nameof(SmallModels))]
public sealed class JsonContractTests(SmallModels models)
{
    private static readonly Dictionary<string, string[]> Fields = new()
    {
        ["inspect net.onnx"] = ["inputs", "outputs", "opset", "ops", "parameters", "bytes", "macs", "unsupported"],
        ["inspect net.onnx --text"] = ["inputs", "outputs", "opset", "ops", "parameters", "bytes", "macs", "unsupported", "hash", "hashFits", "text"],
        ["convert net.onnx -o contract.graph --force"] = ["files", "bytes", "hash", "nodes"],
        ["inspect net.onnx --plan"] = ["inputs", "outputs", "opset", "ops", "parameters", "bytes", "macs", "unsupported", "plan"],
        ["run net.onnx --inputs data.npz"] = ["outputs", "ms"],
        ["run int.onnx --inputs data.npz --engine reference"] = ["outputs", "ms"],
        ["quantize net.onnx --calibration data.npz -o contract.onnx --force"] = ["layers", "bytes", "method"],
        ["quantize net.onnx --bits 4 --dry-run"] = ["dryRun", "method", "rules", "nodes", "warnings"],
        ["quantize --schema"] = ["schema"],
        ["evaluate net.onnx --data data.npz"] = ["metric", "value", "n", "ms"],
        ["compare net.onnx qdq.onnx --inputs data.npz --per-layer"] = ["maxAbs", "sqnrDb", "cosine", "top1Agreement", "layers"],
        ["verify int.onnx --integer-only"] = ["integerOnly", "kernels", "hashes", "equal"],
        ["explain int.onnx --rounds 2"] = ["nodes"],
        ["analyze net.onnx --inputs data.npz --samples 3 --limit 2 --sweep"] =
            ["model", "arithmetic", "samples", "inputs", "probability", "confidence", "nodes", "outputs", "top1Agreement", "sweep", "report", "seconds"],
        ["bench net.onnx --rounds 2"] = ["rows"],
        ["bench memory net.onnx --inputs plain.npz"] = ["engine", "threads", "peakBytes", "residentBytes", "arenaBytes", "weightBytes"],
        ["bench train --filter mlp --rounds 1 --alone"] = ["rows", "rounds", "cases", "peer"],
        ["jit list --isa avx512vnni --filter peak"] = ["sets", "kernels"],
        ["jit show peak_f32@avx2"] = ["name", "set", "runsHere", "operations", "instructions", "bytes", "counts", "ir", "listing"],
        ["jit check --filter add_8"] = ["sets", "kernels", "ran", "different"],
        ["recipes list"] = ["recipes"],
        ["doctor"] = ["features", "widths", "kernels", "jitPermission", "fixtures", "dotnet", "instructionSets", "bestSet", "refused"],
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

    [Fact]
    public void Each_model_is_measured_with_each_batch_and_number_of_threads()
    {
        JsonElement[] rows = [.. Tool.Ok("bench", models.At("net.onnx"), models.At("int.onnx"), "--rounds", "1", "--batch", "1,3", "--threads", "2,1", "--json").Json.GetProperty("rows").EnumerateArray()];
        Assert.Equal(
            [("net.onnx", 1, 2), ("int.onnx", 1, 2), ("net.onnx", 1, 1), ("int.onnx", 1, 1), ("net.onnx", 3, 2), ("int.onnx", 3, 2), ("net.onnx", 3, 1), ("int.onnx", 3, 1)],
            rows.Select(r => (r.GetProperty("model").GetString()!, r.GetProperty("batch").GetInt32(), r.GetProperty("threads").GetInt32())));
        Assert.All(rows, r =>
        {
            Assert.All(["firstMs", "loadMs", "planMs", "firstRunMs"], part => Assert.True(r.GetProperty(part).GetDouble() > 0));
            Assert.True(r.GetProperty("arenaBytes").GetInt64() > 0);
            Assert.True(r.GetProperty("weightBytes").GetInt64() > 0);
            Assert.All(["peakBytes", "residentBytes"], part => Assert.Equal(JsonValueKind.Null, r.GetProperty(part).ValueKind));      // measured beside a peer only
            Assert.Equal(JsonValueKind.Null, r.GetProperty("agreement").ValueKind);
            Assert.Equal(r.GetProperty("model").GetString(), r.GetProperty("file").GetString());
        });
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void The_peer_is_compared_before_it_is_measured()
    {
        JsonElement[] rows = [.. Tool.Ok("bench", models.At("net.onnx"), "--against", "onnxruntime", "--rounds", "2", "--json").Json.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["dyadic", "onnxruntime"], rows.Select(r => r.GetProperty("engine").GetString()));
        Assert.InRange(rows[0].GetProperty("agreement").GetProperty("maxAbs").GetDouble(), 0, 1e-4);
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("agreement").ValueKind);
        Assert.All(["arenaBytes", "weightBytes"], part => Assert.Equal(JsonValueKind.Null, rows[1].GetProperty(part).ValueKind));
        Assert.All(rows, r => Assert.InRange(r.GetProperty("peakBytes").GetInt64(), 1, 1L << 30));
        Assert.All(rows, r => Assert.InRange(r.GetProperty("residentBytes").GetInt64(), -1L << 30, 1L << 30));
        Assert.All(rows, r => Assert.Equal("net.onnx in onnxruntime", r.GetProperty("baseline").GetString()));
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void The_peer_can_run_another_file()
    {
        string[] line = ["bench", models.At("qdq.onnx"), "--against", "onnxruntime", "--peer-model", models.At("net.onnx"), "--rounds", "2"];
        JsonElement[] rows = [.. Tool.Ok([.. line, "--json"]).Json.GetProperty("rows").EnumerateArray()];
        Assert.Equal([("qdq.onnx", "qdq.onnx"), ("qdq.onnx", "net.onnx")], rows.Select(r => (r.GetProperty("model").GetString()!, r.GetProperty("file").GetString()!)));
        Assert.InRange(rows[0].GetProperty("agreement").GetProperty("sqnrDb").GetDouble(), 15, 90);      // 8 bits against float32
        string table = Tool.Ok(line).Output;
        Assert.Contains("net.onnx in onnxruntime", table);
        Assert.Contains("peer first ms", table);
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void A_file_that_the_peer_refuses_leaves_our_rows()
    {
        ToolResult result = Tool.Ok("bench", models.At("net.onnx"), "--against", "onnxruntime", "--peer-model", models.At("garbled.onnx"), "--rounds", "1", "--json");
        Assert.Single(result.Json.GetProperty("rows").EnumerateArray());
        Assert.Contains("garbled.onnx is not measured", result.Error);
    }

    private string[] Arguments(string line) => [.. line.Split(' ').Select(w => w.EndsWith(".onnx", StringComparison.Ordinal) || w.EndsWith(".npz", StringComparison.Ordinal) ? models.At(w) : w)];
}
