using System.Globalization;
using System.Text;

namespace Dyadic.Cli.Reports;

/// <summary>The confusion matrix and sample images.</summary>
internal static class ClassSections
{
    public static void Confusion(StringBuilder page, ReportData run)
    {
        page.Append("<h2>Confusion of the integer model</h2><div class='scroll'><table class='confusion'><tr><th class='left'>true \\ predicted</th>");
        for (int c = 0; c < run.Confusion.Length; c++) page.Append($"<th class='slant'>{Text.Html(Name(run, c))}</th>");
        page.Append("<th>recall</th></tr>");
        for (int r = 0; r < run.Confusion.Length; r++)
        {
            int total = Math.Max(1, run.Confusion[r].Sum());
            page.Append($"<tr><th class='left'>{Text.Html(Name(run, r))}</th>");
            for (int c = 0; c < run.Confusion.Length; c++)
            {
                double share = (double)run.Confusion[r][c] / total;
                string heat = share.ToString("0.##", CultureInfo.InvariantCulture);
                page.Append($"<td style='background:rgba(var(--heat),{heat}){(share > 0.5 ? ";color:#fff" : "")}' title='{Text.Html(Name(run, r))} taken for {Text.Html(Name(run, c))}: {run.Confusion[r][c]}'>{(run.Confusion[r][c] == 0 ? "" : run.Confusion[r][c])}</td>");
            }
            page.Append($"<td>{(double)run.Confusion[r][r] / total:P0}</td></tr>");
        }
        page.Append("</table></div>");
    }

    public static void Samples(StringBuilder page, ReportData run)
    {
        page.Append("<h2>Samples</h2><p class='soft'>First those where the two models differ or err.</p><div class='samples'>");
        foreach (ReportSample s in run.Samples)
        {
            page.Append($"<figure><img alt='a sample labelled {Text.Html(Name(run, s.Label))}' src='{Png.DataUri(s.Width, s.Height, s.Pixels)}'><figcaption><b>{Text.Html(Name(run, s.Label))}</b><br>")
                .Append($"float {Answer(run, s.Float, s.Label)}<br>integer {Answer(run, s.Integer, s.Label)}</figcaption></figure>");
        }
        page.Append("</div>");
    }

    private static string Answer(ReportData run, int answer, int label) =>
        $"<span class='{(answer == label ? "good" : "bad")}'>{(answer == label ? "✓" : "✗")} {Text.Html(Name(run, answer))}</span>";

    private static string Name(ReportData run, int c) => c < run.ClassNames.Count ? run.ClassNames[c] : c.ToString(CultureInfo.InvariantCulture);
}
