using System.Text.Json.Nodes;
using Dyadic.Compression;

namespace Dyadic.Cli.Models;

/// <summary>What quantize tells.</summary>
/// <param name="Result">The quantised graph and its layers.</param>
/// <param name="Bytes">Size of the written file.</param>
/// <param name="BytesFloat">Size of the original file.</param>
/// <param name="Method">How ranges were chosen, and the other methods.</param>
/// <param name="Output">The written file.</param>
/// <param name="Samples">Samples of the calibration.</param>
/// <param name="Run">The run folder, or null.</param>
internal sealed record QuantizeSummary(QuantizeResult Result, long Bytes, long BytesFloat, string Method, string Output, int Samples, string? Run)
{
    /// <summary>What --max-drop held the graph to, or null.</summary>
    public AccuracyTarget? Target { get; init; }

    /// <summary>How it was held to that.</summary>
    public ControlledResult? Made { get; init; }

    /// <summary>What single layers do to the score, or null.</summary>
    public LayerScores? Scores { get; init; }

    /// <summary>How the integers were trained, or null.</summary>
    public TrainedText? Trained { get; init; }

    /// <summary>What was lost, and what to try.</summary>
    public IReadOnlyList<Advice> Advice => field ??= Models.Advice.Of(Result.Layers, Result.Config, Scores?.Report);

    /// <summary>The fields of --json.</summary>
    public object Fields() => new
    {
        layers = JsonNode.Parse(Result.LayersJson()),
        bytes = Bytes,
        method = Method,
        bytesFloat = BytesFloat,
        bits = Result.Config.Bits,
        integerOnly = Result.Config.IntegerOnly,
        samples = Samples,
        output = Output,
        run = Run,
        control = Target is null ? null : new { metric = Target.Metric, @float = Target.Float, score = Made!.Score, reverted = Made.Reverted },
        training = Trained is null ? null : new { data = Trained.Data, epochs = Trained.Epochs, steps = Trained.Steps, loss = Trained.Loss },
        sensitivity = Scores?.Fields(),
        advice = Advice,
        warnings = Result.Warnings,
    };
}
