using System.Text;

namespace Dyadic.Cli.Reports;

/// <summary>What to try, what single layers do to the score, and where ranges and outliers lie.</summary>
internal static class InsightSections
{
    /// <summary>Problems with the options that may mend them.</summary>
    public static void Advice(StringBuilder page, IReadOnlyList<ReportAdvice> advice)
    {
        page.Append("<h2>What to try</h2><div class='scroll'><table><tr><th>Layer</th><th class='left'>What was seen</th><th class='left'>dyadic quantize … with</th></tr>");
        foreach (ReportAdvice a in advice)
            page.Append($"<tr><td class='mono'>{Text.Html(a.Node)}</td><td class='left'>{Text.Html(a.Problem)}</td><td class='left mono'>{Text.Html(a.Command)}</td></tr>");
        page.Append("</table></div>");
    }

    /// <summary>Scores with single layers in integers, in floating point, and at 4 bits.</summary>
    public static void Sensitivity(StringBuilder page, ReportSensitivity s)
    {
        string metric = Text.Html(s.Metric);
        page.Append($"<h2>Sensitivity</h2><p class='soft'>The score is {metric}: {Text.Number(s.Float)} in float32, {Text.Number(s.Whole)} with everything in integers. Each layer is a step with what it includes.</p>")
            .Append("<div class='scroll'><table><tr><th>Layer</th><th>Only this in integers</th><th>All but this in integers</th><th>All, this at 4 bits</th></tr>");
        foreach (ReportLayerScore l in s.Layers)
            page.Append($"<tr><td class='mono'>{Text.Html(l.Node)}</td><td>{Text.Number(l.Alone)}</td><td>{Text.Number(l.Others)}</td><td>{(l.FourBits is { } four ? Text.Number(four) : "")}</td></tr>");
        page.Append("</table></div><figure>")
            .Append(Charts.Bars("What the score gains without each layer", [.. s.Layers.Select(l => (l.Node, Value: l.Others - s.Whole, Text: Text.Number(l.Others - s.Whole))).OrderByDescending(r => r.Value)]))
            .Append("<figcaption>What the score gains when a layer goes back to floating point, the largest first.</figcaption></figure>");
    }

    /// <summary>What was observed beside what the codes hold.</summary>
    public static void Ranges(StringBuilder page, IReadOnlyList<ReportLayer> layers)
    {
        ReportLayer[] shown = [.. layers.Where(l => l is { Minimum: not null, Maximum: not null, CodesMinimum: not null, CodesMaximum: not null })];
        if (shown.Length == 0) return;
        page.Append("<h2>Ranges</h2><figure>").Append(Charts.Ranges("Observed ranges and those of the codes", [.. shown.Select(l => (l.Name, l.Minimum!.Value, l.Maximum!.Value, l.CodesMinimum!.Value, l.CodesMaximum!.Value))]))
            .Append("<figcaption>The line is what calibration saw, the bar what the codes can hold; each row in its own unit, zero at the tick.</figcaption></figure>");
        ReportLayer[] far = [.. shown.Where(l => l.Outliers.Count > 0)];
        if (far.Length == 0) return;
        page.Append("<h2>Outlier channels</h2><div class='scroll'><table><tr><th>Layer</th><th class='left'>Channels, in medians of all channels' largest values</th></tr>");
        foreach (ReportLayer l in far) page.Append($"<tr><td class='mono'>{Text.Html(l.Name)}</td><td class='left'>{string.Join(", ", l.Outliers.Select(o => $"{o.Channel}: {Text.Number(o.Ratio)}"))}</td></tr>");
        page.Append("</table></div>");
    }
}
