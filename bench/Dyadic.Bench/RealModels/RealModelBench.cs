using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;
using Dyadic.Compression;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Onnx;
using ModelRounds = Dyadic.Cli.Benchmarks.Interleaved;

namespace Dyadic.Bench.RealModels;

/// <summary>Measures published networks beside ONNX Runtime: agreement, latency and opening, as they are and quantised.</summary>
/// <param name="peer">ONNX Runtime.</param>
/// <param name="rounds">Rounds to take medians of.</param>
internal sealed class RealModelBench(OnnxRuntimePeer peer, int rounds)
{
    private const int Calibration = 32, Judged = 64, MostDb = 200;

    /// <summary>The row of a network whose file is at <paramref name="path"/>.</summary>
    /// <param name="model">The network.</param>
    /// <param name="path">Its file.</param>
    /// <param name="known">A row that was measured before and whose quantised half is kept, or null to measure that too.</param>
    public RealModelRow Measure(RealModel model, string path, RealModelRow? known = null)
    {
        Dictionary<string, Tensor> inputs = model.Feed(new Rng(5), 1, model.Sizes[0]);
        Graph graph = RealModelCheck.Import(model, path, inputs);
        double difference = DifferenceFrom(model, graph, path, inputs);
        EngineTimes[] times = [.. Enumerable.Range(1, 2).Select(threads => Times(model.Name, () => RealModelCheck.Import(model, path, inputs), path, inputs, threads))];
        QuantizedTimes? integer = known?.Integer;
        string? refusal = known?.Refusal;
        if (!model.IsQuantized && known is null)
        {
            try
            {
                integer = Quantized(model, graph, inputs);
            }
            catch (Exception e) when (e is CompressionException or Runtime.PlanException)
            {
                refusal = e.Message;
            }
        }
        return new(model.Name, model.Task, model.Sizes[0], new FileInfo(path).Length, Operators(path), difference, times, integer, refusal);
    }

    /// <summary>The steps of a network as it is, each with its median time of the rounds.</summary>
    public static IReadOnlyList<ExplainedNode> Steps(RealModel model, string path, int threads, int rounds)
    {
        Dictionary<string, Tensor> inputs = model.Feed(new Rng(5), 1, model.Sizes[0]);
        Graph graph = RealModelCheck.Import(model, path, inputs);
        InputSet set = new([.. graph.Inputs.Select(v => v.Name)], Ordered(graph, inputs), null, []);
        return NodeTimes.Measure(Engine(graph, inputs, threads), set, rounds, _ => { }, CancellationToken.None);
    }

    private static KeyValuePair<string, int>[] Operators(string path) =>
        [.. OnnxSummary.Read(path).Operators.Where(o => o.Key != "Constant").OrderByDescending(o => o.Value).ThenBy(o => o.Key, StringComparer.Ordinal)];

    private double DifferenceFrom(RealModel model, Graph graph, string path, Dictionary<string, Tensor> inputs)
    {
        using OnnxRuntimeSession session = peer.OpenSession(path, 1, PeerOptimization.Off);
        Tensor[] expected = RealModelCheck.Run(session, inputs), actual = Engine(graph, inputs, 1).Run(Ordered(graph, inputs), CancellationToken.None);
        return expected.Select((e, o) => RealModelCheck.Difference(e, actual[o], o == 0 && model.IsProbability ? 1 : 0)).Max();
    }

    private EngineTimes Times(string name, Func<Graph> open, string path, Dictionary<string, Tensor> inputs, int threads)
    {
        Graph graph = open();
        OnnxSummary file = OnnxSummary.Read(path);
        Dictionary<string, Tensor> fed = file.Inputs.ToDictionary(i => i.Name, i => inputs[i.Name]);
        InputSet ours = new([.. graph.Inputs.Select(v => v.Name)], Ordered(graph, inputs), null, []);
        using DyadicSubject dyadic = new(open, ExecutionMode.Default with { Threads = threads }, ours.Sizes(graph), ours) { Model = name, Engine = BenchEngines.Dyadic, Threads = threads, Batch = 1 };
        using OnnxRuntimeSubject rival = new(peer, path, new([.. fed.Keys], [.. fed.Values], null, [])) { Model = name, Engine = BenchEngines.OnnxRuntime, Threads = threads, Batch = 1 };
        dyadic.Start(CancellationToken.None);
        rival.Start(CancellationToken.None);
        IReadOnlyList<BenchRow> rows = ModelRounds.Measure([dyadic, rival], rounds, _ => { }, CancellationToken.None);
        return new(threads, rows[0].MedianMs, rows[1].MedianMs, ModelRounds.Median(dyadic.Rounds.Zip(rival.Rounds, (a, b) => a / b)), dyadic.First.LoadMs + dyadic.First.PlanMs, rival.First.LoadMs);
    }

    private QuantizedTimes Quantized(RealModel model, Graph graph, Dictionary<string, Tensor> inputs)
    {
        Engine real = Engine(graph, inputs, 1);
        List<IReadOnlyDictionary<string, Tensor>> calibration = [];
        Walk(model, graph, real, new Rng(7), Calibration, (given, _) => calibration.Add(given));
        QuantizeResult result = graph.Quantize(new QuantizeConfig(), calibration);
        string path = Path.Combine(Directory.CreateTempSubdirectory("dyadic-published-").FullName, $"{model.Name}-int8.onnx");
        try
        {
            OnnxModel.Export(result.Graph, path);
            Graph read = OnnxModel.Import(path).Graph;
            (double? answers, double db) = Agreement(model, graph, real, read, Engine(read, inputs, 1));
            IReadOnlyList<NodeReport> nodes = ((CompiledEngine)Engine(read, inputs, 1)).Lowered.Nodes;
            EngineTimes[] times = [.. Enumerable.Range(1, 2).Select(threads => Times(model.Name, () => OnnxModel.Import(path).Graph, path, inputs, threads))];
            return new(new FileInfo(path).Length, nodes.Count(n => n.Reason is null), nodes.Count, answers, db, Judged, times);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    // Both networks on the same samples, each with its own state.
    private static (double? Answers, double SqnrDb) Agreement(RealModel model, Graph graph, Engine real, Graph quantised, Engine integer)
    {
        List<Tensor[]> a = [], b = [];
        Walk(model, graph, real, new Rng(11), Judged, (_, outputs) => a.Add(outputs));
        Walk(model, quantised, integer, new Rng(11), Judged, (_, outputs) => b.Add(outputs));
        (double signal, double noise) = (0, 0);
        for (int i = 0; i < Judged; i++)
        {
            float[] x = Numbers.Floats(a[i][0]), y = Numbers.Floats(b[i][0]);
            for (int k = 0; k < x.Length; k++) (signal, noise) = (signal + ((double)x[k] * x[k]), noise + (((double)x[k] - y[k]) * ((double)x[k] - y[k])));
        }
        double? equal = model.Answer is { } answer ? a.Zip(b, (p, q) => answer(p).AsSpan().SequenceEqual(answer(q)) ? 1.0 : 0).Average() : null;
        return (equal, noise == 0 ? MostDb : Math.Min(MostDb, 10 * Math.Log10(signal / noise)));
    }

    /// <summary>Samples one by one, outputs that are states fed to the next.</summary>
    private static void Walk(RealModel model, Graph graph, Engine engine, Rng rng, int count, Action<IReadOnlyDictionary<string, Tensor>, Tensor[]> hear)
    {
        Dictionary<string, Tensor> state = [];
        for (int i = 0; i < count; i++)
        {
            Dictionary<string, Tensor> inputs = model.Feed(rng, 1, model.Sizes[0]);
            foreach ((string name, Tensor value) in state) inputs[name] = value;
            Tensor[] outputs = engine.Run(Ordered(graph, inputs), CancellationToken.None);
            hear(graph.Inputs.ToDictionary(v => v.Name, v => inputs[v.Name]), outputs);
            for (int o = 0; o < outputs.Length; o++)
                if (model.Carry.TryGetValue(graph.Outputs[o].Name, out string? next)) state[next] = outputs[o];
        }
    }

    private static Tensor[] Ordered(Graph graph, IReadOnlyDictionary<string, Tensor> inputs) => [.. graph.Inputs.Select(v => inputs[v.Name])];

    private static CompiledEngine Engine(Graph graph, IReadOnlyDictionary<string, Tensor> inputs, int threads)
    {
        InputSet set = new([.. graph.Inputs.Select(v => v.Name)], Ordered(graph, inputs), null, []);
        return new(graph, ExecutionMode.Default with { Threads = threads }, set.Sizes(graph));
    }
}
