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

    private const string Script = "torch_train.py";
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="what">The case.</param>
    /// <param name="file">.npz with the weights by name, <c>inputs</c> and <c>labels</c>.</param>
    /// <param name="threads">Threads.</param>
    public TorchTraining(TrainingCase what, string file, int threads)
    {
        _process = Start(what.Name, file, threads.ToString(CultureInfo.InvariantCulture));
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
            using Process process = Start("version");
            string text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            if (process.ExitCode == 0) return text;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No python3: the same advice helps.
        }
        reason = "PyTorch is not measured: python3 cannot import torch. Install it (Debian: apt-get install python3-torch libopenblas0-pthread), or set DYADIC_PYTHON to a Python that can.";
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

    private static Process Start(params ReadOnlySpan<string> arguments)
    {
        using Stream resource = typeof(TorchTraining).Assembly.GetManifestResourceStream(Script)!;
        using StreamReader reader = new(resource);
        ProcessStartInfo info = new(Environment.GetEnvironmentVariable("DYADIC_PYTHON") ?? "python3", ["-c", reader.ReadToEnd(), .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        return Process.Start(info)!;
    }
}
