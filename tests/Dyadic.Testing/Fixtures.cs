using System.Diagnostics;
using Dyadic.Cli.Peers;

namespace Dyadic.Testing;

/// <summary>Something that a test needs and the repository does not hold.</summary>
public enum Fixture
{
    /// <summary>The IDX files of Fashion-MNIST: 60,000 and 10,000 labelled images.</summary>
    FashionMnist,

    /// <summary>The backend cases of ONNX 1.12: one folder a case, with model.onnx and test_data_set_0.</summary>
    OnnxTestData,

    /// <summary>Debian's python3 with onnx and numpy, for onnx.checker.</summary>
    PythonOnnx,

    /// <summary>The shared library of ONNX Runtime, as oracle.</summary>
    OnnxRuntime,

    /// <summary>Published networks from the npm registry.</summary>
    PublishedModels,

    /// <summary>A TrueType font of Debian's, to draw lines of text with.</summary>
    Font,

    /// <summary>A folder of real models and data that is never part of a clone; its tests are left out where it is absent, on any machine.</summary>
    ExternalData,
}

/// <summary>Where the fixtures of this machine are, and how to install those that are absent.</summary>
public static class Fixtures
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<string?> FashionMnistFolder = new(() => FolderInPackage("dataset-fashion-mnist", "/t10k-labels-idx1-ubyte.gz"));
    private static readonly Lazy<string?> OnnxTestDataFolder = new(() => FolderInPackage("libonnx-testdata", "/data/node"));
    private static readonly Lazy<string?> OnnxRuntimeProblem = new(() => OnnxRuntimePeer.TryLoad(null, out _, out string reason) ? null : reason);
    private static readonly Lazy<bool> PythonHasOnnx = new(() => File.Exists(Python) && Output(Python, "-c", "import onnx, numpy") is not null);

    /// <summary>The folder with the four IDX files of Fashion-MNIST.</summary>
    public static string FashionMnist => FashionMnistFolder.Value ?? throw Absent(Fixture.FashionMnist);

    /// <summary>The folder that holds node/, simple/, light/ and the other groups of ONNX backend cases.</summary>
    public static string OnnxTestData => OnnxTestDataFolder.Value ?? throw Absent(Fixture.OnnxTestData);

    /// <summary>The interpreter that imports onnx; another python3 may come first on PATH.</summary>
    public static string PythonWithOnnx => PythonHasOnnx.Value ? Python : throw Absent(Fixture.PythonOnnx);

    /// <summary>ONNX Runtime, loaded once.</summary>
    public static OnnxRuntimePeer OnnxRuntime =>
        OnnxRuntimePeer.TryLoad(null, out OnnxRuntimePeer? peer, out _) ? peer : throw Absent(Fixture.OnnxRuntime);

    /// <summary>DYADIC_DATA, or shared/data beside the repository.</summary>
    public static string ExternalData =>
        Environment.GetEnvironmentVariable("DYADIC_DATA") is { Length: > 0 } set ? set : Path.Combine(Repository.Root, "..", "shared", "data");

    /// <summary>The folder that fixtures/models fills.</summary>
    public static string PublishedModels => Repository.At(".fixtures/models");

    /// <summary>Null when everything asked for is here; otherwise the loud line that a skipped test shows.</summary>
    public static string? Missing(params ReadOnlySpan<Fixture> fixtures)
    {
        foreach (Fixture f in fixtures)
            if (!IsPresent(f)) return f == Fixture.ExternalData ? $"no external data: {Install(f)}" : $"missing fixture {f}: {Install(f)}";
        return null;
    }

    private static bool IsPresent(Fixture fixture) => fixture switch
    {
        Fixture.FashionMnist => FashionMnistFolder.Value is not null,
        Fixture.OnnxTestData => OnnxTestDataFolder.Value is not null,
        Fixture.PythonOnnx => PythonHasOnnx.Value,
        Fixture.OnnxRuntime => OnnxRuntimeProblem.Value is null,
        Fixture.Font => File.Exists("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
        Fixture.PublishedModels => File.Exists(Path.Combine(PublishedModels, "silero_vad_v5.onnx")),
        _ => File.Exists(Path.Combine(ExternalData, "models", "refs.json")),
    };

    /// <summary>The command that installs a fixture on Debian.</summary>
    public static string Install(Fixture fixture) => fixture switch
    {
        Fixture.FashionMnist => "apt-get install -y dataset-fashion-mnist",
        Fixture.OnnxTestData => "apt-get install -y libonnx-testdata",
        Fixture.PythonOnnx => "apt-get install -y python3-onnx python3-numpy",
        Fixture.OnnxRuntime => $"npm install --prefix .fixtures --ignore-scripts --no-save onnxruntime-node@1.30.0 ({OnnxRuntimeProblem.Value})",
        Fixture.Font => "apt-get install -y fonts-dejavu-core",
        Fixture.PublishedModels => "fixtures/models .fixtures/models",
        _ => "set DYADIC_DATA to the folder that holds models/refs.json",
    };

    private static InvalidOperationException Absent(Fixture fixture) => new($"{Missing(fixture)}. Mark the test with [FixtureFact(Fixture.{fixture})].");

    // The folder of an installed Debian package that holds the named file or folder.
    private static string? FolderInPackage(string package, string member) =>
        Path.GetDirectoryName(Output("dpkg", "-L", package)?.Split('\n').FirstOrDefault(l => l.EndsWith(member, StringComparison.Ordinal)));

    // What a command prints, or null when it cannot be run or fails.
    private static string? Output(string command, params string[] arguments)
    {
        try
        {
            using Process p = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            p.ErrorDataReceived += static (_, _) => { };
            p.BeginErrorReadLine();
            string text = p.StandardOutput.ReadToEnd();
            p.WaitForExit();
            return p.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
