using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Data;

namespace Dyadic.Cli.Benchmarks;

/// <summary>What opening a model and running it adds to a process that has its engine and its inputs in memory already.</summary>
/// <param name="PeakBytes">The peak of resident memory up to the last run, less the peak before the model was opened.</param>
/// <param name="ResidentBytes">Resident memory after the last run and a collection, less that before the model was opened, which a collection preceded too.</param>
internal sealed record MemoryUse(long PeakBytes, long ResidentBytes)
{
    private const int Runs = 5;

    /// <summary>Opens a model in this process and runs it; to be called in a process of its own.</summary>
    public static MemoryUse Of(BenchSubject subject)
    {
        Collect();
        long peak = ProcessMemory.Peak(), resident = ProcessMemory.Resident();
        subject.Load();
        subject.Plan();
        for (int i = 0; i < Runs; i++) subject.Run();
        long grown = ProcessMemory.Peak() - peak;
        Collect();
        return new(grown, ProcessMemory.Resident() - resident);
    }

    /// <summary>The same of a process that is started for it: <c>dyadic bench memory</c>.</summary>
    /// <param name="path">The model's file.</param>
    /// <param name="engine">One of <see cref="BenchEngines"/>.</param>
    /// <param name="inputs">What it runs on.</param>
    /// <param name="sizes">Sizes of symbolic dimensions.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="cancellation">Ends the process.</param>
    /// <exception cref="InvalidOperationException">The process could not be started, or failed: why.</exception>
    public static MemoryUse InAnotherProcess(string path, string engine, InputSet inputs, IReadOnlyDictionary<string, int> sizes, int threads, CancellationToken cancellation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("dyadic-memory-");
        try
        {
            string data = Path.Combine(folder.FullName, "inputs.npz");
            Npz.Write(data, inputs.Names.Zip(inputs.Tensors, KeyValuePair.Create));
            string[] line = ["bench", "memory", Path.GetFullPath(path), "--engine", engine, "--inputs", data, "--threads", $"{threads}", "--json", .. sizes.SelectMany(s => (string[])["--size", $"{s.Key}={s.Value}"])];
            using JsonDocument result = JsonDocument.Parse(Run(line, cancellation));
            return new(result.RootElement.GetProperty("peakBytes").GetInt64(), result.RootElement.GetProperty("residentBytes").GetInt64());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Run(string[] line, CancellationToken cancellation)
    {
        using Process process = Process.Start(Self(line)) ?? throw new InvalidOperationException("no process was started");
        using CancellationTokenRegistration _ = cancellation.Register(process.Kill);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == ExitCode.Done ? output : throw new InvalidOperationException($"its process ended with exit code {process.ExitCode}: {errors.Result.Trim()}");
    }

    // This program: its own executable, or the runtime's host with its assembly where another program runs the command line.
    private static ProcessStartInfo Self(string[] line)
    {
        string assembly = typeof(MemoryUse).Assembly.Location, program = Path.GetFileNameWithoutExtension(assembly);
        bool isOwn = Environment.ProcessPath is { } path && (program.Length == 0 || Path.GetFileNameWithoutExtension(path) == program);
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return new(isOwn ? Environment.ProcessPath! : host, isOwn ? line : [assembly, .. line]) { RedirectStandardOutput = true, RedirectStandardError = true };
    }

    private static void Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
    }
}
