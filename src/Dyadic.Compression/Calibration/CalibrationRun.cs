using Dyadic.Ir;

namespace Dyadic.Compression.Calibration;

/// <summary>The float graph run over the calibration data, one batch at a time.</summary>
/// <remarks>Of each value at most <see cref="Histogram.MostBytes"/> are held, however many batches there are; beside that one batch, and what the interpreter needs for it.</remarks>
internal sealed class CalibrationRun
{
    private CalibrationRun(CalibrationData data) => Data = data;

    /// <summary>What was observed of each value.</summary>
    public Dictionary<Value, ObservedRange> Observed { get; } = [];

    /// <summary>What it ran over.</summary>
    public CalibrationData Data { get; }

    /// <summary>Runs all batches.</summary>
    public static CalibrationRun Over(Graph graph, HashSet<Value> values, CalibrationData data)
    {
        CalibrationRun run = new(data);
        foreach (Value value in values) run.Observed[value] = new();
        data.Run(graph, run.Observe);
        return run;
    }

    private void Observe(Value value, Tensor tensor)
    {
        if (Observed.TryGetValue(value, out ObservedRange? range)) range.Add(tensor.ToArray<float>());
    }
}
