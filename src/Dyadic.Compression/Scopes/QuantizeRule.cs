using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dyadic.Compression.Scopes;

/// <summary>Settings for the nodes that it matches; what it leaves null is as in the configuration. Of the rules that match a node the first one holds.</summary>
/// <remarks>Expressions are those of .NET; one that takes longer than a second for a name is an error. docs/guides/quantise.md, "Rules for single layers"; docs/quantize.schema.json.</remarks>
public sealed record QuantizeRule
{
    /// <summary>A regular expression that matches anywhere in the name of a node; null for any name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Match { get; init; }

    /// <summary>A regular expression that matches the whole name of an op, such as <c>Conv|MatMul</c>; null for any op.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Op { get; init; }

    /// <summary>The nodes stay in floating point.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? KeepFloat { get; init; }

    /// <summary>Bits of the weights.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Bits { get; init; }

    /// <summary>One weight scale for each output channel, else one a tensor.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? PerChannel { get; init; }

    /// <summary>How the range of the result is chosen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CalibrationMethod? Calibrator { get; init; }

    /// <summary>The share of values, in percent, that <see cref="CalibrationMethod.Percentile"/> keeps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Percentile { get; init; }

    /// <summary>The result is int8, else uint8.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? ActivationSigned { get; init; }

    /// <summary>The result is int8 with zero point 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? ActivationSymmetric { get; init; }

    /// <summary>The methods that work on layers, instead of those of the configuration; an empty list for none. Those that balance the whole graph can only stand there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<QuantizeMethod>? Methods { get; init; }

    /// <inheritdoc/>
    public bool Equals(QuantizeRule? other) => other is not null && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);

    /// <summary>The configuration of a node for which it holds.</summary>
    internal QuantizeConfig Apply(QuantizeConfig config) => config with
    {
        Bits = Bits ?? config.Bits,
        PerChannel = PerChannel ?? config.PerChannel,
        Calibrator = Calibrator ?? config.Calibrator,
        Percentile = Percentile ?? config.Percentile,
        ActivationSigned = ActivationSigned ?? config.ActivationSigned,
        ActivationSymmetric = ActivationSymmetric ?? config.ActivationSymmetric,
        Methods = Methods is null ? config.Methods : [.. (config.Methods ?? []).Where(m => m.Stage == MethodStage.Balance), .. Methods],
    };

    /// <summary>Throws unless it says something that is possible.</summary>
    /// <param name="name">Which rule, for the message.</param>
    /// <param name="config">What it is part of.</param>
    /// <exception cref="CompressionException">It does not.</exception>
    internal void Check(string name, QuantizeConfig config)
    {
        if (Match is null && Op is null) throw new CompressionException($"quantize: {name} has neither \"match\" nor \"op\". Write \"match\": \"\" for all nodes.");
        if (KeepFloat is null && Bits is null && PerChannel is null && Calibrator is null && Percentile is null && ActivationSigned is null && ActivationSymmetric is null && Methods is null)
            throw new CompressionException($"quantize: {name} sets nothing. Set \"bits\", \"calibrator\", \"keepFloat\", …; see docs/quantize.schema.json.");
        if (Methods?.FirstOrDefault(m => m.Stage == MethodStage.Balance) is { } whole)
            throw new CompressionException($"quantize: {name} has the method '{whole.Name}', which balances layers with each other. Name it in the \"methods\" of the configuration.");
        try
        {
            (Apply(config) with { Rules = null }).Check();
        }
        catch (CompressionException e)
        {
            throw new CompressionException($"quantize: {name}: {e.Message["quantize: ".Length..]}");
        }
    }

    /// <summary>Its number from 1 and what it matches, in words.</summary>
    internal string Describe(int index) => string.Create(CultureInfo.InvariantCulture,
        $"rule {index + 1} ({string.Join(", ", ((string?[])[Match is null ? null : $"match '{Match}'", Op is null ? null : $"op '{Op}'"]).Where(t => t is not null))})").Replace(" ()", "", StringComparison.Ordinal);

    private string ToJson() => JsonSerializer.Serialize(this, QuantizeJson.Default.QuantizeRule);
}
