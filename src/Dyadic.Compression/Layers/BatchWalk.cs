using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression.Layers;

/// <summary>A graph run over all batches side by side, from front to back and only as far as wanted, so that a layer can be changed before what follows is run.</summary>
/// <remarks>Holds the values that are still read, of all batches; of quantised ones the codes, which are dequantised whenever they are read.</remarks>
internal sealed class BatchWalk
{
    private readonly Graph _graph;
    private readonly IReadOnlyDictionary<Value, Tensor> _changes;
    private readonly Dictionary<Node, int> _places = [];
    private readonly Dictionary<Value, int> _lastUse = [];
    private readonly Dictionary<Value, Tensor>[] _live;
    private int _at;

    /// <summary>At the start of <paramref name="graph"/>.</summary>
    /// <param name="graph">What runs.</param>
    /// <param name="batches">Tensors for its inputs.</param>
    /// <param name="changes">Data of constants that differ from the graph's; may change on the way.</param>
    public BatchWalk(Graph graph, IEnumerable<Tensor[]> batches, IReadOnlyDictionary<Value, Tensor> changes)
    {
        (_graph, _changes) = (graph, changes);
        foreach (Value output in graph.Outputs) _lastUse[output] = int.MaxValue;
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            Node node = graph.Nodes[i];
            _places[node] = i;
            int until = node.Op is DequantizeLinear ? Math.Max(i, _lastUse.GetValueOrDefault(node.Output)) : i;
            foreach (Value v in node.Inputs) _lastUse[v] = Math.Max(until, _lastUse.GetValueOrDefault(v));
        }
        _live = [.. batches.Select(b => graph.Inputs.Zip(b).ToDictionary(p => p.First, p => p.Second))];
    }

    /// <summary>Runs everything before <paramref name="node"/>.</summary>
    public void Before(Node node)
    {
        int end = _places[node];
        if (end <= _at) return;
        using (Autograd.NoGrad())
        {
            foreach (Dictionary<Value, Tensor> live in _live)
                for (int i = _at; i < end; i++) Step(_graph.Nodes[i], i, live);
        }
        _at = end;
    }

    /// <summary>A value of each batch; it must have been computed and have readers ahead.</summary>
    public IEnumerable<Tensor> Values(Value value) => _live.Select(live => Quietly(() => Read(live, value)));

    /// <summary>What <paramref name="node"/>, the next one, gives for each batch, without a step ahead.</summary>
    public IEnumerable<Tensor> Next(Node node) => _live.Select(live => Quietly(() => Run(node, live)[0]));

    private void Step(Node node, int place, Dictionary<Value, Tensor> live)
    {
        if (node.Op is not DequantizeLinear)
        {
            Tensor[] outputs = Run(node, live);
            for (int o = 0; o < outputs.Length; o++)
                if (_lastUse.GetValueOrDefault(node.Outputs[o]) > place) live[node.Outputs[o]] = outputs[o];
        }
        foreach (Value v in node.Inputs)
        {
            if (_lastUse[v] <= place) live.Remove(v);
            else continue;
            if (_graph.ProducerOf(v) is { Op: DequantizeLinear } before && _lastUse[before.Inputs[0]] <= place) live.Remove(before.Inputs[0]);
        }
    }

    private Tensor[] Run(Node node, Dictionary<Value, Tensor> live) => Door.Run(node.Op, [.. node.Inputs.Select(v => Read(live, v))]);

    private Tensor Read(Dictionary<Value, Tensor> live, Value value)
    {
        if (value.Constant is { } constant) return _changes.GetValueOrDefault(value, constant);
        return live.TryGetValue(value, out Tensor? tensor) ? tensor : Run(_graph.ProducerOf(value)!, live)[0];
    }

    private static Tensor Quietly(Func<Tensor> run)
    {
        using (Autograd.NoGrad()) return run();
    }
}
