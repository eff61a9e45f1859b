using System.Text;

namespace Dyadic.Cli.Reports;

/// <summary>The table of layers, their error and their histograms.</summary>
internal static class LayerSections
{
    public static void Write(StringBuilder page, IReadOnlyList<ReportLayer> layers)
    {
        Table(page, layers);
        page.Append("<h2>Error by layer</h2><figure>")
            .Append(Charts.Bars("Signal to quantisation-noise ratio by layer", [.. layers.Where(l => l.SqnrDb is { } db && !double.IsNaN(db)).Select(l => (l.Name, l.SqnrDb!.Value, Text.Db(l.SqnrDb.Value)))]))
            .Append("<figcaption>Signal to quantisation-noise ratio of each layer's output on the calibration data; longer is better.</figcaption></figure>");
        InsightSections.Ranges(page, layers);
        Histograms(page, "Activations", layers.Where(l => l.ActivationHistogram.Length > 0).Select(l => (l.Name, l.ActivationHistogram, l.Minimum ?? 0, l.Maximum ?? 0)));
        Histograms(page, "Weights", layers.Where(l => l.WeightHistogram.Length > 0).Select(l => (l.Name, l.WeightHistogram, l.WeightMinimum, l.WeightMaximum)));
    }

    private static void Table(StringBuilder page, IReadOnlyList<ReportLayer> layers)
    {
        page.Append("<h2>Layers</h2><div class='scroll'><table><tr><th>Layer</th><th class='left'>Op</th><th class='left'>Runs in</th><th>Range</th><th>Scale</th><th>Zero</th><th>Weight scales</th><th>MSE</th><th>SQNR</th><th>Cosine</th><th>Saturated</th><th>Weights</th><th>at 4 bits</th><th>Bytes</th></tr>");
        foreach (ReportLayer l in layers)
        {
            string executed = l.Reason.Length == 0 ? $"{l.Executed} <span class='soft'>{Text.Html(l.Kernel)}</span>" : $"<span class='bad'>{l.Executed}</span> <span class='soft'>{Text.Html(l.Reason)}</span>";
            string weights = l.WeightScaleMin is { } low && l.WeightScaleMax is { } high ? low == high ? Text.Number(low) : $"{Text.Number(low)} … {Text.Number(high)}" : "";
            string bytes = l.BytesFloat == 0 ? "" : $"{Text.Bytes(l.BytesInteger)} <span class='soft'>of {Text.Bytes(l.BytesFloat)}</span>";
            page.Append($"<tr><td class='mono'>{Text.Html(l.Name)}</td><td class='left'>{Text.Html(l.Op)}</td><td class='left'>{executed}</td><td>{(l is { Minimum: { } min, Maximum: { } max } ? $"{Text.Number(min)} … {Text.Number(max)}" : "")}</td>")
                .Append($"<td>{Number(l.Scale)}</td><td>{l.ZeroPoint}</td><td>{weights}</td><td>{Number(l.Mse)}</td><td>{(l.SqnrDb is { } db ? Text.Db(db) : "")}</td><td>{(l.Cosine is { } c ? c.ToString("F5", System.Globalization.CultureInfo.InvariantCulture) : "")}</td><td>{(l.Saturated is > 0 and var s ? Text.Percent(s) : "")}</td><td>{(l.WeightSqnrDb is { } w ? Text.Db(w) : "")}</td><td>{(l.FourBitSqnrDb is { } f ? Text.Db(f) : "")}</td><td>{bytes}</td></tr>");
        }
        page.Append("</table></div>");
    }

    private static string Number(double? value) => value is { } v ? Text.Number(v) : "";

    private static void Histograms(StringBuilder page, string title, IEnumerable<(string Name, int[] Counts, double Low, double High)> rows)
    {
        page.Append($"<h2>{title}</h2><p class='soft'>Heights are square roots of counts, so that tails show.</p><div class='hists'>");
        foreach ((string name, int[] counts, double low, double high) in rows)
            page.Append("<figure>").Append(Charts.Histogram($"{title} of {name}", counts, low, high)).Append($"<figcaption>{Text.Html(name)}</figcaption></figure>");
        page.Append("</div>");
    }
}
