using System.Diagnostics;
using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;
using Dyadic.Kernels;
using Dyadic.Runtime;

namespace Dyadic.Cli.Benchmarks;

/// <summary>One model in one engine.</summary>
internal abstract class BenchSubject : IDisposable
{
    private const double LeastMilliseconds = 2, WarmUpMilliseconds = 200, SettlingMilliseconds = 10, SettlingOfWorkersMilliseconds = 80, OpeningMilliseconds = 5000;
    private const int LeastWarmUps = 3, MostRepeats = 2000, MostOpenings = 3;
    private int _repeats = 1;

    /// <summary>The model; subjects of one name are measured against each other.</summary>
    public required string Model { get; init; }

    /// <summary>The file's name where it is not the model's.</summary>
    public string File { get => field ?? Model; init; }

    public required string Engine { get; init; }

    public required int Threads { get; init; }

    public required int Batch { get; init; }

    /// <summary>Milliseconds from the file to the end of the first run: the median of up to three openings.</summary>
    public double FirstMs { get; private set; }

    /// <summary>Milliseconds of one run, by round.</summary>
    public List<double> Rounds { get; } = [];

    /// <summary>Bytes allocated for intermediate results, where the engine tells.</summary>
    public virtual long? ArenaBytes => null;

    /// <summary>Loads and prepares the model, anew where it is open.</summary>
    public abstract void Open();

    public abstract void Run();

    /// <summary>What a run gives, in the model's order.</summary>
    public abstract Tensor[] Outputs();

    /// <summary>Opens the model and runs it once, and again, since the first opening in a process also compiles the code that opens.</summary>
    public void Start(CancellationToken cancellation)
    {
        List<double> times = [];
        while (times.Count < MostOpenings && times.Sum() < OpeningMilliseconds)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            Open();
            Run();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        FirstMs = Interleaved.Median(times);
    }

    /// <summary>Warms up and chooses how often a round runs the model, so that a round is long against the clock.</summary>
    public void Prepare()
    {
        long start = Stopwatch.GetTimestamp();
        double one = double.PositiveInfinity;
        for (int i = 0; i < LeastWarmUps || Stopwatch.GetElapsedTime(start).TotalMilliseconds < WarmUpMilliseconds; i++) one = Math.Min(one, Time(1));
        _repeats = (int)Math.Clamp(LeastMilliseconds / Math.Max(one, 1e-6), 1, MostRepeats);
    }

    /// <summary>One round, behind runs that do not count: the weights are back in cache, and the threads of the subject before no longer spin.</summary>
    public void Round()
    {
        long start = Stopwatch.GetTimestamp();
        do Run();
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < (Threads > 1 ? SettlingOfWorkersMilliseconds : SettlingMilliseconds));
        Rounds.Add(Time(_repeats));
    }

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
internal sealed class DyadicSubject(string path, ExecutionMode mode, IReadOnlyDictionary<string, int> sizes, InputSet inputs) : BenchSubject
{
    private CompiledEngine? _engine;

    public override long? ArenaBytes
    {
        get
        {
            Session session = _engine!.SessionFor(inputs.Tensors);
            return session.Plan.ArenaBytes * session.MicroBatch;
        }
    }

    public override void Open() => _engine = new(ModelFile.Open(path).Graph, mode, sizes);

    public override void Run() => Outputs();

    public override Tensor[] Outputs() => _engine!.Run(inputs.Tensors, CancellationToken.None);
}

/// <summary>A model in ONNX Runtime, inputs bound once.</summary>
internal sealed class OnnxRuntimeSubject(OnnxRuntimePeer peer, string path, InputSet inputs) : BenchSubject
{
    private readonly PeerTensor[] _inputs =
        [.. inputs.Tensors.Select((t, i) => new PeerTensor(inputs.Names[i], t.Type, Array.ConvertAll(t.Shape.ToArray(), d => (long)d), Numbers.Bytes(t)))];

    private OnnxRuntimeSession? _session;
    private OnnxRuntimeRun? _run;

    public override void Open()
    {
        Dispose();
        _session = peer.OpenSession(path, Threads);
        _run = _session.Prepare(_inputs);
    }

    public override void Run() => _run!.Run();

    public override Tensor[] Outputs()
    {
        Run();
        return [.. _run!.Fetch().Select(t => Numbers.Read(t.Data, t.Type, Shape.Of(Array.ConvertAll(t.Dims, d => (int)d))))];
    }

    public override void Dispose()
    {
        _run?.Dispose();
        _session?.Dispose();
        base.Dispose();
    }
}
