using System.Diagnostics;
using System.Text.Json;
using Dyadic.Cli.Framework;
using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Runs;
using Dyadic.Testing;

namespace Dyadic.Cli.Tests;

public sealed class TrainCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dyadic-train-");
    private readonly string _data;

    public TrainCommandTests()
    {
        // 64 images of 8×8 in two classes: dark and bright.
        _data = At("data.npz");
        Rng rng = new(1);
        byte[] pixels = new byte[64 * 64];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)rng.NextInt(i / 64 % 2 * 128, (i / 64 % 2 * 128) + 100);
        Npz.Write(_data, [new("input", Tensor.From(pixels, Shape.Of(64, 8, 8))), new("labels", Tensor.From<long>([.. Enumerable.Range(0, 64).Select(i => i % 2L)], Shape.Of(64)))]);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private static (int Code, string Output, string Error) Run(CancellationToken cancellation, params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = CommandLine.Run(["train", .. arguments], output, error, cancellation);
        return (code, output.ToString(), error.ToString());
    }

    private string[] Small(string run, params string[] more) =>
        ["mlp", "--data", _data, "--epochs", "20", "--batch-size", "16", "--no-augment", "--learning-rate", "0.05", "--run", At(run), .. more];

    [Fact]
    public void The_contract_of_json_and_of_the_run_folder()
    {
        (int code, string output, string error) = Run(default, Small("run", "-o", At("m.onnx"), "--json", "--seed", "3"));
        Assert.True(code == 0, error);
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(1, json.GetProperty("schemaVersion").GetInt32());
        Assert.InRange(json.GetProperty("accuracy").GetDouble(), 0.9, 1);
        Assert.Equal(20, json.GetProperty("loss").GetArrayLength());
        Assert.True(json.GetProperty("seconds").GetDouble() > 0);
        IReadOnlyDictionary<string, string> metadata = OnnxModel.Import(At("m.onnx")).Graph.Metadata;
        Assert.Matches("^[0-9a-f]{16}$", metadata["dyadic.train.run"]);
        Assert.Equal(("mlp", "float32", "3"), (metadata["dyadic.train.network"], metadata["dyadic.train.arithmetic"], metadata["dyadic.train.seed"]));
        Assert.DoesNotContain('/', metadata["dyadic.train.data"]);

        RunRecord record = RunFolder.At(At("run")).Read();
        Assert.Equal("completed", record.Status);
        Assert.Equal("3", record.Arguments["seed"]);
        Assert.Equal(json.GetProperty("accuracy").GetDouble(), record.Last("accuracy"));
        Assert.Equal(json.GetProperty("loss")[19].GetDouble(), record.Last("loss"));
        Assert.All(record.Artifacts.Values, file => Assert.True(File.Exists(Path.Combine(At("run"), file)), file));
    }

    [Fact]
    public void A_transformer_is_trained_by_AdamW_and_a_run_says_so()
    {
        string[] vit = ["vit-tiny", "--data", _data, "--epochs", "8", "--batch-size", "16", "--no-augment"];
        (int code, string output, string error) = Run(default, [.. vit, "--run", At("vit"), "--json"]);
        Assert.True(code == 0, error);
        Assert.InRange(JsonDocument.Parse(output).RootElement.GetProperty("accuracy").GetDouble(), 0.9, 1);
        IReadOnlyDictionary<string, string> given = RunFolder.At(At("vit")).Read().Arguments;
        Assert.Equal(("adamw", "0.001", "0.05"), (given["optimizer"], given["learningRate"], given["weightDecay"]));
        Assert.Equal(0, Run(default, [.. vit[..3], "--optimizer", "sgd", "--epochs", "1", "--run", At("sgd")]).Code);
        Assert.Equal(("sgd", "0.1"), (RunFolder.At(At("sgd")).Read().Arguments["optimizer"], RunFolder.At(At("sgd")).Read().Arguments["learningRate"]));
    }

    [Fact]
    public void Mistakes_of_usage_are_told_before_anything_is_made()
    {
        Usage("vgg19", "vgg19", "--data", _data);
        Usage("Name a network", "--data", _data);
        Usage("names no data", Small("run", "--test", "nothing"));
        Usage("int17", Small("run", "--arithmetic", "int17"));
        Usage("names no arithmetic", Small("run", "--arithmetic", "posit8"));
        Usage("epoch", "mlp", "--data", _data, "--epochs", "0", "--run", At("run"));
        Usage("between checkpoints", Small("run", "--checkpoint-every", "0"));
        Usage("learning rate", "mlp", "--data", _data, "--learning-rate", "-1", "--run", At("run"));
        Usage("label smoothing", Small("run", "--label-smoothing", "1"));
        Usage("weight decay", Small("run", "--weight-decay", "-1"));
        Usage("sgd or adamw", Small("run", "--optimizer", "lion"));
        Usage("no run folder", "--resume", At("run"));
        Assert.False(Directory.Exists(At("run")));
    }

    [Fact]
    public void What_is_missing_or_unwritable_fails_before_the_work()
    {
        Assert.Equal(1, Fails("does not exist", Small("run", "-o", At("no/m.onnx"))));
        Assert.Equal(1, Fails("is a folder", Small("run", "-o", _folder.FullName)));
        File.WriteAllText(At("taken.onnx"), "");
        Assert.Equal(1, Fails("--force", Small("run", "-o", At("taken.onnx"))));
        Assert.Equal(4, Fails("none.npz", "mlp", "--data", At("none.npz"), "--run", At("run")));
        Assert.Equal(4, Fails("none.npz", Small("run", "--test", At("none.npz"))));
        Npz.Write(At("unlabelled.npz"), [new("input", Tensor.Zeros(Shape.Of(8, 1, 8, 8)))]);
        Assert.Equal(4, Fails("no labels", "mlp", "--data", At("unlabelled.npz"), "--run", At("run")));
        Assert.False(Directory.Exists(At("run")));
        Assert.Equal("", File.ReadAllText(At("taken.onnx")));
    }

    [Fact]
    public void An_existing_run_is_neither_overwritten_nor_resumed_with_other_arguments()
    {
        Assert.Equal(0, Run(default, Small("run")).Code);
        byte[] model = File.ReadAllBytes(At("run/model.onnx"));
        Usage("holds a run already", Small("run"));
        Usage("--epochs", "--resume", At("run"), "--epochs", "5");
        Usage("seed", "--resume", At("run"), "--seed", "77");
        Usage("not resnet8", "resnet8", "--resume", At("run"));
        Assert.Equal(0, Run(default, "mlp", "--resume", At("run")).Code);          // finished: writes the same model again
        Assert.Equal(model, File.ReadAllBytes(At("run/model.onnx")));
        Assert.Equal(0, Run(default, Small("run", "--force")).Code);
        Assert.Equal(model, File.ReadAllBytes(At("run/model.onnx")));
    }

    [Fact]
    public void A_damaged_run_folder_is_refused()
    {
        Assert.Equal(0, Run(default, Small("run")).Code);
        RunFolder folder = RunFolder.At(At("run"));
        RunRecord record = folder.Read();
        foreach (string key in (string[])["network", "data", "epochs"])
        {
            folder.Write(record with { Arguments = record.Arguments.Where(a => a.Key != key).ToDictionary() });
            Assert.Equal(4, Fails(key, "--resume", At("run")));
        }
        folder.Write(record);
        byte[] checkpoint = File.ReadAllBytes(folder.Checkpoint);
        File.WriteAllBytes(folder.Checkpoint, checkpoint[..^5]);
        Assert.Equal(4, Fails("checkpoint.safetensors", "--resume", At("run")));
        File.WriteAllText(folder.File("run.json"), "{");
        Assert.Equal(4, Fails("run.json", "--resume", At("run")));
    }

    [Fact]
    public void An_interrupted_run_can_be_resumed_to_the_same_model()
    {
        string[] Arguments(string run) => ["mlp", "--data", _data, "--epochs", "150", "--batch-size", "16", "--no-augment", "--learning-rate", "0.01", "--run", At(run), "--checkpoint-every", "1"];
        using CancellationTokenSource stop = new();
        RunFolder folder = RunFolder.At(At("stopped"));
        Thread watch = new(() =>
        {
            SpinWait.SpinUntil(() => File.Exists(folder.Checkpoint), TimeSpan.FromMinutes(1));
            stop.Cancel();
        });
        watch.Start();
        (int code, string output, string error) = Run(stop.Token, Arguments("stopped"));
        watch.Join();
        Assert.Equal(130, code);
        Assert.Equal("", output);
        Assert.Contains("--resume", error);
        Assert.Equal("interrupted", folder.Read().Status);
        Assert.False(File.Exists(folder.File("model.onnx")));
        Assert.True(File.Exists(folder.Checkpoint));

        Assert.Equal(0, Run(default, "--resume", folder.Path).Code);
        Assert.Equal(0, Run(default, Arguments("whole")).Code);
        Assert.Equal(File.ReadAllBytes(At("whole/model.onnx")), File.ReadAllBytes(folder.File("model.onnx")));
        Assert.Equal(RunFolder.At(At("whole")).Read().Metrics, folder.Read().Metrics);
    }

    [FixtureFact(Fixture.FashionMnist), Trait("speed", "slow")]
    public void A_killed_process_resumes_to_the_same_bytes()
    {
        string[] Arguments(string run) =>
            ["train", "resnet8", "--data", "fashion-mnist:train[0:2560]", "--test", "fashion-mnist:test[0:256]", "--epochs", "1", "--seed", "1", "--checkpoint-every", "3", "--run", At(run)];
        using (Process whole = Start(Arguments("whole"))) Ends(whole);

        RunFolder folder = RunFolder.At(At("killed"));
        using (Process killed = Start(Arguments("killed")))
        {
            Assert.True(SpinWait.SpinUntil(() => File.Exists(folder.Checkpoint) || killed.HasExited, TimeSpan.FromMinutes(2)));
            killed.Kill();                                                     // SIGKILL
            killed.WaitForExit();
            Assert.Equal(137, killed.ExitCode);
        }
        Assert.False(File.Exists(folder.File("model.onnx")));                  // it was in mid-epoch
        using (Process resumed = Start("train", "--resume", folder.Path)) Assert.Contains("continuing at step", Ends(resumed));
        Assert.Equal(File.ReadAllBytes(At("whole/model.onnx")), File.ReadAllBytes(folder.File("model.onnx")));
    }

    private static void Usage(string says, params string[] arguments) => Assert.Equal(ExitCode.Usage, Fails(says, arguments));

    // One line on standard error, nothing on standard output.
    private static int Fails(string says, params string[] arguments)
    {
        (int code, string output, string error) = Run(default, arguments);
        Assert.Equal("", output);
        string line = error.Trim().Split('\n')[^1];
        Assert.StartsWith("dyadic: ", line);
        Assert.Contains(says, line, StringComparison.OrdinalIgnoreCase);
        return code;
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath ?? "dotnet", [typeof(CommandLine).Assembly.Location, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;

    private static string Ends(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
        return error + output.Result;
    }
}
