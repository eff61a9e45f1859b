using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression.Calibration;

/// <summary>The calibration data of a graph: whole batches and a part of the last one, at most <see cref="QuantizeConfig.CalibrationSamples"/> samples.</summary>
/// <remarks>Read once, one batch in memory at a time; only where methods run over it again are all batches kept.</remarks>
internal sealed class CalibrationData
{
    private readonly Graph _graph;
    private readonly QuantizeConfig _config;
    private readonly IEnumerable<Tensor[]> _batches;

    /// <summary>The data; it is read at once if it is kept.</summary>
    /// <param name="graph">The graph that reads it.</param>
    /// <param name="batches">Tensors by input.</param>
    /// <param name="config">How many samples are taken.</param>
    /// <param name="keep">Whether it will be read more than once.</param>
    /// <exception cref="CompressionException">There is no batch, or an input is missing.</exception>
    public CalibrationData(Graph graph, IEnumerable<IReadOnlyDictionary<string, Tensor>> batches, QuantizeConfig config, bool keep)
    {
        (_graph, _config) = (graph, config);
        _batches = Read(batches);
        if (keep) _batches = [.. _batches];
    }

    /// <summary>The first inputs, kept for the report; complete when the batches were read.</summary>
    public List<Tensor[]> Samples { get; } = [];

    /// <summary>How many samples were read.</summary>
    public int Count { get; private set; }

    /// <summary>The sizes that the symbols of the inputs had, the batch excepted.</summary>
    public Dictionary<string, int> Sizes { get; } = [];

    /// <summary>Tensors for the graph's inputs, batch by batch. More than once only where they are kept.</summary>
    public IEnumerable<Tensor[]> Batches() => _batches;

    /// <summary>Runs <paramref name="graph"/> over all batches, without gradients.</summary>
    /// <param name="graph">With the inputs of the data's graph.</param>
    /// <param name="hear">Hears of each value that is computed.</param>
    public void Run(Graph graph, Action<Value, Tensor> hear)
    {
        GraphInterpreter interpreter = new(graph);
        foreach (Tensor[] batch in Batches())
        {
            using (Autograd.NoGrad()) interpreter.Run(batch, hear);
        }
    }

    private IEnumerable<Tensor[]> Read(IEnumerable<IReadOnlyDictionary<string, Tensor>> batches)
    {
        foreach (IReadOnlyDictionary<string, Tensor> batch in batches)
        {
            if (Count >= _config.CalibrationSamples) break;
            Tensor[] inputs = [.. _graph.Inputs.Select(v => Of(_graph, batch, v))];
            int count = Math.Min(Batch(_graph, inputs), _config.CalibrationSamples - Count);
            if (count == 0) continue;
            inputs = Head(_graph, inputs, count);
            Keep(_graph, inputs, Math.Min(count, _config.ReportSamples - Count));
            Count += count;
            yield return inputs;
        }
        if (Count == 0) throw new CompressionException("quantize: there is no calibration data. Pass at least one batch.");
    }

    private void Keep(Graph graph, Tensor[] inputs, int count)
    {
        for (int i = 0; i < inputs.Length; i++)
            for (int axis = 1; axis < inputs[i].Rank; axis++)
                if (graph.Inputs[i].Shape[axis] is { IsKnown: false } symbol) Sizes.TryAdd(symbol.ToString(), inputs[i].Shape[axis]);
        if (count > 0) Samples.Add(Head(graph, inputs, count));
    }

    private static Tensor Of(Graph graph, IReadOnlyDictionary<string, Tensor> batch, Value input) => batch.TryGetValue(input.Name, out Tensor? tensor)
        ? tensor
        : throw new CompressionException($"quantize: the calibration data of graph '{graph.Name}' has no '{input.Name}'. It has {string.Join(", ", batch.Keys)}.");

    private static int Batch(Graph graph, Tensor[] inputs) => IsBatched(graph) ? inputs[0].Shape[0] : 1;

    private static bool IsBatched(Graph graph) => graph.Inputs.Count > 0 && graph.Inputs.All(v => v.Shape.Rank > 0 && !v.Shape[0].IsKnown);

    private static Tensor[] Head(Graph graph, Tensor[] inputs, int count) =>
        !IsBatched(graph) || inputs[0].Shape[0] <= count ? inputs : [.. inputs.Select(t => t.Slice(0, 0, count))];
}
