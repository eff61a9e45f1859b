using System.Diagnostics;
using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>The checker of the standard's own Python package, on files.</summary>
internal static class StandardChecker
{
    /// <summary>The newest operator set that the installed checker knows.</summary>
    public const int Opset = 17;

    private const string Script = """
        import glob, sys, onnx
        for f in sorted(glob.glob(sys.argv[1] + '/*.onnx')):
            try:
                onnx.checker.check_model(onnx.load(f), full_check=True)
            except Exception as e:
                print(f.split('/')[-1], str(e).splitlines()[0])
        print('checked')
        """;

    /// <summary>Fails unless it finds nothing in any of the files, given by name.</summary>
    public static void FindsNothing(IEnumerable<(string Name, byte[] Bytes)> files)
    {
        string folder = Directory.CreateTempSubdirectory("dyadic").FullName;
        foreach ((string name, byte[] bytes) in files) File.WriteAllBytes(Path.Combine(folder, $"{name}.onnx"), bytes);
        using Process p = Process.Start(new ProcessStartInfo(Fixtures.PythonWithOnnx, ["-c", Script, folder]) { RedirectStandardOutput = true })!;
        string text = p.StandardOutput.ReadToEnd();
        p.WaitForExit();
        Directory.Delete(folder, true);
        Assert.True(text == "checked\n", text);
    }
}
