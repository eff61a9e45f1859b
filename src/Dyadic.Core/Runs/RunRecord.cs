using System.Text.Json.Serialization;

namespace Dyadic.Runs;

/// <summary>What a run was given, where it ran, what it measured and what it left: one JSON file in its folder. Reports are pure functions of it.</summary>
public sealed record RunRecord
{
    internal const int CurrentSchema = 1;

    /// <summary>The version of this layout.</summary>
    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>Unique within a runs folder: the folder's name.</summary>
    public required string Id { get; init; }

    /// <summary>What ran: "train", "quantize", a recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>When it started, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Seconds of work so far, over all resumes.</summary>
    public double Seconds { get; init; }

    /// <summary>"running", "completed", "interrupted" or "failed".</summary>
    public string Status { get; init; } = "running";

    /// <summary>Arguments by name.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>Versions, processor, vector width, threads, arithmetic.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Metrics over time.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Files of the run by role, relative to its folder.</summary>
    public IReadOnlyDictionary<string, string> Artifacts { get; init; } = new Dictionary<string, string>();

    /// <summary>The last value of a metric, or null.</summary>
    public double? Last(string metric) => Metrics.LastOrDefault(m => m.Name == metric)?.Value;
}

/// <summary>One measured number.</summary>
/// <param name="Name">"loss", "accuracy", …</param>
/// <param name="Step">When: the epoch, from 1, of a value that each epoch has; else the optimiser step, or 0.</param>
/// <param name="Value">The value.</param>
public sealed record Metric(string Name, long Step, double Value);

/// <summary>JSON of run records, without reflection.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RunRecord))]
internal sealed partial class RunJson : JsonSerializerContext;
