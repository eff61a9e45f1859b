using Dyadic.Cli.Framework;
using Dyadic.Compression;
using Dyadic.Compression.Scopes;
using Dyadic.Ir;
using Spectre.Console;

namespace Dyadic.Cli.Models;

/// <summary>What quantize --dry-run tells: the rules expanded over the nodes.</summary>
internal static class DryRun
{
    /// <summary>Prints the settings of each node; nothing runs and nothing is written.</summary>
    public static int Print(Graph graph, QuantizeConfig config, CommandContext context)
    {
        QuantizePreview preview = graph.Preview(config);
        foreach (string warning in preview.Warnings) context.Note(warning);
        context.Finish(Fields(preview, config), words => Print(preview, config, words));
        return ExitCode.Done;
    }

    private static object Fields(QuantizePreview preview, QuantizeConfig config) => new
    {
        dryRun = true,
        method = config.MethodText(),
        rules = (config.Rules ?? []).Select((r, i) => new { number = i + 1, match = r.Match, op = r.Op, nodes = preview.Nodes.Count(n => n.Rule == i) }),
        nodes = preview.Nodes.Select(n => new
        {
            node = n.Node, op = n.Op, rule = n.Rule + 1, integer = n.Float is null, reason = n.Float, bits = n.Bits, perChannel = n.PerChannel, range = n.Range, percentile = n.Percentile, codes = n.Codes, methods = n.Methods,
        }),
        warnings = preview.Warnings,
    };

    private static void Print(QuantizePreview preview, QuantizeConfig config, IAnsiConsole words)
    {
        Table table = Tables.New("node", "op", "#rule", "runs in", "#weights", "scales", "range", "codes", "methods");
        foreach (NodeSettings n in preview.Nodes)
        {
            table.AddText(n.Node, n.Op, n.Rule is { } rule ? $"{rule + 1}" : "", n.Float is null ? "integers" : $"float32: {n.Float}", n.Bits is { } bits ? $"{bits} bits" : "",
                n.PerChannel switch { true => "by channel", false => "one", null => "" }, Range(n), n.Codes ?? "", string.Join('+', n.Methods));
        }
        words.Write(table);
        int integers = preview.Nodes.Count(n => n.Float is null);
        words.MarkupLineInterpolated($"{integers} of {preview.Nodes.Count} nodes in integers, {preview.Nodes.Count(n => n.Rule is not null)} by {config.Rules?.Count ?? 0} rules; {config.MethodText()}; nothing was run or written");
    }

    private static string Range(NodeSettings n) => n.Range switch
    {
        "input" => "of its input",
        "next" => "of the step's last node",
        "table" => "of the table",
        { } calibrator when n.Percentile is { } share => $"{calibrator} {share:0.####}",
        var range => range ?? "",
    };
}
