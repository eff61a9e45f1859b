using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression.Calibration;

/// <summary>The float graph run over the calibration data, one batch in memory at a time.</summary>
internal sealed class CalibrationRun
{
    /// <summary>What was observed of each value.</summary>
    public Dictionary<Value, ObservedRange> Observed { get; } = [];

    /// <summary>The first inputs, kept for the report.</summary>
    public List<Tensor[]> Samples { get; } = [];

    /// <summary>How many samples were run.</summary>
    public int Count { get; private set; }

    /// <summary>The sizes that the symbols of the inputs had, the batch excepted.</summary>
    public Dictionary<string, int> Sizes { get; } = [];

    /// <summary>Runs at most <see cref="QuantizeConfig.CalibrationSamples"/> samples, whole batches and a part of the last one.</summary>
    /// <exception cref="CompressionException">There is no batch, or an input is missing.</exception>
    public static CalibrationRun Over(
        Graph graph, HashSet<Value> values, IEnumerable<IReadOnlyDictionary<string, Tensor>> batches, QuantizeConfig config)
    {
        CalibrationRun run = new();
        foreach (Value value in values) run.Observed[value] = new();
        GraphInterpreter interpreter = new(graph);
        int seen = 0;
        foreach (IReadOnlyDictionary<string, Tensor> batch in batches)
        {
            if (seen >= config.CalibrationSamples) break;
            Tensor[] inputs = [.. graph.Inputs.Select(v => Of(graph, batch, v))];
            int count = Math.Min(Batch(graph, inputs), config.CalibrationSamples - seen);
            inputs = Head(graph, inputs, count);
            using (Autograd.NoGrad()) interpreter.Run(inputs, run.Observe);
            run.Keep(graph, inputs, Math.Min(count, config.ReportSamples - seen));
            seen += count;
        }
        run.Count = seen;
        if (seen == 0) throw new CompressionException("quantize: there is no calibration data. Pass at least one batch.");
        return run;
    }

    private void Observe(Value value, Tensor tensor)
    {
        if (Observed.TryGetValue(value, out ObservedRange? range)) range.Add(tensor.ToArray<float>());
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
