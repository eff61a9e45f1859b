using System.Diagnostics;
using System.Globalization;
using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Ops;
using Dyadic.Optim;
using Dyadic.Runtime.Memory;

namespace Dyadic.Cli.Benchmarks.Training;

/// <summary>This library's step: forward, cross-entropy, backward, update.</summary>
internal sealed class DyadicTraining : TrainingSubject
{
    private readonly Module _network;
    private readonly Tensor _inputs, _labels;
    private readonly Optimizer _optimizer;
    private readonly Arithmetic _arithmetic;

    /// <summary>Takes over the network and the batch.</summary>
    public DyadicTraining(TrainingCase what, Module network, (Tensor Inputs, Tensor Labels) data, Arithmetic arithmetic)
    {
        (_network, (_inputs, _labels), _optimizer, _arithmetic) = (network, data, what.Optimize(network), arithmetic);
        // Gives memory of the case before back to the system: what it left goes to the pool first.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        MemoryPool.Trim();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        ForgetPeak();
    }

    public override string Engine => BenchEngines.Dyadic;

    public override long PeakBytes => OfStatus("VmHWM") ?? Process.GetCurrentProcess().PeakWorkingSet64;

    public override (double Milliseconds, double Loss) Train(int steps)
    {
        using IDisposable scope = Arithmetic.Use(_arithmetic);
        float loss = 0;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++)
        {
            _optimizer.ZeroGrad();
            Tensor value = Losses.CrossEntropy(_network.Forward(_inputs), _labels);
            value.Backward();
            _optimizer.Step();
            if (i == 0) loss = value.Item<float>();
        }
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, loss);
    }

    public override void Dispose()
    {
    }

    // Linux: the largest working set counts from now on.
    private static void ForgetPeak()
    {
        try
        {
            if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Where it is not allowed, the peak is that of the whole process: an upper bound.
        }
    }

    private static long? OfStatus(string field)
    {
        if (!OperatingSystem.IsLinux()) return null;
        string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(field + ":", StringComparison.Ordinal));
        return line is null ? null : long.Parse(line.AsSpan(field.Length + 1).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) << 10;
    }
}
