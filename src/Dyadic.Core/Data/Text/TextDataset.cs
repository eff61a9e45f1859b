using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Dyadic.Data;

/// <summary>Which columns of a file hold what: names (of the header, or of JSON members), or numbers from 0.</summary>
/// <param name="Text">The text.</param>
/// <param name="Label">The class, or null where there is none.</param>
/// <param name="Pair">A second text, or null.</param>
/// <param name="Header">Whether the first record of a CSV or TSV file names the columns.</param>
public sealed record TextColumns(string Text, string? Label, string? Pair = null, bool Header = true);

/// <summary>One text, or two, with a class.</summary>
/// <param name="Text">The text.</param>
/// <param name="Pair">The second, or null.</param>
/// <param name="Label">The number of its class; −1 where there is none.</param>
public readonly record struct TextSample(string Text, string? Pair, int Label);

/// <summary>Labelled texts.</summary>
/// <param name="Samples">The texts.</param>
/// <param name="Classes">The names of the classes, by number.</param>
public sealed record TextDataset(IReadOnlyList<TextSample> Samples, IReadOnlyList<string> Classes)
{
    /// <summary>Reads a .csv (RFC 4180), .tsv (one record a line, no quotes) or .jsonl (one object a line) file, by its extension.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">What to take from it.</param>
    /// <param name="classes">The names of the classes, as training data gave them; null to take those that occur, numbers in their order, others by their characters.</param>
    /// <exception cref="InvalidDataException">The file is malformed, a column is missing, or a label is not among <paramref name="classes"/>.</exception>
    public static TextDataset Read(string path, TextColumns columns, IReadOnlyList<string>? classes = null) => DataFile.Read(path, stream =>
    {
        using StreamReader reader = new(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        List<(string Text, string? Pair, string? Label)> rows = [.. Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => Delimited(new DelimitedText(reader, ',', quotes: true), columns),
            ".tsv" => Delimited(new DelimitedText(reader, '\t', quotes: false), columns),
            ".jsonl" => Objects(reader, columns),
            var other => throw DataFile.Bad(path, $"ends in '{other}'", "Use .csv, .tsv or .jsonl"),
        }];
        return Of(rows, classes);
    });

    /// <summary>Texts whose labels are names.</summary>
    /// <exception cref="FormatException">A label is not among <paramref name="classes"/>.</exception>
    internal static TextDataset Of(IReadOnlyList<(string Text, string? Pair, string? Label)> rows, IReadOnlyList<string>? classes)
    {
        classes ??= Sorted(rows.Select(r => r.Label).OfType<string>().Distinct());
        Dictionary<string, int> numbers = classes.Select((name, number) => (name, number)).ToDictionary(c => c.name, c => c.number, StringComparer.Ordinal);
        int Number(string? label) => label is null ? -1
            : numbers.TryGetValue(label, out int number) ? number : throw new FormatException($"the label '{label}' is not among the {numbers.Count} classes");
        return new([.. rows.Select(r => new TextSample(r.Text, r.Pair, Number(r.Label)))], classes);
    }

    private static string[] Sorted(IEnumerable<string> labels)
    {
        string[] names = [.. labels.Order(StringComparer.Ordinal)];
        bool numbers = Array.TrueForAll(names, n => long.TryParse(n, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        return numbers ? [.. names.OrderBy(n => long.Parse(n, CultureInfo.InvariantCulture))] : names;
    }

    private static IEnumerable<(string, string?, string?)> Delimited(DelimitedText text, TextColumns columns)
    {
        (int Text, int? Pair, int? Label)? at = null;
        int width = 0;
        foreach ((int line, string[] fields) in text.Records())
        {
            if (at is null)
            {
                width = fields.Length;
                at = (Column(columns.Text), columns.Pair is { } pair ? Column(pair) : null, columns.Label is { } label ? Column(label) : null);
                if (columns.Header) continue;
            }
            if (fields.Length != width) throw new FormatException($"line {line} has {fields.Length} fields where the first has {width}");
            yield return (fields[at.Value.Text], at.Value.Pair is { } p ? fields[p] : null, at.Value.Label is { } l ? fields[l] : null);

            int Column(string name)
            {
                int index = columns.Header ? Array.IndexOf(fields, name) : -1;
                if (index < 0 && !int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out index)) index = -1;
                return index >= 0 && index < fields.Length ? index : throw new FormatException($"there is no column '{name}' among {string.Join(", ", fields.Take(16).Select(f => f.Length > 40 ? f[..40] : f))}");
            }
        }
    }

    private static IEnumerable<(string, string?, string?)> Objects(StreamReader reader, TextColumns columns)
    {
        int line = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (string.IsNullOrWhiteSpace(text)) continue;
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 16 });
            string Member(string name) => document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out JsonElement value)
                ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()
                : throw new FormatException($"line {line} is no object with '{name}'");
            yield return (Member(columns.Text), columns.Pair is { } pair ? Member(pair) : null, columns.Label is { } label ? Member(label) : null);
        }
    }
}
