using System.Globalization;
using System.Text.Json.Nodes;
using Dyadic.Compression.Calibration;
using Dyadic.Compression.Scopes;
using Dyadic.Ir;

namespace Dyadic.Compression;

/// <summary>What a quantised graph says about itself, for viewers of its file; docs/onnx.md lists the keys.</summary>
public static class QuantizeMetadata
{
    /// <summary>The prefix of what is known of the quantisation.</summary>
    public const string Prefix = "dyadic.quantize.";

    /// <summary>The key of where the calibration data came from, which only the caller of a quantisation knows.</summary>
    public const string Source = Prefix + "calibration";

    /// <summary>The prefix of observed ranges, by the name of an input or output.</summary>
    public const string Range = "dyadic.range.";

    /// <summary>The entries of a quantisation.</summary>
    internal static IEnumerable<(string Key, string Value)> Of(Graph graph, QuantizeConfig config, QuantizePreview preview, CalibrationRun run)
    {
        int[] bits = [.. preview.Nodes.Where(n => n.Range != "table").Select(n => n.Bits).OfType<int>().Distinct().Order()];
        yield return (Prefix + "method", config.MethodText());
        yield return (Prefix + "weight_bits", string.Join(',', (bits.Length == 0 ? [config.Bits] : bits).Select(b => b.ToString(CultureInfo.InvariantCulture))));
        yield return (Prefix + "activation_bits", "8");
        yield return (Prefix + "samples", run.Data.Count.ToString(CultureInfo.InvariantCulture));
        yield return (Prefix + "config", Short(config));
        foreach (Value value in graph.Inputs.Concat(graph.Outputs).Distinct())
            if (run.Observed.TryGetValue(value, out ObservedRange? range) && range.Histogram.Count > 0) yield return (Range + value.Name, string.Create(CultureInfo.InvariantCulture, $"min={range.Histogram.Min:R} max={range.Histogram.Max:R}"));
    }

    // Without members that are null, which is their default.
    private static string Short(QuantizeConfig config)
    {
        JsonObject all = JsonNode.Parse(config.ToJson())!.AsObject();
        foreach (string name in all.Where(m => m.Value is null).Select(m => m.Key).ToArray()) all.Remove(name);
        return all.ToJsonString();
    }
}
