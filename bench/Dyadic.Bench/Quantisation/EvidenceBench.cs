using System.Diagnostics;
using Dyadic.Bench.RealModels;
using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;
using Dyadic.Compression;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Onnx;
using ModelRounds = Dyadic.Cli.Benchmarks.Interleaved;

namespace Dyadic.Bench.Quantisation;

/// <summary>Measures one network in the ways of <see cref="EvidenceMethod"/>.</summary>
/// <param name="model">The network, whose file is there.</param>
/// <param name="peer">ONNX Runtime, or null where it is absent.</param>
internal sealed class EvidenceBench(EvidenceModel model, OnnxRuntimePeer? peer)
{
    /// <summary>The name of the row in float32.</summary>
    public const string Float = "float";

    private const int Rounds = 21;
    private readonly ExecutionMode _mode = ExecutionMode.Default with { Threads = 1 };
    private readonly Graph _graph = OnnxModel.Import(model.File()!).Graph;

    /// <summary>The network as it is.</summary>
    public EvidenceRow Real()
    {
        long start = Stopwatch.GetTimestamp();
        Judgement judged = model.Judge(Ours(_graph), Ours(_graph));
        return new(model.Name, Float, "float32", BenchEngines.Dyadic, judged.Value, judged.Count, new FileInfo(model.File()!).Length, 0, 0, null, null, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>The network quantised.</summary>
    /// <param name="method">How.</param>
    /// <param name="timed">Whether latency is measured too.</param>
    public EvidenceRow Quantised(EvidenceMethod method, bool timed)
    {
        long start = Stopwatch.GetTimestamp();
        string folder = Directory.CreateTempSubdirectory("dyadic-quantisation-").FullName, path = Path.Combine(folder, "q.onnx");
        try
        {
            OnnxModel.Export(_graph.Quantize(method.Config, model.Calibration().Select(Named)).Graph, path);
            Graph read = OnnxModel.Import(path).Graph;
            using OnnxRuntimeSession? session = method.IsPeer ? peer!.OpenSession(path, 1, PeerOptimization.AllExact) : null;
            Judgement judged = model.Judge(session is null ? Ours(read) : Theirs(session), Ours(_graph));
            NodeReport[] nodes = [.. new CompiledEngine(read, _mode, Sizes()).Lowered.Nodes.Where(n => n.Op is not ("QuantizeLinear" or "DequantizeLinear"))];
            (double? latency, double? ofPeer) = timed ? Latency(path) : (null, null);
            return new(model.Name, method.Name, method.Width, method.IsPeer ? BenchEngines.OnnxRuntime : BenchEngines.Dyadic, judged.Value, judged.Count, new FileInfo(path).Length,
                nodes.Count(n => n.Reason is null), nodes.Length, latency, ofPeer, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Medians over rounds of quotients: the quantised plan, the float one and the peer in turn.
    private (double? OfFloat, double? OfPeer) Latency(string path)
    {
        Tensor[] ordered = Ordered(Named(model.One()));
        InputSet one = new([.. _graph.Inputs.Select(v => v.Name)], ordered, null, []);
        using DyadicSubject integer = new(() => OnnxModel.Import(path).Graph, _mode, Sizes(), one) { Model = "int8", Engine = BenchEngines.Dyadic, Threads = 1, Batch = 1 };
        using DyadicSubject real = new(() => _graph, _mode, Sizes(), one) { Model = Float, Engine = BenchEngines.Dyadic, Threads = 1, Batch = 1 };
        List<BenchSubject> subjects = [integer, real];
        using OnnxRuntimeSubject? rival = peer is null ? null : new(peer, path, one) { Model = "int8", Engine = BenchEngines.OnnxRuntime, Threads = 1, Batch = 1 };
        if (rival is not null) subjects.Add(rival);
        foreach (BenchSubject subject in subjects) subject.Start(CancellationToken.None);
        ModelRounds.Measure(subjects, Rounds, _ => { }, CancellationToken.None);
        return (Quotient(real), rival is null ? null : Quotient(rival));

        double Quotient(BenchSubject other) => ModelRounds.Median(integer.Rounds.Zip(other.Rounds, (a, b) => a / b));
    }

    private Runner Ours(Graph graph)
    {
        CompiledEngine engine = new(graph, ExecutionMode.Default with { Threads = Environment.ProcessorCount }, Sizes());
        return inputs => engine.Run(Ordered(Named(inputs)), CancellationToken.None);
    }

    private Runner Theirs(OnnxRuntimeSession session) => inputs => RealModelCheck.Run(session, Named(inputs));

    // With the name of the graph's only input.
    private IReadOnlyDictionary<string, Tensor> Named(IReadOnlyDictionary<string, Tensor> inputs) =>
        _graph.Inputs.Count == 1 ? new Dictionary<string, Tensor> { [_graph.Inputs[0].Name] = inputs.Values.Single() } : inputs;

    private Tensor[] Ordered(IReadOnlyDictionary<string, Tensor> inputs) => [.. _graph.Inputs.Select(v => inputs[v.Name])];

    private Dictionary<string, int> Sizes() => new InputSet([.. _graph.Inputs.Select(v => v.Name)], Ordered(Named(model.One())), null, []).Sizes(_graph);
}
