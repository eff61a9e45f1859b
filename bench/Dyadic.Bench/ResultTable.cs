using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Dyadic.Bench;

/// <summary>What <c>dyadic bench … --against onnxruntime --json</c> printed, as a table in Markdown.</summary>
internal static class ResultTable
{
    private const string Dyadic = "dyadic";

    /// <summary>A line for each model, threads and batch of the given documents.</summary>
    /// <exception cref="ArgumentException">A document has no rows of bench.</exception>
    public static string Of(IEnumerable<JsonElement> documents)
    {
        StringBuilder text = new();
        text.AppendLine("| model | peer's file | threads | batch | Dyadic ms | peer ms | times as fast | first call ms | peer's first call ms | arena KiB | agreement |");
        text.AppendLine("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|");
        foreach (JsonElement document in documents)
        {
            if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty("rows", out JsonElement found))
                throw new ArgumentException("table: no rows. Pass files written by dyadic bench --json.");
            ILookup<bool, JsonElement> rows = found.EnumerateArray().ToLookup(r => Text(r, "engine") == Dyadic);
            foreach (JsonElement ours in rows[true])
                text.AppendLine(Line(ours, rows[false].Where(r => Key(r) == Key(ours)).Cast<JsonElement?>().FirstOrDefault()));
        }
        return text.ToString();
    }

    private static string Line(JsonElement ours, JsonElement? theirs)
    {
        string peer = theirs is { } t && Text(t, "file") != Text(t, "model") ? Text(t, "file") : "the same";
        IEnumerable<string> cells =
        [
            Text(ours, "model"), theirs is null ? "-" : peer, Text(ours, "threads"), Text(ours, "batch"),
            Short(ours, "medianMs"), Short(theirs, "medianMs"), theirs is null ? "-" : Short(ours, "ratio"),
            Short(ours, "firstMs"), Short(theirs, "firstMs"), $"{ours.GetProperty("arenaBytes").GetInt64() / 1024}", Agreement(ours),
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private static string Agreement(JsonElement row)
    {
        JsonElement a = row.GetProperty("agreement");
        if (a.ValueKind == JsonValueKind.Null) return "-";
        double equal = a.GetProperty("equal").GetDouble();
        return equal == 1 ? "equal" : string.Create(CultureInfo.InvariantCulture, $"{a.GetProperty("sqnrDb").GetDouble():F1} dB, {100 * equal:F1} % equal");
    }

    private static (string, string, string) Key(JsonElement row) => (Text(row, "model"), Text(row, "threads"), Text(row, "batch"));

    private static string Text(JsonElement row, string field) => row.GetProperty(field).ToString();

    private static string Short(JsonElement? row, string field)
    {
        if (row?.GetProperty(field).GetDouble() is not { } value) return "-";
        return value.ToString(value < 10 ? "F3" : "F1", CultureInfo.InvariantCulture);
    }
}
