using System.Diagnostics;
using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Runtime;

namespace Dyadic.Cli.Benchmarks;

/// <summary>One model in one engine.</summary>
internal abstract class BenchSubject : IDisposable
{
    private const double LeastMilliseconds = 2, WarmUpMilliseconds = 200, SettlingMilliseconds = 10, SettlingOfWorkersMilliseconds = 80, OpeningMilliseconds = 5000;
    private const int LeastWarmUps = 3, MostRepeats = 2000, MostOpenings = 5;
    private int _repeats = 1;

    /// <summary>The model; subjects of one name are measured against each other.</summary>
    public required string Model { get; init; }

    /// <summary>The file's name where it is not the model's.</summary>
    public string File { get => field ?? Model; init; }

    public required string Engine { get; init; }

    public required int Threads { get; init; }

    public required int Batch { get; init; }

    /// <summary>From the file to the end of the first run: the medians of up to five openings.</summary>
    public FirstCall First { get; private set; } = new(0, 0, 0, 0);

    /// <summary>Milliseconds of one run, by round.</summary>
    public List<double> Rounds { get; } = [];

    /// <summary>Bytes allocated for intermediate results, where the engine tells.</summary>
    public virtual long? ArenaBytes => null;

    /// <summary>Bytes of constants and weights, as the file holds them and as kernels read them, where the engine tells.</summary>
    public virtual long? WeightBytes => null;

    /// <summary>What it adds to the memory of a process of its own, where that was measured.</summary>
    public MemoryUse? Memory { get; set; }

    /// <summary>Reads the file.</summary>
    public abstract void Load();

    /// <summary>Makes what was read ready to run.</summary>
    public abstract void Plan();

    /// <summary>Lets go of what was loaded.</summary>
    public abstract void Close();

    public abstract void Run();

    /// <summary>What a run gives, in the model's order.</summary>
    public abstract Tensor[] Outputs();

    /// <summary>Opens the model and runs it once, and again, since the first opening in a process also compiles the code that opens. Closing is not timed.</summary>
    public void Start(CancellationToken cancellation)
    {
        List<FirstCall> times = [];
        while (times.Count < MostOpenings && times.Sum(t => t.FirstMs) < OpeningMilliseconds)
        {
            cancellation.ThrowIfCancellationRequested();
            Close();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            double load = Elapsed(Load), plan = Elapsed(Plan), run = Elapsed(Run);
            times.Add(new(load + plan + run, load, plan, run));
        }
        First = new(Median(t => t.FirstMs), Median(t => t.LoadMs), Median(t => t.PlanMs), Median(t => t.FirstRunMs));

        double Median(Func<FirstCall, double> of) => Interleaved.Median(times.Select(of));
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

    public void Dispose() => Close();

    private static double Elapsed(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private double Time(int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++) Run();
        return (Stopwatch.GetTimestamp() - start) * 1000.0 / Stopwatch.Frequency / repeats;
    }
}

/// <summary>Milliseconds of a first call and of its parts.</summary>
/// <param name="FirstMs">From the file to the end of the first run.</param>
/// <param name="LoadMs">Reading the file; in the peer also all that <paramref name="PlanMs"/> is.</param>
/// <param name="PlanMs">Plan, packed weights and kernels; in the peer the binding of inputs.</param>
/// <param name="FirstRunMs">The first run.</param>
internal sealed record FirstCall(double FirstMs, double LoadMs, double PlanMs, double FirstRunMs);

/// <summary>A model in Dyadic's plan.</summary>
internal sealed class DyadicSubject(Func<Graph> open, ExecutionMode mode, IReadOnlyDictionary<string, int> sizes, InputSet inputs) : BenchSubject
{
    private Graph? _graph;
    private CompiledEngine? _engine;

    public override long? ArenaBytes
    {
        get
        {
            Session session = Session;
            return session.Plan.ArenaBytes * session.MicroBatch;
        }
    }

    public override long? WeightBytes => Session.Plan.WeightBytes;

    private Session Session => _engine!.SessionFor(inputs.Tensors);

    public override void Load() => _graph = open();

    public override void Plan() => _engine = new(_graph!, mode, sizes);

    public override void Close() => (_graph, _engine) = (null, null);

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

    public override void Load() => _session = peer.OpenSession(path, Threads);

    public override void Plan() => _run = _session!.Prepare(_inputs);

    public override void Close()
    {
        _run?.Dispose();
        _session?.Dispose();
        (_run, _session) = (null, null);
    }

    public override void Run() => _run!.Run();

    public override Tensor[] Outputs()
    {
        Run();
        return [.. _run!.Fetch().Select(t => Numbers.Read(t.Data, t.Type, Shape.Of(Array.ConvertAll(t.Dims, d => (int)d))))];
    }
}
