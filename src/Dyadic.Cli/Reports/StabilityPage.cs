using System.Text;
using Dyadic.Cli.Models;
using Dyadic.Data;
using Dyadic.Ir;

namespace Dyadic.Cli.Reports;

/// <summary>One self-contained page of an analysis of stability.</summary>
internal static class StabilityPage
{
    private const int Bars = 15;

    /// <summary>Writes the page, atomically.</summary>
    public static void Write(string path, StabilitySummary summary, bool overwrite)
    {
        byte[] page = Encoding.UTF8.GetBytes(Render(summary));
        AtomicFile.Write(path, stream => stream.Write(page), overwrite);
    }

    /// <summary>The page.</summary>
    public static string Render(StabilitySummary s)
    {
        StringBuilder page = HtmlReport.Open($"Stability of {s.Model}");
        page.Append($"<h1>Stability of {Text.Html(s.Model)}</h1><p class='soft'><code>{Text.Html(s.Arithmetic)}</code> · {s.Samples} run{(s.Samples > 1 ? "s" : "")} of {s.Inputs} samples · {s.Seconds:F1} s</p>");
        page.Append($"<p>Every value in this arithmetic beside that of float32: {s.Statement}. 23 bits are all that float32 has.</p>");
        Cards(page, s);
        if (s.Nodes.Any(v => v.Lost > 0))
            page.Append("<h2>Where bits are lost</h2><figure>")
                .Append(Charts.Bars("Bits lost by node", [.. s.Nodes.Where(v => v.Lost > 0).Take(Bars).Select(v => (v.Name, v.Lost, $"{v.Lost:F1} ({v.Op})"))]))
                .Append("<figcaption>Mean bits of the worst input less those of the result; an input of the model has 23.</figcaption></figure>");
        if (s.InOrder.Count > 1)
            page.Append("<h2>Bits through the model</h2><figure>").Append(Charts.Line("Significant bits by node", [.. s.InOrder.Select(v => v.Bits)], v => $"{v:F1}"))
                .Append("<figcaption>Mean significant bits of each node, in the order of the graph.</figcaption></figure>");
        if (s.Sweep is { } sweep) Formats(page, sweep);
        Values(page, "Outputs", s.Outputs);
        Values(page, "Nodes, those that lose most first", s.Nodes);
        return HtmlReport.Close(page);
    }

    private static void Cards(StringBuilder page, StabilitySummary s)
    {
        page.Append("<div class='cards'>");
        ValueStability worst = s.Outputs.MinBy(v => v.Bits)!;
        HtmlReport.Card(page, "Bits of the output", $"{worst.Bits:F1}", $"{worst.Digits:F2} decimal digits; the worst element has {worst.LeastBits:F1} bits");
        if (s.Nodes.Count > 0) HtmlReport.Card(page, "Least stable node", $"−{s.Nodes[0].Lost:F1}", $"bits lost in <span class='mono'>{Text.Html(s.Nodes[0].Name)}</span> ({Text.Html(s.Nodes[0].Op)}), which keeps {s.Nodes[0].Bits:F1}");
        if (s.Top1Agreement is { } share) HtmlReport.Card(page, "Same class", Text.Percent(share), "of the predictions of all runs are those of float32", share == 1 ? "good" : "bad");
        if (s.Sweep is { } sweep)
            HtmlReport.Card(page, "Smallest format", sweep.Smallest is { } f ? $"e{f.ExponentBits}m{f.MantissaBits}" : "none",
                sweep.Smallest is { } g ? $"{g.Bits} bits, {Rounded(sweep.Mode)} rounded; keeps {Text.Percent(g.Score)}" : $"keeps {Text.Percent(sweep.Keep)}", sweep.Smallest is null ? "bad" : "good");
        page.Append("</div>");
    }

    private static string Rounded(string mode) => mode switch { "ob" => "results", "ib" => "operands", _ => "operands and results" };

    // One row for each exponent, one column for each mantissa; what was not run is empty, or follows from a smaller format.
    private static void Formats(StringBuilder page, FormatSweep sweep)
    {
        int[] mantissas = [.. sweep.Tried.Select(t => t.MantissaBits).Distinct().Order()];
        page.Append($"<h2>Formats</h2><p class='soft'>The score is {Text.Html(sweep.Criterion)}, with {Rounded(sweep.Mode)} rounded; at least {Text.Percent(sweep.Keep)} is asked for. Columns are mantissa bits without the hidden one; each format that was run has its score.</p>")
            .Append("<div class='scroll'><table><tr><th>exponent bits</th>").AppendJoin("", mantissas.Select(m => $"<th>{m}</th>")).Append("</tr>");
        foreach (IGrouping<int, TriedFormat> row in sweep.Tried.GroupBy(t => t.ExponentBits))
        {
            page.Append($"<tr><td>{row.Key}</td>");
            foreach (int m in mantissas)
            {
                TriedFormat? tried = row.LastOrDefault(t => t.MantissaBits == m);
                bool smallest = sweep.Smallest is { } s && tried is not null && s.ExponentBits == tried.ExponentBits && s.MantissaBits == m;
                page.Append(tried is null ? "<td></td>" : $"<td class='{(tried.Kept ? "good" : "bad")}'>{(smallest ? "<b>" : "")}{Text.Percent(tried.Score)}{(smallest ? "</b>" : "")}</td>");
            }
            page.Append("</tr>");
        }
        page.Append("</table></div>");
    }

    private static void Values(StringBuilder page, string title, IReadOnlyList<ValueStability> values)
    {
        page.Append($"<h2>{title}</h2><div class='scroll'><table><tr><th>Value</th><th class='left'>Op</th><th>Bits</th><th>Digits</th><th>Low 10 %</th><th>Least</th><th>Shared by all</th><th>Contributing</th><th>Lost</th><th>Elements</th></tr>");
        foreach (ValueStability v in values)
            page.Append($"<tr><td class='mono'>{Text.Html(v.Name)}</td><td class='left'>{Text.Html(v.Op)}</td><td>{v.Bits:F1}</td><td>{v.Digits:F2}</td><td>{v.LowBits:F1}</td><td>{v.LeastBits:F1}</td><td>{v.General:F1}</td><td>{v.Contributing:F1}</td><td>{v.Lost:F1}</td><td>{v.Elements}</td></tr>");
        page.Append("</table></div>");
    }
}
