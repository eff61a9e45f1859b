using System.Globalization;
using System.Text;

namespace Dyadic.Bench.Quantisation;

/// <summary>docs/quantisation.md, from the rows alone.</summary>
internal static class EvidencePage
{
    private const double Int8Goal = 0.3, Int4Goal = 1.5;

    private const string Head = """
        # What quantisation costs

        Post-training quantisation of trained networks, each result executed in integers by the engine that ships it. Written, and measured where rows are missing, by

        ```
        dotnet run -c Release --project bench/Dyadic.Bench -- quantisation [--models NAME,…] [--data DIR] [--again]
        ```

        The rows are in [quantisation.json](quantisation.json). Ranges come from 512 training samples (60 photos, 256 sentences, 512 observations) that judge nothing; methods are those of [the guide](guides/quantise.md#which-method) with their defaults, a name
        without a calibrator takes `minmax`. WbA8: weights of b bits by channel, activations of 8 bits (16 before softmax and layer normalisation). Points are against the same network in float32 here. On 10,000 images the standard deviation of a count of right
        answers is 0.2 to 0.4 points, on 44 photos 7 points: those two networks show that nothing breaks, and no more.


        """;

    private const string Peer = """

        ## Beside ONNX Runtime's quantiser

        Its python package is not here, so that its flow is **reproduced**: the static QDQ recipe of its published tools (int8 activations with a zero point, int8 symmetric weights by channel, nothing of 16 bits, ranges by min-max, entropy, or the percentile
        99.999) is a configuration of ours on the same calibration data, and the file is run by ONNX Runtime's own library, on kernels that cannot saturate. What differs from the tools: batch normalisations are folded first (which they recommend as
        preprocessing), a convolution and its Relu share one range, percentiles are cut at both ends instead of on magnitudes, and entropy takes 2,048 bins without the exact zeros: with their default of 128 bins and 128 levels it has one candidate,
        the whole range, which is min-max.

        """;

    /// <summary>The page.</summary>
    /// <param name="rows">All rows, by network.</param>
    public static string Of(IReadOnlyList<EvidenceRow> rows)
    {
        StringBuilder page = new(Head);
        Summary(page, rows);
        Beside(page, rows);
        foreach (IGrouping<string, EvidenceRow> network in rows.GroupBy(r => r.Model)) Network(page, network.Key, [.. network]);
        return page.Append(Absent(rows)).ToString();
    }

    private static void Summary(StringBuilder page, IReadOnlyList<EvidenceRow> rows)
    {
        page.AppendLine("| network | judged by | float32 | W8A8, `minmax` | W8A8, best | W4A8, `minmax` | W4A8, best | integers only | bytes of float, W8 / W4 | latency of float | of the peer's int8 |");
        page.AppendLine("|---|---|--:|--:|--:|--:|--:|---|--:|--:|--:|");
        foreach (EvidenceModel model in EvidenceModels.All)
        {
            EvidenceRow[] own = [.. rows.Where(r => r.Model == model.Name)];
            if (own.FirstOrDefault(r => r.Method == EvidenceBench.Float) is not { } real) continue;
            EvidenceRow? Plain(string width) => own.FirstOrDefault(r => r is { Method: "minmax", Engine: "dyadic" } && r.Width == width);
            EvidenceRow? eight = Plain("W8A8"), four = Plain("W4A8");
            page.AppendLine(CultureInfo.InvariantCulture, $"| {model.Name} | {model.Metric}; n = {real.Count} | {real.Value:F2} | {Points(eight, real)} | {Best(own, "W8A8", real, Goal(model, Int8Goal))} | {Points(four, real)} | {Best(own, "W4A8", real, Goal(model, Int4Goal))} | {Integers(eight)} | {Share(eight, real)} / {Share(four, real)} | {eight?.Latency:F2} | {eight?.OfPeer:F2} |");
        }
        page.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Goals for classifiers: W8A8 at most {Int8Goal} points below float, W4A8 with the best method at most {Int4Goal}; a best cell that misses them says so. The best of several methods on the data that judges them flatters by about a standard deviation.");
    }

    private static void Beside(StringBuilder page, IReadOnlyList<EvidenceRow> rows)
    {
        if (!rows.Any(r => r.Engine == "onnxruntime")) return;
        page.Append(Peer).AppendLine();
        page.AppendLine("| network | float32 | its min-max | its entropy | its percentile | ours, best of the same three | ours, best | |");
        page.AppendLine("|---|--:|--:|--:|--:|--:|--:|---|");
        foreach (IGrouping<string, EvidenceRow> own in rows.GroupBy(r => r.Model))
        {
            EvidenceRow[] theirs = [.. own.Where(r => r.Engine == "onnxruntime")], ours = [.. own.Where(r => r is { Engine: "dyadic", Width: "W8A8", Value: not null })];
            if (theirs.Length == 0 || ours.Length == 0 || own.FirstOrDefault(r => r.Method == EvidenceBench.Float) is not { } real) continue;
            double? best = theirs.Max(r => r.Value), same = ours.Where(r => r.Method is "minmax" or "entropy" or "percentile").Max(r => r.Value), most = ours.Max(r => r.Value);
            string Cell(string method) => theirs.FirstOrDefault(r => r.Method == method) is { } r ? r.Value is { } value ? value.ToString("F2", CultureInfo.InvariantCulture) : "refused" : "";
            page.AppendLine(CultureInfo.InvariantCulture, $"| {own.Key} | {real.Value:F2} | {Cell("minmax")} | {Cell("entropy")} | {Cell("percentile")} | {same:F2} | {most:F2} | {(best is null ? "" : most >= best ? "not worse" : $"**worse by {best - most:F2}**")} |");
        }
    }

    private static void Network(StringBuilder page, string name, IReadOnlyList<EvidenceRow> rows)
    {
        if (rows.FirstOrDefault(r => r.Method == EvidenceBench.Float) is not { } real) return;
        EvidenceModel? model = EvidenceModels.All.FirstOrDefault(m => m.Name == name);
        page.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {name}").AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{model?.Task}. {model?.Metric}: {real.Value:F2} in float32, {real.Bytes:N0} bytes.").AppendLine();
        string[] widths = [.. rows.Where(r => r.Engine == "dyadic" && r != real).Select(r => r.Width).Distinct().OrderDescending(StringComparer.Ordinal)];
        page.AppendLine($"| method | {string.Join(" | ", widths.Select(w => $"{w} | points | bytes"))} |");
        page.AppendLine($"|---|{string.Concat(widths.Select(_ => "--:|--:|--:|"))}");
        foreach (IGrouping<string, EvidenceRow> method in rows.Where(r => r.Engine == "dyadic" && r != real).GroupBy(r => r.Method))
            page.AppendLine($"| `{method.Key}` | {string.Join(" | ", widths.Select(w => Cells(method.FirstOrDefault(r => r.Width == w), real)))} |");
    }

    private static string Cells(EvidenceRow? row, EvidenceRow real) => row switch
    {
        null => " | | ",
        { Value: { } value } => string.Create(CultureInfo.InvariantCulture, $"{value:F2} | {value - real.Value:+0.00;−0.00;0.00} | {row.Bytes:N0}"),
        _ => $"{row.Problem} | | ",
    };

    private static string Points(EvidenceRow? row, EvidenceRow real) => row?.Value is { } value ? (value - real.Value!.Value).ToString("+0.00;−0.00;0.00", CultureInfo.InvariantCulture) : "";

    private static string Best(EvidenceRow[] rows, string width, EvidenceRow real, double? goal)
    {
        if (rows.Where(r => r.Width == width && r is { Engine: "dyadic", Value: not null }).MaxBy(r => r.Value) is not { } best) return "";
        string missed = goal is { } least && real.Value - best.Value > least ? ", **missed**" : "";
        return $"{Points(best, real)} `{best.Method}`{missed}";
    }

    private static double? Goal(EvidenceModel model, double goal) => model.IsClassifier ? goal : null;

    private static string Integers(EvidenceRow? row) => row is null ? "" : row.IsIntegerOnly ? "yes" : $"{row.Integers} of {row.Nodes} nodes";

    private static string Share(EvidenceRow? row, EvidenceRow real) => row is { Bytes: > 0 } ? ((double)row.Bytes / real.Bytes).ToString("F2", CultureInfo.InvariantCulture) : "";

    private static string Absent(IReadOnlyList<EvidenceRow> rows)
    {
        string[] absent = [.. EvidenceModels.All.Where(m => !rows.Any(r => r.Model == m.Name)).Select(m => m.Name)];
        string measured = absent.Length > 0 ? $"Not measured yet: {string.Join(", ", absent)}. " : "";
        return $"\n## What is not here\n\n{measured}Policies are judged by the actions they keep on drawn observations, since their environments are not here; a lost action near a tie costs no return. ImageNet's networks would need a reader of JPEG for the 840 photos of their set. Latencies are medians of quotients, one sample on one thread, engines taking turns, measured on two cores that other work shared: take them to a tenth; policies, whose runs take microseconds, are not timed.\n";
    }
}
