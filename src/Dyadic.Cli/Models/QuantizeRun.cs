using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Reports;
using Dyadic.Compression;
using Dyadic.Data;
using Dyadic.Runs;

namespace Dyadic.Cli.Models;

/// <summary>The record of a quantisation in a run folder: run.json, layers.json, and report.json for a page.</summary>
internal sealed class QuantizeRun
{
    private readonly DateTimeOffset _started = TimeProvider.System.GetUtcNow();
    private readonly long _ticks = Stopwatch.GetTimestamp();

    private QuantizeRun(RunFolder folder) => Folder = folder;

    public RunFolder Folder { get; }

    /// <summary>Makes the folder.</summary>
    /// <exception cref="UsageException">It holds a run already.</exception>
    public static QuantizeRun Start(string path, bool force)
    {
        RunFolder folder = RunFolder.At(Path.GetFullPath(path));
        return folder.HasRecord && !force ? throw new UsageException($"'{path}' holds a run already. Use --force to overwrite it, or another folder.") : new(folder);
    }

    /// <summary>Writes the three files.</summary>
    public void Finish(string model, string calibration, QuantizeSummary summary)
    {
        Dictionary<string, string> arguments = new()
        {
            ["model"] = model,
            ["calibration"] = calibration,
            ["config"] = JsonNode.Parse(summary.Result.Config.ToJson())!.ToJsonString(),
        };
        RunRecord record = new()
        {
            Id = Path.GetFileName(Folder.Path),
            Name = "quantize",
            Started = _started,
            Seconds = Stopwatch.GetElapsedTime(_ticks).TotalSeconds,
            Status = "completed",
            Arguments = arguments,
            Environment = RunEnvironment.Describe(),
            Metrics = [new("bytes", 0, summary.Bytes), new("bytesFloat", 0, summary.BytesFloat)],
            Artifacts = new Dictionary<string, string> { ["model"] = Path.GetFullPath(summary.Output), ["layers"] = "layers.json", ["report"] = ReportData.FileName },
        };
        byte[] layers = Encoding.UTF8.GetBytes(summary.Result.LayersJson());
        AtomicFile.Write(Folder.File("layers.json"), stream => stream.Write(layers), overwrite: true);
        ReportFile.Write(Folder, new ReportData
        {
            Title = $"quantize {Path.GetFileName(model)} ({summary.Result.Config.Bits} bits, {summary.Method})",
            Command = $"dyadic quantize {Path.GetFileName(model)} --calibration {calibration} --method {summary.Method}{(summary.Result.Config.IntegerOnly ? " --integer-only" : "")}",
            Made = _started,
            Environment = record.Environment,
            Layers = [.. summary.Result.Layers.Select(ReportLayers.Of)],
            Advice = [.. summary.Advice.Select(a => new ReportAdvice(a.Node, a.Problem, a.Command))],
            Sensitivity = summary.Scores is { } s ? new(s.Metric, s.Report.Float, s.Report.Whole, [.. s.Report.Layers.Select(l => new ReportLayerScore(l.Node, l.Alone, l.Others, l.FourBits))]) : null,
            Arguments = new Dictionary<string, string>(arguments)
            {
                ["bytes"] = summary.Bytes.ToString(CultureInfo.InvariantCulture),
                ["bytesFloat"] = summary.BytesFloat.ToString(CultureInfo.InvariantCulture),
            },
        });
        Folder.Write(record);
    }
}

/// <summary>Layers of a quantisation as a report shows them.</summary>
internal static class ReportLayers
{
    public static ReportLayer Of(LayerReport layer) => new()
    {
        Name = layer.Node,
        Op = layer.Op,
        Executed = layer.Executed,
        Kernel = layer.Kernel ?? "",
        Reason = layer.Reason ?? "",
        Minimum = layer.Output?.Min,
        Maximum = layer.Output?.Max,
        Scale = layer.Output?.Scale,
        ZeroPoint = layer.Output?.ZeroPoint,
        WeightScaleMin = layer.Weight?.ScaleMin,
        WeightScaleMax = layer.Weight?.ScaleMax,
        Mse = layer.Output?.MeanSquaredError,
        SqnrDb = layer.Output?.SqnrDb,
        Cosine = layer.Output?.Cosine,
        CodesMinimum = layer.Output?.CodesMin,
        CodesMaximum = layer.Output?.CodesMax,
        Saturated = layer.Output?.Saturated,
        Outliers = [.. (layer.Output?.Outliers ?? []).Select(o => new ReportOutlier(o.Channel, o.Ratio))],
        WeightSqnrDb = layer.Weight?.SqnrDb,
        FourBitSqnrDb = layer.Weight?.FourBitSqnrDb,
        BytesFloat = layer.BytesFloat,
        BytesInteger = layer.BytesInteger,
        ActivationHistogram = Counts(layer.Output?.Histogram),
        WeightHistogram = Counts(layer.Weight?.Histogram),
        WeightMinimum = layer.Weight?.Min ?? 0,
        WeightMaximum = layer.Weight?.Max ?? 0,
    };

    private static int[] Counts(IReadOnlyList<long>? histogram) => histogram is null ? [] : [.. histogram.Select(c => (int)Math.Min(c, int.MaxValue))];
}
