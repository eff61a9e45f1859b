using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dyadic.Compression;
using Dyadic.Compression.Insight;

namespace Dyadic.Cli.Models;

/// <summary>Something that a quantisation lost, and what to try.</summary>
/// <param name="Node">The node.</param>
/// <param name="Problem">What was seen.</param>
/// <param name="Command">The options of dyadic quantize that may mend it.</param>
internal sealed record Advice(string Node, string Problem, string Command)
{
    private const int Most = 12;
    private const double LongTail = 3, ManySaturated = 0.01, WeakWeights = 22, WeakOutput = 12, FairOutput = 25, HalfTheLoss = 0.5, LeastLoss = 0.3, ThreeDb = 3;

    /// <summary>What to try, the worst nodes first.</summary>
    /// <param name="layers">The layers of the quantisation.</param>
    /// <param name="config">How it was made.</param>
    /// <param name="sensitivity">What single layers do to a score, or null.</param>
    public static IReadOnlyList<Advice> Of(IReadOnlyList<LayerReport> layers, QuantizeConfig config, SensitivityReport? sensitivity) =>
        [.. Sensitive(sensitivity).Concat(layers.OrderBy(l => l.Output?.SqnrDb ?? double.PositiveInfinity).SelectMany(l => Of(l, config))).Concat(Weakest(layers)).DistinctBy(a => (a.Node, a.Command)).Take(Most)];

    private static IEnumerable<Advice> Of(LayerReport l, QuantizeConfig config)
    {
        if (l.Output is { } o)
        {
            bool whole = config.Calibrator is CalibrationMethod.MinMax or CalibrationMethod.MovingAverage;
            if (o.Tail >= LongTail && whole && o.SqnrDb < FairOutput) yield return new(l.Node, Text($"99.9 % of the values lie within 1/{o.Tail:F1} of the range"), $"--method percentile, or --config with {Rule(l.Node, "\"calibrator\": \"percentile\"")}");
            if (o.Saturated >= ManySaturated) yield return new(l.Node, Text($"{100 * o.Saturated:F1} % of the values saturate"), $"--config with {Rule(l.Node, "\"calibrator\": \"minmax\"")}");
            if (o.Outliers is [var worst, ..] && o.SqnrDb < FairOutput) yield return new(l.Node, Text($"channel {worst.Channel} is {worst.Ratio:F0} times the median channel"), Balance(l, config));
        }
        if (l.Weight is { FourBitSqnrDb: not null } w && w.SqnrDb < WeakWeights)
        {
            string command = !config.PerChannel ? $"--config with {Rule(l.Node, "\"perChannel\": true")}"
                : config.Methods?.Any(m => m is RoundingMethod) == true ? $"--config with {Rule(l.Node, "\"bits\": 8")}" : "--method gptq+bias-correction";
            yield return new(l.Node, Text($"the weights have {w.SqnrDb:F1} dB"), command);
        }
    }

    private static IEnumerable<Advice> Weakest(IReadOnlyList<LayerReport> layers) =>
        layers.Where(l => l.Output?.SqnrDb < WeakOutput).MinBy(l => l.Output!.SqnrDb) is { } l
            ? [new(l.Node, Text($"the result has {l.Output!.SqnrDb:F1} dB, the least of all"), $"--max-drop 0.5, or --config with {Rule(l.Node, "\"keepFloat\": true")}")]
            : [];

    // Layers without which at least half of what the score lost is there again; of scores in dB, where float has none to lose, three.
    private static IEnumerable<Advice> Sensitive(SensitivityReport? s)
    {
        if (s is null || s.Float - s.Whole < LeastLoss) yield break;
        double needed = double.IsFinite(s.Float) ? HalfTheLoss * (s.Float - s.Whole) : ThreeDb;
        foreach (LayerSensitivity l in s.Layers.Where(l => l.Others - s.Whole >= needed).OrderByDescending(l => l.Others))
            yield return new(l.Node, Text($"with this layer in floating point the score is {l.Others:F2} instead of {s.Whole:F2}"), $"--config with {Rule(l.Node, "\"keepFloat\": true")}, or --max-drop");
    }

    private static string Balance(LayerReport l, QuantizeConfig config)
    {
        string method = l.Op is "Conv" or "Relu" or "Clip" or "MaxPool" or "AveragePool" or "GlobalAveragePool" ? "equalize" : "smooth";
        return config.Methods?.Any(m => m.Name == method) == true ? $"--config with {Rule(l.Node, "\"keepFloat\": true")}" : $"--method {method}";
    }

    private static string Rule(string node, string setting) => $"{{ \"rules\": [{{ \"match\": {JsonSerializer.Serialize($"^{Regex.Escape(node)}$", RelaxedJson.Options)}, {setting} }}] }}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>JSON that people read: no characters escaped beyond need.</summary>
internal static class RelaxedJson
{
    public static JsonSerializerOptions Options { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
