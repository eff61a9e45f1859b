using System.Text;

namespace Dyadic.Cli.Reports;

/// <summary>The differences of two runs as a part of a page.</summary>
internal static class DiffSection
{
    public static void Write(StringBuilder page, ReportDiff diff)
    {
        page.Append($"<h2>Differences</h2><p class='soft'>A is {Text.Html(diff.A)}, B is {Text.Html(diff.B)}. {diff.Layers.Count} layers differ, {diff.Same} are the same.</p>")
            .Append("<div class='scroll'><table><tr><th>Total</th><th>A</th><th>B</th><th>B − A</th></tr>");
        foreach (TotalDifference t in diff.Totals) page.Append($"<tr><td>{Text.Html(t.Name)}</td><td>{Number(t.A)}</td><td>{Number(t.B)}</td><td>{Number(t.B - t.A)}</td></tr>");
        foreach (SettingDifference s in diff.Settings) page.Append($"<tr><td>{Text.Html(s.Name)}</td><td class='left mono'>{Text.Html(s.A ?? "–")}</td><td class='left mono'>{Text.Html(s.B ?? "–")}</td><td></td></tr>");
        page.Append("</table></div>");
        if (diff.Layers.Count == 0) return;
        page.Append("<h2>Layers that differ, the largest changes first</h2><div class='scroll'><table><tr><th>Layer</th><th class='left'>Op</th><th class='left'>Runs in</th><th>SQNR A</th><th>SQNR B</th><th>B − A</th><th>Scale A</th><th>Scale B</th><th>Bytes A</th><th>Bytes B</th></tr>");
        foreach (LayerDifference l in diff.Layers)
        {
            string executed = l.ExecutedA == l.ExecutedB ? Text.Html(l.ExecutedA ?? "") : $"{Text.Html(l.ExecutedA ?? "absent")} → {Text.Html(l.ExecutedB ?? "absent")}";
            string css = l.SqnrGain < 0 ? "bad" : l.SqnrGain > 0 ? "good" : "";
            page.Append($"<tr><td class='mono'>{Text.Html(l.Name)}</td><td class='left'>{Text.Html(l.Op)}</td><td class='left'>{executed}</td><td>{Db(l.SqnrA)}</td><td>{Db(l.SqnrB)}</td><td class='{css}'>{(l.SqnrGain == 0 ? "" : Text.Number(l.SqnrGain))}</td>")
                .Append($"<td>{Number(l.ScaleA)}</td><td>{Number(l.ScaleB)}</td><td>{Text.Bytes(l.BytesA)}</td><td>{Text.Bytes(l.BytesB)}</td></tr>");
        }
        page.Append("</table></div>");
    }

    private static string Number(double? value) => value is { } v ? Text.Number(v) : "–";

    private static string Db(double? value) => value is { } v ? Text.Db(v) : "–";
}
