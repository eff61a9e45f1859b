using System.Text.Json;
using Dyadic.Cli.Framework;
using Dyadic.Kernels;

namespace Dyadic.Cli.Tests.Commands;

/// <summary>inspect, verify and explain on a small network.</summary>
[Collection(nameof(SmallModels))]
public sealed class InspectionTests(SmallModels models)
{
    [Fact]
    public void Inspect_counts_parameters_and_macs()
    {
        JsonElement json = Tool.Ok("inspect", models.At("net.onnx"), "--json").Json;
        Assert.Equal(5 * 9 + 5 + 5 * 3, json.GetProperty("parameters").GetInt64());
        Assert.Equal(5 * 6 * 6 * 9 + 5 * 3, json.GetProperty("macs").GetInt64());      // 8 − 3 + 1 = 6
        Assert.Equal("x", json.GetProperty("inputs")[0].GetProperty("name").GetString());
        Assert.Equal(["N", "1", "8", "8"], json.GetProperty("inputs")[0].GetProperty("shape").EnumerateArray().Select(d => d.GetString()));
        Assert.Equal(1, json.GetProperty("ops").GetProperty("Conv").GetInt32());
        Assert.Equal(new FileInfo(models.At("net.onnx")).Length, json.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void Inspect_prints_the_plan_with_offsets_within_the_arena()
    {
        JsonElement plan = Tool.Ok("inspect", models.At("int.onnx"), "--plan", "--json").Json.GetProperty("plan");
        Assert.True(plan.GetProperty("integer").GetBoolean());
        long arena = plan.GetProperty("arenaBytes").GetInt64();
        Assert.InRange(arena, 1, plan.GetProperty("arenaBytesWithoutOverlay").GetInt64());
        Assert.All(plan.GetProperty("steps").EnumerateArray(), s => Assert.InRange(s.GetProperty("offset").GetInt64(), -1, arena - 1));
    }

    [Fact]
    public void Inspect_lists_what_is_unsupported_and_still_prints_what_can_be_read()
    {
        string file = models.At("unknown.onnx");
        byte[] bytes = File.ReadAllBytes(models.At("net.onnx"));
        int at = bytes.AsSpan().IndexOf("Relu"u8);      // the operator becomes one that nobody knows
        "Rolu"u8.CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(file, bytes);
        ToolResult result = Tool.Run("inspect", file, "--json");
        Assert.Equal(ExitCode.InvalidInput, result.Code);
        Assert.Contains("Rolu", result.ErrorLines[^1]);
        JsonElement json = result.Json;
        Assert.Equal("Rolu", json.GetProperty("unsupported")[0].GetProperty("operator").GetString());
        Assert.Equal(1, json.GetProperty("ops").GetProperty("Conv").GetInt32());
        Assert.Equal("scores", json.GetProperty("outputs")[0].GetProperty("name").GetString());
        Assert.Contains("Rolu", Tool.Run("inspect", file).Output);
        File.Delete(file);
    }

    [Fact]
    public void An_integer_model_has_one_hash_in_all_configurations()
    {
        JsonElement json = Tool.Ok("verify", models.At("int.onnx"), "--integer-only", "--inputs", models.At("data.npz"), "--json").Json;
        Assert.True(json.GetProperty("integerOnly").GetBoolean());
        Assert.True(json.GetProperty("equal").GetBoolean());
        JsonProperty[] hashes = [.. json.GetProperty("hashes").EnumerateObject()];
        Assert.Equal(ExecutionMode.Rungs.Count * 3 * 3 + 1, hashes.Length);      // rungs × threads × splits {1, 7, 24}, and the reference
        string hash = Assert.Single(hashes.Select(h => h.Value.GetString()!).Distinct());
        Assert.Equal(hash, json.GetProperty("hash").GetString());
        Tool.Ok("verify", models.At("int.onnx"), "--inputs", models.At("data.npz"), "--expect", hash.ToUpperInvariant());
        Assert.NotEqual(hash, Tool.Ok("verify", models.At("int.onnx"), "--seed", "2", "--json").Json.GetProperty("hash").GetString());
    }

    [Fact]
    public void A_quantised_model_with_real_inputs_is_not_integer_only_and_says_which_steps()
    {
        ToolResult result = Tool.Run("verify", models.At("qdq.onnx"), "--integer-only");
        Assert.Equal(ExitCode.GateNotMet, result.Code);
        Assert.Contains("QuantizeStep", result.Output);
        Assert.Contains("floating point", result.Output);
    }

    [Fact]
    public void Explain_attributes_every_node_and_reasons()
    {
        JsonElement json = Tool.Ok("explain", models.At("qdq.onnx"), "--rounds", "3", "--json").Json;
        JsonElement[] nodes = [.. json.GetProperty("nodes").EnumerateArray()];
        Assert.Contains(nodes, n => n.GetProperty("reason").ValueKind == JsonValueKind.String);
        Assert.Contains(nodes, n => n.GetProperty("op").GetString() == "Conv" && n.GetProperty("executed").GetString() == "uint8");
        Assert.All(nodes.Where(n => n.GetProperty("fusedInto").ValueKind == JsonValueKind.Null), n => Assert.True(n.GetProperty("bytes").GetInt64() > 0));
        Assert.Equal(nodes.Sum(n => n.GetProperty("ns").GetInt64()), json.GetProperty("totalNs").GetInt64());
        JsonElement[] integer = [.. Tool.Ok("explain", models.At("int.onnx"), "--rounds", "1", "--json").Json.GetProperty("nodes").EnumerateArray()];
        Assert.All(integer, n => Assert.Equal(JsonValueKind.Null, n.GetProperty("reason").ValueKind));
    }

    [Fact]
    public void Doctor_admits_every_kernel_on_every_rung()
    {
        JsonElement json = Tool.Ok("doctor", "--json").Json;
        Assert.All(json.GetProperty("kernels").EnumerateArray(), k => Assert.Equal(ExecutionMode.Rungs.Count, k.GetProperty("rungs").GetArrayLength()));
        Assert.Equal(0, json.GetProperty("refused").GetArrayLength());
        Assert.Equal(InstructionSets.Available.Select(s => s.Name()), json.GetProperty("instructionSets").EnumerateArray().Select(s => s.GetString()));
        Assert.True(json.GetProperty("healthy").GetBoolean());
    }
}
