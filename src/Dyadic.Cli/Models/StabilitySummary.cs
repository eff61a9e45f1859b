using System.Text.Json.Serialization;
using Dyadic.Ir;

namespace Dyadic.Cli.Models;

/// <summary>What <c>analyze</c> prints and draws.</summary>
/// <param name="Model">The file's name.</param>
/// <param name="Arithmetic">The arithmetic.</param>
/// <param name="Samples">Runs in it.</param>
/// <param name="Inputs">Samples of data that each run computes.</param>
/// <param name="Probability">p of the statement about bits.</param>
/// <param name="Confidence">Its confidence.</param>
/// <param name="Nodes">Floating-point values, those that lose most bits first.</param>
/// <param name="Outputs">The outputs.</param>
/// <param name="Top1Agreement">The share of predictions, over all runs, that are those of float32; null where the model does not classify.</param>
/// <param name="Sweep">The search for the smallest format, or null.</param>
/// <param name="Seconds">How long all took.</param>
internal sealed record StabilitySummary(
    string Model, string Arithmetic, int Samples, int Inputs, double Probability, double Confidence, IReadOnlyList<ValueStability> Nodes,
    IReadOnlyList<ValueStability> Outputs, double? Top1Agreement, FormatSweep? Sweep, double Seconds)
{
    /// <summary>The same values in the order of the graph.</summary>
    [JsonIgnore]
    public required IReadOnlyList<ValueStability> InOrder { get; init; }

    /// <summary>What the bits say.</summary>
    [JsonIgnore]
    public string Statement => Samples > 1
        ? $"a further run shares these bits with float32 in {Probability:P0} of cases, with confidence {Confidence:P0}"
        : "every run gives the same bytes; the bits are those of the relative error against float32";
}

/// <summary>The search for the smallest format.</summary>
/// <param name="Mode">ob, ib or full: what is rounded.</param>
/// <param name="Criterion">What has to be kept, in words.</param>
/// <param name="Keep">The least score.</param>
/// <param name="Tried">Every format that was run.</param>
/// <param name="Frontier">The smallest mantissa for each exponent that suffices.</param>
/// <param name="Smallest">The smallest format, or null.</param>
internal sealed record FormatSweep(
    string Mode, string Criterion, double Keep, IReadOnlyList<TriedFormat> Tried, IReadOnlyList<TriedFormat> Frontier, TriedFormat? Smallest);
