using System.Text.Json;
using Dyadic.Cli.Framework;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Cli.Tests.Commands;

/// <summary>analyze: digits of every node, the smallest format, and the page.</summary>
[Collection(nameof(SmallModels))]
public sealed class AnalyzeTests(SmallModels models)
{
    [Fact]
    public void Nodes_stand_in_the_order_of_their_losses_and_the_seed_decides_all()
    {
        string[] line = ["analyze", models.At("net.onnx"), "--inputs", models.At("data.npz"), "--samples", "6", "--limit", "4", "--json"];
        JsonElement json = Tool.Ok(line).Json, again = Tool.Ok([.. line, "--threads", "1"]).Json, other = Tool.Ok([.. line, "--seed", "2"]).Json;
        JsonElement[] nodes = [.. json.GetProperty("nodes").EnumerateArray()];
        Assert.Equal(5, nodes.Length);
        double[] lost = [.. nodes.Select(n => n.GetProperty("lost").GetDouble())];
        Assert.Equal(lost.OrderDescending(), lost);
        Assert.Equal(0, nodes.Single(n => n.GetProperty("op").GetString() == "Relu").GetProperty("lost").GetDouble());
        Assert.All(nodes, n => Assert.InRange(n.GetProperty("bits").GetDouble(), 15, 23));
        Assert.All(["name", "node", "op", "bits", "digits", "lowBits", "leastBits", "general", "contributing", "elements"], f => Assert.True(nodes[0].TryGetProperty(f, out _), f));
        Assert.Equal(1, json.GetProperty("top1Agreement").GetDouble());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("sweep").ValueKind);
        Assert.Equal(json.GetProperty("nodes").GetRawText(), again.GetProperty("nodes").GetRawText());
        Assert.NotEqual(json.GetProperty("nodes").GetRawText(), other.GetProperty("nodes").GetRawText());
    }

    [Fact]
    public void A_catastrophic_cancellation_in_a_file_is_ranked_first()
    {
        GraphBuilder b = new("planted");
        Value x = b.Input("x", new(DType.Float32, Shape.Create([Dim.Symbol("N"), 8])));
        Value product = b.Add("product", new MatMul(), x, b.Constant("w", Tensor.Uniform(Shape.Of(8, 5), new Rng(1), 0.1f, 1)));
        Value sum = b.Add("sum", new Add(), product, b.Constant("big", Tensor.Scalar(3e4)));
        Value difference = b.Add("cancels", new Sub(), sum, b.Constant("same", Tensor.Scalar(3e4)));
        b.Output(b.Add("scaled", new Mul(), difference, b.Constant("three", Tensor.Scalar(3))));
        string file = models.At("planted.onnx");
        OnnxModel.Export(b.Build(), file, overwrite: true);
        JsonElement worst = Tool.Ok("analyze", file, "--samples", "10", "--json").Json.GetProperty("nodes")[0];
        Assert.Equal(("cancels", "Sub"), (worst.GetProperty("node").GetString(), worst.GetProperty("op").GetString()));
        Assert.True(worst.GetProperty("lost").GetDouble() > 8);
    }

    // The answer of the found format is that of float32, and one mantissa bit less was tried and is not.
    [Fact]
    public void The_sweep_finds_a_format_at_the_edge()
    {
        JsonElement sweep = Tool.Ok("analyze", models.At("net.onnx"), "--inputs", models.At("data.npz"), "--samples", "2", "--limit", "24", "--sweep", "full", "--json").Json.GetProperty("sweep");
        JsonElement smallest = sweep.GetProperty("smallest");
        (int e, int m) = (smallest.GetProperty("exponentBits").GetInt32(), smallest.GetProperty("mantissaBits").GetInt32());
        Assert.Equal(1, smallest.GetProperty("score").GetDouble());
        Assert.Equal(1 + e + m, smallest.GetProperty("bits").GetInt32());
        Assert.All(sweep.GetProperty("tried").EnumerateArray().Where(t => t.GetProperty("mantissaBits").GetInt32() < m), t => Assert.False(t.GetProperty("kept").GetBoolean()));
        Assert.Equal("full", sweep.GetProperty("mode").GetString());
    }

    [Theory]
    [InlineData("qdq.onnx")]
    [InlineData("int.onnx")]
    public void Quantised_models_are_analysed_too(string model)
    {
        JsonElement json = Tool.Ok("analyze", models.At(model), "--inputs", models.At("data.npz"), "--samples", "3", "--limit", "3", "--json").Json;
        Assert.InRange(json.GetProperty("outputs")[0].GetProperty("bits").GetDouble(), 0, 23);
    }

    // 2 mantissa bits: a value is within 2⁻³ of its own, and errors do not vanish; int16 codes are nearer.
    [Fact]
    public void Formats_and_integers_are_set_beside_float32()
    {
        JsonElement Of(string arithmetic) =>
            Tool.Ok("analyze", models.At("net.onnx"), "--inputs", models.At("data.npz"), "--samples", "4", "--limit", "4", "--arithmetic", arithmetic, "--json").Json;
        JsonElement small = Of("e5m2"), integers = Of("int16");
        Assert.Equal((1, 4), (small.GetProperty("samples").GetInt32(), integers.GetProperty("samples").GetInt32()));
        double[] bits = [.. small.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("bits").GetDouble())];
        Assert.All(bits, b => Assert.InRange(b, 1, 6));
        Assert.All(integers.GetProperty("nodes").EnumerateArray(), n => Assert.InRange(n.GetProperty("bits").GetDouble(), 7, 23));
    }

    [Fact]
    public void The_page_is_whole_and_is_not_overwritten()
    {
        string page = models.At("page-of-net.html");
        string[] line = ["analyze", models.At("net.onnx"), "--inputs", models.At("data.npz"), "--samples", "3", "--sweep", "--report", page];
        ToolResult result = Tool.Ok(line);
        Assert.Contains("smallest format (:ob)", result.Output);
        string html = File.ReadAllText(page);
        Assert.StartsWith("<!doctype html>", html);
        Assert.EndsWith("</html>\n", html);
        Assert.All(["Where bits are lost", "Bits through the model", "Formats", "scores", "Smallest format"], part => Assert.Contains(part, html));
        Assert.DoesNotContain("http", html.Replace("http-equiv", "", StringComparison.Ordinal));
        Assert.NotEqual(ExitCode.Done, Tool.Run(line).Code);
        File.Delete(page);
    }

    [Theory]
    [InlineData("--arithmetic float32", "compared with")]
    [InlineData("--arithmetic mca:99", "1 to 53")]
    [InlineData("--samples 1", "2 or more")]
    [InlineData("--probability 1", "between 0 and 1")]
    [InlineData("--sweep sideways", "ob, ib, full")]
    [InlineData("--keep 0", "up to 1")]
    [InlineData("--limit 0", "1 or more")]
    public void Wrong_options_say_what_to_use(string options, string part)
    {
        ToolResult result = Tool.Run(["analyze", models.At("net.onnx"), .. options.Split(' ')]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(part, result.Error);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void The_commands_of_the_guide_run()
    {
        string guide = File.ReadAllText(Repository.At("docs/guides/numerical-analysis.md"));
        string[] lines = [.. guide.Split('\n').Where(l => l.StartsWith("dyadic ", StringComparison.Ordinal))];
        Assert.NotEmpty(lines);
        foreach (string line in lines)
        {
            string[] words = line.Replace("'", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
            for (int i = 0; i < words.Length; i++)
            {
                if (words[i].StartsWith("assets/", StringComparison.Ordinal)) words[i] = Repository.At(words[i]);
                else if (words[i].EndsWith(".html", StringComparison.Ordinal)) words[i] = models.At(words[i]);
            }
            Tool.Ok([.. words, "--samples", "3", "--limit", "2", "--force"]);
        }
    }
}
