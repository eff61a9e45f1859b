using System.Text.Json;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Cli.Tests.Commands;

/// <summary>run, evaluate, compare and quantize on a small network.</summary>
[Collection(nameof(SmallModels))]
public sealed class RunningTests(SmallModels models)
{
    [Theory]
    [InlineData("net.onnx")]
    [InlineData("qdq.onnx")]
    [InlineData("int.onnx")]
    public void Both_engines_agree(string model)
    {
        Tensor compiled = Outputs(model, "compiled", "data.npz"), reference = Outputs(model, "reference", "data.npz");
        Assert.Equal(Shape.Of(SmallModels.Samples, SmallModels.Classes), compiled.Shape);
        float[] a = Numbers.Floats(compiled), b = Numbers.Floats(reference);
        if (model == "int.onnx") Assert.Equal(b, a);
        else for (int i = 0; i < a.Length; i++) Assert.Equal(b[i], a[i], model == "net.onnx" ? 1e-4f : 0.1f);     // one rounding of an 8-bit layer apart
    }

    [Fact]
    public void The_compiled_engine_gives_what_the_graph_gives()
    {
        Graph graph = ModelFile.Open(models.At("net.onnx")).Graph;
        float[] expected = graph.Run(new Dictionary<string, Tensor> { ["x"] = Npz.Read(models.At("data.npz"))["x"] })["scores"].ToArray<float>();
        float[] actual = Outputs("net.onnx", "compiled", "data.npz").ToArray<float>();
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-4f);
    }

    [Fact]
    public void A_model_of_fixed_batch_is_stepped_through()
    {
        Tensor both = Outputs("fixed.onnx", "compiled", "data.npz"), reference = Outputs("fixed.onnx", "reference", "data.npz");
        Assert.Equal(SmallModels.Samples, both.Shape[0].Size);
        float[] a = both.ToArray<float>(), b = reference.ToArray<float>();
        for (int i = 0; i < a.Length; i++) Assert.Equal(b[i], a[i], 1e-4f);
    }

    [Theory]
    [InlineData("double.npz", "converted from float64 to float32")]
    [InlineData("flat.npz", "reshaped from [24, 64]")]
    [InlineData("flat.npz", "array 'anything' is used as input 'x'")]
    public void Conversions_are_stated_and_harmless(string data, string note)
    {
        string file = models.At("converted.npz");
        ToolResult result = Tool.Ok("run", models.At("net.onnx"), "--inputs", models.At(data), "-o", file, "--force", "--json");
        Assert.Contains(note, result.Error);
        Assert.Equal(Outputs("net.onnx", "compiled", "data.npz").ToArray<float>(), Npz.Read(file)["scores"].ToArray<float>());
        File.Delete(file);
    }

    [Fact]
    public void Real_numbers_are_quantised_at_the_boundary_of_an_integer_model()
    {
        Graph graph = ModelFile.Open(models.At("int.onnx")).Graph;
        CodeParams codes = CodeParams.Of(graph, "x")!;
        Assert.Equal(DType.UInt8, graph.Inputs[0].Type.Type);
        string file = models.At("codes.npz"), output = models.At("from-codes.npz");
        Npz.Write(file, new Dictionary<string, Tensor> { ["x"] = codes.Quantize(Npz.Read(models.At("data.npz"))["x"]) }, overwrite: true);
        ToolResult given = Tool.Ok("run", models.At("int.onnx"), "--inputs", file, "-o", output, "--force");
        Assert.DoesNotContain("boundary", given.Error);
        ToolResult real = Tool.Ok("run", models.At("int.onnx"), "--inputs", models.At("data.npz"));
        Assert.Contains($"quantised at the boundary to {codes}", real.Error);
        Assert.Equal(Outputs("int.onnx", "compiled", "data.npz").ToArray<sbyte>(), Npz.Read(output).Values.Single().ToArray<sbyte>());
        File.Delete(file);
        File.Delete(output);
    }

    [Fact]
    public void Evaluate_counts_what_the_outputs_say()
    {
        float[] scores = Outputs("net.onnx", "compiled", "data.npz").ToArray<float>();
        int correct = 0;
        for (int i = 0; i < SmallModels.Samples; i++)
        {
            float[] row = scores[(i * SmallModels.Classes)..((i + 1) * SmallModels.Classes)];
            correct += Array.IndexOf(row, row.Max()) == i % SmallModels.Classes ? 1 : 0;
        }
        JsonElement json = Tool.Ok("evaluate", models.At("net.onnx"), "--data", models.At("data.npz"), "--json").Json;
        Assert.Equal((double)correct / SmallModels.Samples, json.GetProperty("value").GetDouble());
        Assert.Equal(SmallModels.Samples, json.GetProperty("n").GetInt32());
        Assert.Equal(1, Tool.Ok("evaluate", models.At("net.onnx"), "--data", models.At("data.npz"), "--metric", "top5", "--json").Json.GetProperty("value").GetDouble());
        Assert.Equal(7, Tool.Ok("evaluate", models.At("net.onnx"), "--data", models.At("data.npz"), "--limit", "7", "--json").Json.GetProperty("n").GetInt32());
    }

    [Fact]
    public void A_model_compared_with_itself_is_equal()
    {
        JsonElement json = Tool.Ok("compare", models.At("net.onnx"), models.At("net.onnx"), "--inputs", models.At("data.npz"), "--per-layer", "--json").Json;
        Assert.Equal(0, json.GetProperty("maxAbs").GetDouble());
        Assert.Equal("Infinity", json.GetProperty("sqnrDb").GetString());
        Assert.Equal(1, json.GetProperty("cosine").GetDouble(), 1e-12);
        Assert.Equal(1, json.GetProperty("top1Agreement").GetDouble());
        Assert.All(json.GetProperty("layers").EnumerateArray(), l => Assert.Equal(0, l.GetProperty("maxAbs").GetDouble()));
    }

    [Theory]
    [InlineData("qdq.onnx")]
    [InlineData("int.onnx")]
    public void Quantised_models_are_near_their_float_model_layer_by_layer(string quantised)
    {
        JsonElement json = Tool.Ok("compare", models.At("net.onnx"), models.At(quantised), "--inputs", models.At("data.npz"), "--per-layer", "--json").Json;
        Assert.InRange(json.GetProperty("sqnrDb").GetDouble(), 20, 90);      // 8 bits: about 50 dB for a full range, less after some layers
        Assert.InRange(json.GetProperty("cosine").GetDouble(), 0.995, 1);
        Assert.NotEmpty(json.GetProperty("layers").EnumerateArray());
        Assert.All(json.GetProperty("layers").EnumerateArray(), l => Assert.InRange(l.GetProperty("cosine").GetDouble(), 0.98, 1 + 1e-9));
    }

    [Fact]
    public void Quantize_takes_its_settings_from_options_over_configuration()
    {
        string config = models.At("c.json"), output = models.At("configured.onnx");
        File.WriteAllText(config, "{ \"bits\": 4, \"calibrator\": \"Mse\" }");
        JsonElement json = Tool.Ok("quantize", models.At("net.onnx"), "--calibration", models.At("data.npz"), "-o", output, "--config", config, "--bits", "6", "--samples", "5", "--json").Json;
        Assert.Equal("mse", json.GetProperty("method").GetString());
        Assert.Equal(6, json.GetProperty("bits").GetInt32());
        Assert.Equal(5, json.GetProperty("samples").GetInt32());
        Assert.Equal(new FileInfo(output).Length, json.GetProperty("bytes").GetInt64());
        File.Delete(config);
        File.Delete(output);
    }

    [Fact]
    public void A_report_has_what_single_layers_do_and_two_runs_are_compared()
    {
        string root = models.At("insight"), page = models.At("insight.html");
        string[] line = ["quantize", models.At("net.onnx"), "--calibration", models.At("data.npz"), "-o", models.At("insight.onnx"), "--force", "--json"];
        JsonElement json = Tool.Ok([.. line, "--bits", "3", "--sensitivity", "--run", Path.Combine(root, "a")]).Json;
        Tool.Ok([.. line, "--bits", "8", "--run", Path.Combine(root, "b")]);
        JsonElement scores = json.GetProperty("sensitivity");
        Assert.Equal(("sqnrDb", "Infinity"), (scores.GetProperty("metric").GetString(), scores.GetProperty("float").GetString()));
        Assert.All(scores.GetProperty("layers").EnumerateArray(), l => Assert.True(l.GetProperty("alone").GetDouble() > scores.GetProperty("whole").GetDouble()));
        Assert.Equal(2, scores.GetProperty("layers").GetArrayLength());
        Assert.NotEmpty(json.GetProperty("advice").EnumerateArray());
        JsonElement labelled = Tool.Ok([.. line, "--sensitivity", "--evaluate", models.At("data.npz")]).Json.GetProperty("sensitivity");
        Assert.Equal("top1", labelled.GetProperty("metric").GetString());
        JsonElement diff = Tool.Ok("report", Path.Combine(root, "a"), Path.Combine(root, "b"), "-o", page, "--json").Json.GetProperty("differences");
        double[] gains = [.. diff.GetProperty("layers").EnumerateArray().Select(l => l.GetProperty("sqnrGain").GetDouble())];
        Assert.True(gains.Length > 0 && gains[0] > 0);
        Assert.Equal(gains.OrderByDescending(Math.Abs), gains);
        string text = File.ReadAllText(page);
        foreach (string heading in (string[])["Differences", "What to try", "Sensitivity", "Ranges", "Error by layer"]) Assert.Contains($"<h2>{heading}</h2>", text);
        Assert.DoesNotContain("<script", text);
        Assert.Equal(JsonValueKind.Null, Tool.Ok("report", Path.Combine(root, "a"), "-o", page, "--force", "--json").Json.GetProperty("differences").ValueKind);
        Directory.Delete(root, recursive: true);
        File.Delete(page);
        File.Delete(models.At("insight.onnx"));
    }

    // With a rate of almost nothing the loss is that of the quantisation.
    [Fact]
    public void Quantize_trains_the_integers_that_it_writes()
    {
        string after = models.At("trained.onnx");
        string[] line = ["quantize", models.At("net.onnx"), "--calibration", models.At("data.npz"), "-o", after, "--bits", "2", "--json", "--force"];
        JsonElement Trained(string epochs, string rate) =>
            Tool.Ok([.. line, "--integer-only", "--train", models.At("data.npz"), "--epochs", epochs, "--batch-size", "6", "--learning-rate", rate]).Json.GetProperty("training");
        JsonElement before = Trained("1", "1e-12"), training = Trained("60", "0.02");
        Assert.Equal(60, training.GetProperty("epochs").GetInt32());
        Assert.Equal(60 * before.GetProperty("steps").GetInt64(), training.GetProperty("steps").GetInt64());
        Assert.True(training.GetProperty("loss").GetDouble() < 0.8 * before.GetProperty("loss").GetDouble(), $"{before} before, {training} after");
        Assert.Equal(0, Tool.Run("verify", after, "--integer-only").Code);
        Assert.Contains("--epochs is for --train", Tool.Run([.. line, "--epochs", "2"]).Error);
        Assert.Contains("--distill is 2", Tool.Run([.. line, "--train", models.At("data.npz"), "--distill", "2"]).Error);
        Assert.Contains("no labels", Tool.Run([.. line, "--train", models.At("plain.npz")]).Error);
        Assert.Contains("not trained yet", Tool.Run([.. line, "--train", models.At("data.npz"), "--max-drop", "1"]).Error);
        File.Delete(after);
    }

    [Fact]
    public void A_dry_run_expands_rules_and_leaves_nothing_behind()
    {
        string config = models.At("scopes.json");
        File.WriteAllText(config, """{ "rules": [{ "match": "^conv$", "bits": 4, "calibrator": "percentile", "percentile": 99 }, { "op": "MatMul", "keepFloat": true }] }""");
        string[] before = models.Files();
        ToolResult result = Tool.Ok("quantize", models.At("net.onnx"), "--config", config, "--method", "mse+gptq", "--dry-run", "--json");
        JsonElement[] nodes = [.. result.Json.GetProperty("nodes").EnumerateArray()];
        JsonElement conv = nodes.Single(n => n.GetProperty("op").GetString() == "Conv"), product = nodes.Single(n => n.GetProperty("op").GetString() == "MatMul"), relu = nodes.Single(n => n.GetProperty("op").GetString() == "Relu");
        Assert.Equal((1, 4, "next", "gptq"), (conv.GetProperty("rule").GetInt32(), conv.GetProperty("bits").GetInt32(), conv.GetProperty("range").GetString(), conv.GetProperty("methods")[0].GetString()));
        Assert.Equal(("percentile", 99, "uint8"), (relu.GetProperty("range").GetString(), relu.GetProperty("percentile").GetDouble(), relu.GetProperty("codes").GetString()));
        Assert.Equal((2, false, "kept by the rule"), (product.GetProperty("rule").GetInt32(), product.GetProperty("integer").GetBoolean(), product.GetProperty("reason").GetString()));
        Assert.Equal([1, 1], result.Json.GetProperty("rules").EnumerateArray().Select(r => r.GetProperty("nodes").GetInt32()));
        Assert.Contains("float32: kept by the rule", Tool.Ok("quantize", models.At("net.onnx"), "--config", config, "--dry-run").Output);
        Assert.Equal(before, models.Files());
        File.Delete(config);
    }

    // Weights of two bits lose answers. A part of them comes back with some nodes; with all but one it is not enough, and nothing is written.
    [Fact]
    public void Quantize_leaves_in_floating_point_what_the_answers_need()
    {
        string output = Path.Combine(models.Folder, "controlled.onnx");
        string[] line = ["quantize", models.At("net.onnx"), "--calibration", models.At("plain.npz"), "-o", output, "--bits", "2", "--json"];
        Assert.Equal(JsonValueKind.Null, Tool.Ok([.. line, "--force"]).Json.GetProperty("control").ValueKind);
        Assert.True(Control(Tool.Ok([.. line, "--force", "--max-drop", "100"]).Json, out string[] none) < 100);
        Assert.Empty(none);
        JsonElement json = Tool.Ok([.. line, "--force", "--max-drop", "50", "--evaluate", models.At("plain.npz")]).Json;
        Assert.Equal(50, Control(json, out string[] reverted));
        Assert.NotEmpty(reverted);
        Assert.Contains(json.GetProperty("layers").EnumerateArray(), l => l.GetProperty("executed").GetString() == "uint8");
        File.Delete(output);
        ToolResult missed = Tool.Run([.. line, "--max-drop", "0"]);
        Assert.Equal(ExitCode.GateNotMet, missed.Code);
        Assert.Contains("agreement is 50.00 %", missed.Error);
        Assert.False(File.Exists(output));

        static double Control(JsonElement json, out string[] reverted)
        {
            JsonElement control = json.GetProperty("control");
            Assert.Equal(("agreement", 100), (control.GetProperty("metric").GetString(), control.GetProperty("float").GetDouble()));
            reverted = [.. control.GetProperty("reverted").EnumerateArray().Select(n => n.GetString()!)];
            return control.GetProperty("score").GetDouble();
        }
    }

    [Fact]
    public void A_quantisation_with_a_run_folder_can_be_listed_shown_and_reported()
    {
        string root = models.At("runs"), output = models.At("recorded.onnx");
        Directory.CreateDirectory(root);
        string[] line = ["quantize", models.At("net.onnx"), "--calibration", models.At("data.npz"), "-o", output, "--run", Path.Combine(root, "q1"), "--json"];
        Tool.Ok(line);
        Assert.Equal(2, Tool.Run([.. line[..^3], "--run", Path.Combine(root, "q1"), "-o", models.At("other.onnx")]).Code);
        JsonElement run = Tool.Ok("runs", "list", "--root", root, "--json").Json.GetProperty("runs")[0];
        Assert.Equal(("q1", "quantize", "completed"), (run.GetProperty("id").GetString(), run.GetProperty("name").GetString(), run.GetProperty("status").GetString()));
        Assert.Contains("calibration", Tool.Ok("runs", "show", "q1", "--root", root).Output);
        string page = models.At("page.html");
        Tool.Ok("report", Path.Combine(root, "q1"), "-o", page);
        Assert.Contains("conv", File.ReadAllText(page));
        Directory.Delete(root, recursive: true);
        File.Delete(page);
        File.Delete(output);
    }

    private Tensor Outputs(string model, string engine, string data)
    {
        string file = models.At($"{model}.{engine}.npz");
        Tool.Ok("run", models.At(model), "--inputs", models.At(data), "-o", file, "--engine", engine, "--json");
        Tensor result = Npz.Read(file).Values.Single();
        File.Delete(file);
        return result;
    }
}
