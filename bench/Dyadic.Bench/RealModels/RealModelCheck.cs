using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Onnx;

namespace Dyadic.Bench.RealModels;

/// <summary>How far our results are from ONNX Runtime's on the same inputs.</summary>
internal static class RealModelCheck
{
    /// <summary>Every difference beyond the model's tolerance, of the interpreter and of plans on one and two threads, at all sizes and batches; none when all agree.</summary>
    /// <param name="model">The network, whose file exists.</param>
    /// <param name="peer">ONNX Runtime; its optimisations are off, so that it computes what the file says.</param>
    public static IReadOnlyList<string> Differences(RealModel model, OnnxRuntimePeer peer)
    {
        string path = RealModelFiles.Find(model.File)!;
        Graph? open = model.IsBound ? null : Import(model, path, new Dictionary<string, Tensor>());
        using OnnxRuntimeSession session = peer.OpenSession(path, 1, PeerOptimization.Off);
        List<string> wrong = [];
        foreach (int size in model.Sizes)
        {
            foreach (int batch in model.Batches ? (int[])[1, 3] : [1])
            {
                Dictionary<string, Tensor> inputs = model.Feed(new Rng(5), batch, size);
                Graph graph = open ?? Import(model, path, inputs);
                Tensor[] ordered = [.. graph.Inputs.Select(v => inputs[v.Name])];
                Tensor[] expected = Run(session, inputs);
                Check("node by node", new ReferenceEngine(graph).Run(ordered, CancellationToken.None));
                Dictionary<string, int> sizes = new InputSet([.. inputs.Keys], ordered, null, []).Sizes(graph);
                for (int threads = 1; threads <= 2; threads++)
                    Check($"a plan on {threads} threads", new CompiledEngine(graph, ExecutionMode.Default with { Threads = threads }, sizes).Run(ordered, CancellationToken.None));

                void Check(string how, Tensor[] actual)
                {
                    for (int o = 0; o < expected.Length; o++)
                        if (Difference(expected[o], actual[o], o == 0 && model.IsProbability ? 1 : 0) is var d && !(d <= model.Tolerance)) wrong.Add($"{model} {how}, size {size}, batch {batch}: output {o} {actual[o].TensorType} differs by {d:g3} of the range of {expected[o].TensorType}");
                    if (!model.IsQuantized && model.Answer is { } answer && !answer(expected).AsSpan().SequenceEqual(answer(actual))) wrong.Add($"{model} {how}, size {size}, batch {batch}: another answer");
                }
            }
        }
        return wrong;
    }

    /// <summary>The graph of a network; for inputs of these sizes where it <see cref="RealModel.IsBound"/>.</summary>
    public static Graph Import(RealModel model, string path, IReadOnlyDictionary<string, Tensor> inputs) =>
        OnnxModel.Import(path, new()
        {
            InputShapes = model.IsBound ? inputs.ToDictionary(i => i.Key, i => i.Value.Shape) : new(), FixedInputs = model.Fixed.ToDictionary(name => name, name => inputs[name]),
        }).Graph;

    /// <summary>All outputs of ONNX Runtime.</summary>
    public static Tensor[] Run(OnnxRuntimeSession session, IReadOnlyDictionary<string, Tensor> inputs) =>
    [
        .. session.Run([.. inputs.Select(i => new PeerTensor(i.Key, i.Value.Type, Array.ConvertAll(i.Value.Shape.ToArray(), d => (long)d), Numbers.Bytes(i.Value)))])
            .Select(t => Numbers.Read(t.Data, t.Type, Shape.Of(Array.ConvertAll(t.Dims, d => (int)d)))),
    ];

    /// <summary>max |a − b| / max(max a − min a, range); infinite where shapes differ.</summary>
    public static double Difference(Tensor a, Tensor b, double range = 0)
    {
        if (a.Shape != b.Shape) return double.PositiveInfinity;
        float[] x = Numbers.Floats(a), y = Numbers.Floats(b);
        double largest = 0;
        for (int i = 0; i < x.Length; i++) largest = Math.Max(largest, x[i].Equals(y[i]) ? 0 : Math.Abs((double)x[i] - y[i]) is var d && double.IsNaN(d) ? double.PositiveInfinity : d);
        if (x.Length > 0) range = Math.Max(range, (double)x.Max() - x.Min());
        return largest == 0 ? 0 : largest / (range > 0 ? range : Math.Max(1e-3, Math.Abs(x[0])));
    }
}
