using System.Diagnostics;
using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Cli.Models;

/// <summary>Outputs for all samples, and the time that the model alone took.</summary>
/// <param name="Outputs">One tensor for each output, all samples along the first axis.</param>
/// <param name="Milliseconds">Time inside the engine.</param>
internal sealed record BatchedResult(Tensor[] Outputs, double Milliseconds);

/// <summary>Feeds samples to an engine, some at a time, so that memory stays bounded.</summary>
internal static class BatchedRun
{
    private const int LargestBatch = 256;

    /// <summary>Runs all samples.</summary>
    /// <param name="engine">What runs them.</param>
    /// <param name="graph">The model: a known leading dimension of its inputs is the batch.</param>
    /// <param name="inputs">The samples.</param>
    /// <param name="progress">Hears of the share done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static BatchedResult Run(Engine engine, Graph graph, InputSet inputs, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        int step = FixedBatch(graph) ?? LargestBatch;
        if (FixedBatch(graph) is { } size && inputs.Count % size != 0)
            throw new InvalidDataException($"The model takes {size} samples at a time, the data has {inputs.Count}. Take a multiple with [a:b].");
        engine.Run(inputs.Rows(0, Math.Min(step, inputs.Count)), cancellation);        // warms up: nothing is compiled inside the measurement
        List<Tensor[]> parts = [];
        long ticks = 0;
        for (int first = 0; first < inputs.Count; first += step)
        {
            Tensor[] rows = inputs.Rows(first, Math.Min(step, inputs.Count - first));
            long start = Stopwatch.GetTimestamp();
            parts.Add(engine.Run(rows, cancellation));
            ticks += Stopwatch.GetTimestamp() - start;
            progress?.Invoke((double)Math.Min(first + step, inputs.Count) / inputs.Count);
        }
        return new(Joined(parts), ticks * 1000.0 / Stopwatch.Frequency);
    }

    private static int? FixedBatch(Graph graph) =>
        graph.Inputs.Count > 0 && graph.Inputs[0].Shape is { Rank: > 0 } shape && shape[0].IsKnown ? Math.Max(1, shape[0].Size) : null;

    private static Tensor[] Joined(List<Tensor[]> parts)
    {
        if (parts.Count == 1) return parts[0];
        var joined = new Tensor[parts[0].Length];
        for (int o = 0; o < joined.Length; o++)
        {
            Tensor[] pieces = [.. parts.Select(p => p[o])];
            joined[o] = pieces[0].Rank == 0 ? pieces[^1] : Tensor.Concat(0, pieces);
        }
        return joined;
    }
}
