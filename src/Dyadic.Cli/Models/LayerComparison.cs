using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Cli.Models;

/// <summary>How far a value inside two models is apart.</summary>
internal sealed record LayerDistance(string Name, string Op, double MaxAbs, double SqnrDb, double Cosine);

/// <summary>Compares the values that two graphs have in common, computed node by node.</summary>
internal static class LayerComparison
{
    private const int MostSamples = 32;

    /// <summary>One row for each float value that both graphs name alike, in the order of the first; of a quantised model, the value after its Quantize and Dequantize.</summary>
    /// <remarks>At most 32 samples: all inner values of the first model are held at once.</remarks>
    public static IReadOnlyList<LayerDistance> Of(Graph a, InputSet ofA, Graph b, InputSet ofB, CancellationToken cancellation)
    {
        Dictionary<string, Value> settled = Settled(b);
        Dictionary<string, (Tensor Data, string Op)> wanted = [];
        Observe(a, ofA, (value, tensor) =>
        {
            if (a.ProducerOf(value) is { } producer && settled.ContainsKey(value.Name) && tensor.Type.IsFloat()) wanted[value.Name] = (tensor, producer.Op.Name);
        }, cancellation);
        ILookup<Value, string> names = settled.Where(p => wanted.ContainsKey(p.Key)).ToLookup(p => p.Value, p => p.Key);
        Dictionary<string, LayerDistance> rows = [];
        Observe(b, ofB, (value, tensor) =>
        {
            foreach (string name in names[value])
            {
                (Tensor expected, string op) = wanted[name];
                Tensor actual = tensor.Type.IsFloat() ? tensor : CodeParams.Of(b, name)?.Dequantize(tensor) ?? tensor;
                if (!actual.Type.IsFloat() || actual.Length != expected.Length) continue;
                Distance d = Distance.Between(name, expected, actual);
                rows[name] = new(name, op, d.MaxAbs, d.SqnrDb, d.Cosine);
            }
        }, cancellation);
        return [.. wanted.Keys.Where(rows.ContainsKey).Select(name => rows[name])];
    }

    // By name the value that readers of it see: behind Quantize → Dequantize where there is such a pair.
    private static Dictionary<string, Value> Settled(Graph graph)
    {
        Dictionary<string, Value> result = [];
        foreach (Value value in graph.Nodes.SelectMany(n => n.Outputs))
        {
            Node? quantize = graph.ConsumersOf(value).FirstOrDefault(n => n.Op is QuantizeLinear);
            Node? dequantize = quantize is null ? null : graph.ConsumersOf(quantize.Output).FirstOrDefault(n => n.Op is DequantizeLinear);
            result[value.Name] = dequantize?.Output ?? value;
        }
        return result;
    }

    private static void Observe(Graph graph, InputSet inputs, Action<Value, Tensor> observe, CancellationToken cancellation)
    {
        int count = graph.Inputs.Count > 0 && graph.Inputs[0].Shape is { Rank: > 0 } shape && shape[0].IsKnown ? shape[0].Size : Math.Min(MostSamples, inputs.Count);
        using (Autograd.NoGrad())
        {
            new GraphInterpreter(graph).Run(inputs.Rows(0, count), observe, cancellation: cancellation);
        }
    }
}
