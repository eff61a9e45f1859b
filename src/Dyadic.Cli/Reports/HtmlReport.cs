using System.Text;

namespace Dyadic.Cli.Reports;

/// <summary>Makes one self-contained page of one or more runs: no scripts, no links to anything outside, light and dark, readable on a phone.</summary>
internal static class HtmlReport
{
    /// <summary>The page.</summary>
    public static string Render(IReadOnlyList<ReportData> runs)
    {
        StringBuilder page = Open(runs.Count == 1 ? runs[0].Title : $"{runs.Count} runs");
        if (runs.Count > 1) Comparison(page, runs);
        if (runs.Count == 2) DiffSection.Write(page, ReportDiff.Of(runs[0], runs[1]));
        foreach (ReportData run in runs) Run(page, run);
        return Close(page);
    }

    /// <summary>The start of a page, up to its first heading.</summary>
    internal static StringBuilder Open(string title) =>
        new($"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'><title>{Text.Html(title)} · Dyadic</title><style>{Css}</style></head><body><main>");

    /// <summary>The whole page.</summary>
    internal static string Close(StringBuilder page) => page.Append("</main></body></html>\n").ToString();

    private static string Css { get; } = ReadCss();

    private static string ReadCss()
    {
        using Stream stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private static void Run(StringBuilder page, ReportData run)
    {
        page.Append($"<h1>{Text.Html(run.Title)}</h1><p class='soft'><code>{Text.Html(run.Command)}</code> · {run.Made.UtcDateTime:yyyy-MM-dd HH:mm} UTC</p>");
        if (run.Verdict is { } verdict) Verdict(page, verdict);
        if (run.Loss.Length > 0) Training(page, run);
        if (run.Advice.Count > 0) InsightSections.Advice(page, run.Advice);
        if (run.Sensitivity is { } sensitivity) InsightSections.Sensitivity(page, sensitivity);
        if (run.Layers.Count > 0) LayerSections.Write(page, run.Layers);
        if (run.Confusion.Length > 0) ClassSections.Confusion(page, run);
        if (run.Samples.Count > 0) ClassSections.Samples(page, run);
        Details(page, run);
    }

    private static void Verdict(StringBuilder page, ReportVerdict v)
    {
        double points = (v.AccuracyInteger - v.AccuracyFloat) * 100;
        string sign = points >= 0 ? "+" : "−";
        page.Append($"<p>{VerdictText.Sentence(v)}</p><div class='cards'>");
        Card(page, "Accuracy, integers", Text.Percent(v.AccuracyInteger), $"float {Text.Percent(v.AccuracyFloat)} ({sign}{Math.Abs(points):F2} points) on {v.Count} samples; same answer on {Text.Percent(v.Agreement)}");
        Card(page, "Size", Text.Bytes(v.BytesInteger), $"float {Text.Bytes(v.BytesFloat)}: {(double)v.BytesInteger / v.BytesFloat:P0} of it");
        Card(page, "Latency, 1 thread", Text.Ms(v.MsInteger), $"float {Text.Ms(v.MsFloat)}: {VerdictText.Speed(v)}");
        Card(page, "Integer-only", v.IntegerOnly ? "proven" : "no", v.IntegerOnly ? "the code of every step holds no floating-point instruction" : "see the executed types below", v.IntegerOnly ? "good" : "bad");
        bool equal = v.HashesEqual == v.HashesTried;
        Card(page, "One answer", equal ? "yes" : "no", $"{v.HashesEqual} of {v.HashesTried} configurations gave <span class='mono'>{Text.Html(v.Hash.Length > 16 ? v.Hash[..16] : v.Hash)}…</span>", equal ? "good" : "bad");
        page.Append("</div><div class='row'><figure>")
            .Append(Charts.SizeAccuracy([("float32", v.BytesFloat, v.AccuracyFloat), ("integer", v.BytesInteger, v.AccuracyInteger)]))
            .Append("<figcaption>Accuracy against file size (logarithmic).</figcaption></figure></div>");
    }

    internal static void Card(StringBuilder page, string name, string big, string below, string css = "") =>
        page.Append($"<div class='card'><div class='name'>{name}</div><div class='big {css}'>{big}</div><div class='soft'>{below}</div></div>");

    private static void Training(StringBuilder page, ReportData run)
    {
        page.Append("<h2>Training</h2><div class='row'><figure>").Append(Charts.Line("Training loss by epoch", run.Loss, v => v.ToString("F3", System.Globalization.CultureInfo.InvariantCulture)))
            .Append("<figcaption>Mean loss by epoch.</figcaption></figure>");
        if (run.TrainAccuracy.Length > 0)
            page.Append("<figure>").Append(Charts.Line("Training accuracy by epoch", run.TrainAccuracy, Text.Percent)).Append("<figcaption>Accuracy on (augmented) training images by epoch.</figcaption></figure>");
        page.Append("</div>");
    }

    private static void Comparison(StringBuilder page, IReadOnlyList<ReportData> runs)
    {
        page.Append("<h1>Comparison</h1><div class='scroll'><table><tr><th>Run</th><th>float</th><th>integer</th><th>bytes</th><th>latency</th><th>integer-only</th></tr>");
        foreach (ReportData run in runs)
        {
            ReportVerdict? v = run.Verdict;
            page.Append($"<tr><td>{Text.Html(run.Title)}</td>").Append(v is null
                ? "<td colspan='5' class='soft'>no verdict in this run</td></tr>"
                : $"<td>{Text.Percent(v.AccuracyFloat)}</td><td>{Text.Percent(v.AccuracyInteger)}</td><td>{Text.Bytes(v.BytesInteger)}</td><td>{Text.Ms(v.MsInteger)}</td><td>{(v.IntegerOnly ? "yes" : "no")}</td></tr>");
        }
        page.Append("</table></div>");
    }

    private static void Details(StringBuilder page, ReportData run)
    {
        page.Append("<h2>Details</h2><div class='scroll'><table>");
        foreach ((string key, string value) in run.Arguments.Concat(run.Environment)) page.Append($"<tr><td>{Text.Html(key)}</td><td class='left mono'>{Text.Html(value)}</td></tr>");
        if (run.Verdict is { } v) page.Append($"<tr><td>output hash (SHA-256)</td><td class='left mono'>{Text.Html(v.Hash)}</td></tr>");
        page.Append("</table></div>");
    }
}
