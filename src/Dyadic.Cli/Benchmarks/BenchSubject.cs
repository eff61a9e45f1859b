using System.Diagnostics;
using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;

namespace Dyadic.Cli.Benchmarks;

/// <summary>One model in one engine, ready to run.</summary>
internal abstract class BenchSubject : IDisposable
{
    private const double LeastMilliseconds = 2, WarmUpMilliseconds = 200;
    private const int LeastWarmUps = 3, MostRepeats = 2000;
    private int _repeats = 1;

    public required string Model { get; init; }

    public required string Engine { get; init; }

    public required int Threads { get; init; }

    public required int Batch { get; init; }

    /// <summary>Milliseconds of one run, by round.</summary>
    public List<double> Rounds { get; } = [];

    public abstract void Run();

    /// <summary>Warms up and chooses how often a round runs the model, so that a round is long against the clock.</summary>
    public void Prepare()
    {
        long start = Stopwatch.GetTimestamp();
        double one = double.PositiveInfinity;
        for (int i = 0; i < LeastWarmUps || Stopwatch.GetElapsedTime(start).TotalMilliseconds < WarmUpMilliseconds; i++) one = Math.Min(one, Time(1));
        _repeats = (int)Math.Clamp(LeastMilliseconds / Math.Max(one, 1e-6), 1, MostRepeats);
    }

    public void Round() => Rounds.Add(Time(_repeats));

    public virtual void Dispose()
    {
    }

    private double Time(int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++) Run();
        return (Stopwatch.GetTimestamp() - start) * 1000.0 / Stopwatch.Frequency / repeats;
    }
}

/// <summary>A model in Dyadic's plan.</summary>
internal sealed class DyadicSubject(CompiledEngine engine, InputSet inputs) : BenchSubject
{
    public override void Run() => engine.Run(inputs.Tensors, CancellationToken.None);
}

/// <summary>A model in ONNX Runtime, inputs bound once.</summary>
internal sealed class OnnxRuntimeSubject : BenchSubject
{
    private readonly OnnxRuntimeSession _session;
    private readonly OnnxRuntimeRun _run;

    public OnnxRuntimeSubject(OnnxRuntimePeer peer, string path, int threads, InputSet inputs)
    {
        _session = peer.OpenSession(path, threads);
        PeerTensor[] tensors = [.. inputs.Tensors.Select((t, i) => new PeerTensor(inputs.Names[i], t.Type, Array.ConvertAll(t.Shape.ToArray(), d => (long)d), Numbers.Bytes(t)))];
        _run = _session.Prepare(tensors);
    }

    public override void Run() => _run.Run();

    public override void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
        base.Dispose();
    }
}
