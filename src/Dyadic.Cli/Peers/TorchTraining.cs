using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Dyadic.Cli.Benchmarks.Training;

namespace Dyadic.Cli.Peers;

/// <summary>PyTorch where the machine has it: a child process that runs torch_train.py and takes a step when told to.</summary>
internal sealed class TorchTraining : TrainingSubject
{
    /// <summary>The engine's name in rows.</summary>
    public const string Name = "torch";

    private const string Script = "torch_train.py", Libraries = "/usr/lib", SharedThreads = "openblas-openmp";
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="what">The case.</param>
    /// <param name="file">.npz with the weights by name, <c>inputs</c> and <c>labels</c>.</param>
    /// <param name="threads">Threads.</param>
    public TorchTraining(TrainingCase what, string file, int threads)
    {
        _process = Start(threads, what.Name, file, threads.ToString(CultureInfo.InvariantCulture));
        Ask("ready");
    }

    public override string Engine => Name;

    public override long PeakBytes => long.Parse(Ask("memory"), CultureInfo.InvariantCulture);

    /// <summary>What is installed, in one line: version and the library of its matrix products; null, and the reason, where it is not.</summary>
    public static string? Version([NotNullWhen(false)] out string? reason)
    {
        reason = null;
        try
        {
            using Process process = Start(threads: 1, "version");
            string text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            if (process.ExitCode == 0) return text;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No python3: the same advice helps.
        }
        reason = "PyTorch is not measured: python3 cannot import torch. Install it (Debian: apt-get install python3-torch libopenblas0-openmp), or set DYADIC_PYTHON to a Python that can.";
        return null;
    }

    public override (double Milliseconds, double Loss) Train(int steps)
    {
        string[] answer = Ask($"step {steps}").Split(' ');
        return (double.Parse(answer[0], CultureInfo.InvariantCulture), double.Parse(answer[1], CultureInfo.InvariantCulture));
    }

    public override void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000)) _process.Kill();
        _process.Dispose();
    }

    private string Ask(string question)
    {
        _process.StandardInput.WriteLine(question);
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"PyTorch stopped at '{question}': {_process.StandardError.ReadToEnd().Trim().Split('\n')[^1]}");
    }

    private static Process Start(int threads, params ReadOnlySpan<string> arguments)
    {
        using Stream resource = typeof(TorchTraining).Assembly.GetManifestResourceStream(Script)!;
        using StreamReader reader = new(resource);
        ProcessStartInfo info = new(Environment.GetEnvironmentVariable("DYADIC_PYTHON") ?? "python3", ["-c", reader.ReadToEnd(), .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        GiveThreads(info, threads.ToString(CultureInfo.InvariantCulture));
        return Process.Start(info)!;
    }

    // Torch computes on threads of OpenMP. A BLAS with threads of its own beside them has two teams wait for one another's cores, so that a step takes ten
    // times as long at times: where Debian's OpenBLAS on OpenMP is installed, it is taken before the others.
    private static void GiveThreads(ProcessStartInfo info, string threads)
    {
        info.Environment["OMP_NUM_THREADS"] = info.Environment["OPENBLAS_NUM_THREADS"] = threads;
        info.Environment.Remove("OPENBLAS_CORETYPE");      // it may name kernels older than the machine
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Libraries)) return;
        string[] shared = [.. Directory.GetDirectories(Libraries, "*-linux-gnu").Select(d => Path.Combine(d, SharedThreads)).Where(Directory.Exists)];
        info.Environment["LD_LIBRARY_PATH"] = string.Join(':', [.. shared, .. new[] { Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") }.OfType<string>()]);
    }
}
