using Dyadic.Cli.Framework;

namespace Dyadic.Cli.Tests.Commands;

/// <summary>One sentence on standard error, the right exit code, nothing on standard output and no file left behind.</summary>
[Collection(nameof(SmallModels))]
public sealed class BadInputTests(SmallModels models)
{
    public static TheoryData<string, int, string> Cases => new()
    {
        { "run cut.onnx --inputs data.npz", ExitCode.InvalidInput, "cut.onnx" },
        { "run garbled.onnx --inputs data.npz", ExitCode.InvalidInput, "no ONNX model" },
        { "run data.npz --inputs data.npz", ExitCode.InvalidInput, "no ONNX model" },
        { "run missing.onnx --inputs data.npz", ExitCode.InvalidInput, "does not exist" },
        { "run net.onnx --inputs cut.npz -o out.npz", ExitCode.InvalidInput, "cut.npz" },
        { "run net.onnx --inputs garbled.npz -o out.npz", ExitCode.InvalidInput, "garbled.npz" },
        { "run net.onnx --inputs missing.npz -o out.npz", ExitCode.InvalidInput, "does not exist" },
        { "run net.onnx --inputs wrong.npz -o out.npz", ExitCode.InvalidInput, "the model expects x float32[N, 1, 8, 8]" },
        { "run net.onnx --inputs names.npz -o out.npz", ExitCode.InvalidInput, "the model expects x" },
        { "run net.onnx --inputs empty.npz -o out.npz", ExitCode.InvalidInput, "no samples" },
        { "run two.onnx --inputs data.npz", ExitCode.InvalidInput, "the model expects a float32[N, 4], b float32[N, 4]" },
        { "run fixed.onnx --inputs data.npz[0:3]", ExitCode.InvalidInput, "" },
        { "run net.onnx --inputs data.npz[20:30]", ExitCode.InvalidInput, "not within the 24 samples" },
        { "run net.onnx --inputs data.npz[5:5]", ExitCode.Usage, "empty" },
        { "run net.onnx --inputs nonsense", ExitCode.Usage, "names no data" },
        { "run net.onnx --inputs data.npz -o net.onnx", ExitCode.Usage, "--force" },
        { "run net.onnx --inputs data.npz -o no/such/folder/out.npz", ExitCode.Failed, "folder" },
        { "run net.onnx --inputs data.npz --engine magic", ExitCode.Usage, "magic" },
        { "run net.onnx", ExitCode.Usage, "--inputs" },
        { "evaluate net.onnx --data plain.npz", ExitCode.InvalidInput, "no labels" },
        { "evaluate net.onnx --data short-labels.npz", ExitCode.InvalidInput, "labels" },
        { "evaluate net.onnx --data data.npz --min 1.01", ExitCode.GateNotMet, "the gate is" },
        { "evaluate net.onnx --data data.npz --limit 0", ExitCode.Usage, "--limit" },
        { "quantize net.onnx --calibration empty.npz -o q.onnx", ExitCode.InvalidInput, "no samples" },
        { "quantize", ExitCode.Usage, "needs a model" },
        { "quantize net.onnx -o q.onnx", ExitCode.Usage, "--calibration" },
        { "quantize net.onnx --calibration data.npz", ExitCode.Usage, "--output" },
        { "quantize net.onnx --config rules.json --dry-run", ExitCode.InvalidInput, "rule 1 (match 'konv') matches no node. The nearest nodes are 'conv'" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --config rules.json", ExitCode.InvalidInput, "matches no node" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --bits 9", ExitCode.Usage, "--bits is 9" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --method magic", ExitCode.Usage, "magic" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --method mse --method minmax", ExitCode.Usage, "name one" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --method mse+gptq+gptq", ExitCode.Usage, "name one" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --method minmax+guess", ExitCode.Usage, "bias-correction" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --max-drop -1", ExitCode.Usage, "--max-drop is -1" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --max-drop 1 --integer-only", ExitCode.Usage, "Use one of them" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --evaluate data.npz", ExitCode.Usage, "is for --max-drop" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --config bad.json", ExitCode.InvalidInput, "configuration" },
        { "quantize net.onnx --calibration data.npz -o q.onnx --config missing.json", ExitCode.InvalidInput, "does not exist" },
        { "quantize net.onnx --calibration data.npz -o int.onnx", ExitCode.Usage, "--force" },
        { "compare net.onnx two.onnx --inputs data.npz", ExitCode.InvalidInput, "the model expects" },
        { "verify cut.onnx", ExitCode.InvalidInput, "cut.onnx" },
        { "verify int.onnx --expect 00ff", ExitCode.GateNotMet, "00ff" },
        { "explain net.onnx --batch 0", ExitCode.Usage, "--batch is 0" },
        { "bench missing.onnx", ExitCode.InvalidInput, "does not exist" },
        { "bench net.onnx --rounds 0", ExitCode.Usage, "--rounds is 0" },
        { "bench net.onnx --against tensorrt", ExitCode.Usage, "tensorrt" },
        { "bench net.onnx --threads 1,x", ExitCode.Usage, "--threads is 1,x: write whole numbers from 1 to 1024" },
        { "bench net.onnx --threads 2,1,2", ExitCode.Usage, "2 is there twice" },
        { "bench net.onnx --threads 1,,2", ExitCode.Usage, "--threads is 1,,2" },
        { "bench net.onnx --batch 0", ExitCode.Usage, "--batch is 0" },
        { "bench net.onnx --batch 1 8 8", ExitCode.Usage, "8 is there twice" },
        { "bench net.onnx --peer-model qdq.onnx", ExitCode.Usage, "--against onnxruntime" },
        { "bench net.onnx qdq.onnx --against onnxruntime --peer-model qdq.onnx", ExitCode.Usage, "one model" },
        { "bench net.onnx --against onnxruntime --peer-model missing.onnx", ExitCode.InvalidInput, "does not exist" },
        { "inspect net.onnx --threads 1,2", ExitCode.Usage, "'inspect' takes one number" },
        { "inspect net.onnx --size tokens", ExitCode.Usage, "NAME=N" },
        { "runs list --root missing", ExitCode.InvalidInput, "missing" },
        { "runs show nobody --root missing", ExitCode.InvalidInput, "nobody" },
        { "runs", ExitCode.Usage, "list, show, compare" },
        { "jit", ExitCode.Usage, "list, show, check" },
        { "jit list --isa sse2", ExitCode.Usage, "sse2" },
        { "jit show contract_u8s8_2x16_store@avxvni", ExitCode.Usage, "Near it: contract_u8s8_2x16_store@avxvnni" },
        { "bench", ExitCode.Usage, "Required argument" },
        { "bench kernels --filter nothing", ExitCode.Usage, "no kernel's name holds" },
        { "bench kernels --rounds 0", ExitCode.Usage, "--rounds is 0" },
        { "bench train --filter nothing", ExitCode.Usage, "There are mlp, resnet20" },
        { "bench train --rounds 0", ExitCode.Usage, "--rounds is 0" },
        { "bench train --arithmetic float33 --alone", ExitCode.Usage, "float33" },
        { "completion tcsh", ExitCode.Usage, "tcsh" },
        { "inspekt net.onnx", ExitCode.Usage, "Did you mean inspect?" },
        { "inspect net.onnx --plam", ExitCode.Usage, "Did you mean --plan?" },
        { "inspect net.onnx more.onnx", ExitCode.Usage, "more.onnx" },
        { "inspect net.onnx --threads 0", ExitCode.Usage, "--threads is 0" },
        { "inspect net.onnx --seed minus", ExitCode.Usage, "minus" },
        { "", ExitCode.Usage, "name one of the commands" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Errors_are_one_sentence_with_the_right_code(string line, int code, string says)
    {
        string[] before = models.Files();
        string[] arguments = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Contains('.') || w.StartsWith("no/", StringComparison.Ordinal) ? models.At(w) : w)];
        arguments = [.. arguments.Select(a => a == models.At("1.01") ? "1.01" : a), "--json"];
        ToolResult result = Tool.Run(arguments);
        Assert.True(code == result.Code, $"{line}: exit code {result.Code}, {result.Error}");
        Assert.Contains(says, result.Error);
        string[] sentences = [.. result.ErrorLines.Where(l => l.StartsWith("dyadic: ", StringComparison.Ordinal))];
        Assert.Single(sentences);
        Assert.DoesNotContain("   at ", result.Error);
        if (code != ExitCode.GateNotMet) Assert.Empty(result.Output);
        Assert.Equal(before, models.Files());
    }

    [Fact]
    public void Verbose_adds_the_stack_trace()
    {
        ToolResult result = Tool.Run("inspect", models.At("garbled.onnx"), "--verbose");
        Assert.Contains("   at ", result.Error);
    }

    [Fact]
    public void A_gate_that_is_not_met_still_prints_the_result()
    {
        ToolResult result = Tool.Run("verify", models.At("net.onnx"), "--integer-only", "--json");
        Assert.Equal(ExitCode.GateNotMet, result.Code);
        Assert.False(result.Json.GetProperty("integerOnly").GetBoolean());
        Assert.NotEmpty(result.Json.GetProperty("violations").EnumerateArray());
    }

    [Theory]
    [InlineData("run net.onnx --inputs data.npz -o cancelled.npz")]
    [InlineData("quantize net.onnx --calibration data.npz -o cancelled.onnx")]
    [InlineData("verify int.onnx")]
    [InlineData("bench net.onnx")]
    public void An_interrupted_command_exits_with_130_and_leaves_nothing(string line)
    {
        string[] before = models.Files();
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(1));
        source.Token.WaitHandle.WaitOne();
        ToolResult result = Tool.Run([.. line.Split(' ').Select(w => w.Contains('.') ? models.At(w) : w)], source.Token);
        Assert.Equal(ExitCode.Interrupted, result.Code);
        Assert.Equal("dyadic: interrupted.", result.ErrorLines[^1]);
        Assert.Equal(before, models.Files());
    }

    [Fact]
    public void An_output_folder_without_permission_is_reported_and_left_as_it_was()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root") return;     // root may write anywhere
        string folder = Directory.CreateDirectory(models.At("locked")).FullName;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.Equal(ExitCode.Failed, Tool.Run("run", models.At("net.onnx"), "--inputs", models.At("data.npz"), "-o", Path.Combine(folder, "o.npz")).Code);
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.Delete(folder);
        }
    }
}
