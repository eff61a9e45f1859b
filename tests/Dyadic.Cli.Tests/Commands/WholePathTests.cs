using System.Diagnostics;
using System.Text.Json;
using Dyadic.Cli.Framework;
using Dyadic.Testing;

namespace Dyadic.Cli.Tests.Commands;

/// <summary>The commands that take their time, and the tool as a process of its own.</summary>
public sealed class WholePathTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dyadic-path-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact, Trait("speed", "slow")]
    public void Train_keeps_its_contract_and_its_run_is_listed()
    {
        string model = Path.Combine(_folder, "m.onnx"), run = Path.Combine(_folder, "runs", "t1");
        Directory.CreateDirectory(Path.Combine(_folder, "runs"));
        JsonElement json = Tool.Ok("train", "resnet8", "--data", "sample[0:96]", "--test", "sample[0:32]", "--epochs", "1", "--batch-size", "32", "-o", model, "--run", run, "--json").Json;
        Assert.Single(json.GetProperty("loss").EnumerateArray());
        Assert.InRange(json.GetProperty("accuracy").GetDouble(), 0, 1);
        Assert.True(json.GetProperty("seconds").GetDouble() > 0);
        JsonElement listed = Tool.Ok("runs", "list", "--root", Path.Combine(_folder, "runs"), "--json").Json.GetProperty("runs")[0];
        Assert.Equal(("t1", "completed"), (listed.GetProperty("id").GetString(), listed.GetProperty("status").GetString()));
        Assert.Equal(json.GetProperty("accuracy").GetDouble(), listed.GetProperty("accuracy").GetDouble());
        Assert.Equal(json.GetProperty("accuracy").GetDouble(), Tool.Ok("evaluate", model, "--data", "sample[0:32]", "--json").Json.GetProperty("value").GetDouble(), 1.01 / 32);
        Assert.Equal(ExitCode.Usage, Tool.Run("train", "resnet8", "--data", "sample[0:96]", "--run", run).Code);
    }

    [Fact]
    public void The_embedded_network_is_what_its_guide_says()
    {
        string model = Repository.At("assets/resnet8-fashion-mnist.onnx"), quantised = Path.Combine(_folder, "q.onnx");
        Assert.InRange(Tool.Ok("evaluate", model, "--data", "sample[0:500]", "--min", "0.9", "--json").Json.GetProperty("value").GetDouble(), 0.9, 1);
        JsonElement json = Tool.Ok("quantize", model, "--calibration", "sample[500:628]", "-o", quantised, "--integer-only", "--json").Json;
        Assert.InRange((double)json.GetProperty("bytes").GetInt64() / json.GetProperty("bytesFloat").GetInt64(), 0.2, 0.30);
        JsonElement compared = Tool.Ok("compare", model, quantised, "--inputs", "sample[0:200]", "--json").Json;
        Assert.InRange(compared.GetProperty("top1Agreement").GetDouble(), 0.98, 1);
        Tool.Ok("verify", quantised, "--integer-only", "--inputs", "sample[0:2]");
    }

    [Fact]
    public async Task As_a_process_into_a_pipe_it_writes_no_escape_codes_and_one_object()
    {
        foreach (string[] line in (string[][])[["inspect", Repository.At("assets/resnet8-fashion-mnist.onnx")], ["inspect", Repository.At("assets/resnet8-fashion-mnist.onnx"), "--json"], ["inspekt"]])
        {
            ProcessStartInfo start = new("dotnet", [typeof(CommandLine).Assembly.Location, .. line]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["NO_COLOR"] = "1";
            start.Environment["TERM"] = "xterm-256color";
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(line[0] == "inspekt" ? ExitCode.Usage : ExitCode.Done, process.ExitCode);
            Assert.DoesNotContain('\e', output + await error);
            if (line[^1] == "--json") JsonDocument.Parse(output).Dispose();
        }
    }

    [Fact]
    public async Task A_switch_that_means_nothing_is_a_usage_error()
    {
        ProcessStartInfo start = new("dotnet", [typeof(CommandLine).Assembly.Location, "doctor"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DYADIC_ISA"] = "avx3";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        Assert.Empty(await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal(ExitCode.Usage, process.ExitCode);
        Assert.Equal("dyadic: DYADIC_ISA is 'avx3' in the environment. Set it to none, avx2, avxvnni, avx512, avx512vnni or amx, or leave it unset.", (await error).Trim());
    }
}
