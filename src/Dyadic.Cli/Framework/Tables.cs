using System.Globalization;
using Spectre.Console;

namespace Dyadic.Cli.Framework;

/// <summary>Plain tables and numbers for people.</summary>
internal static class Tables
{
    /// <summary>A table with a line under its head; columns whose title starts with '#' are numbers and stand to the right.</summary>
    public static Table New(params ReadOnlySpan<string> columns)
    {
        Table table = new() { Border = TableBorder.Simple };
        foreach (string title in columns)
        {
            TableColumn column = new(Markup.Escape(title.StartsWith('#') ? title[1..] : title));
            if (title.StartsWith('#')) column.RightAligned();
            table.AddColumn(column.NoWrap());
        }
        return table;
    }

    /// <summary>Adds a row of plain texts.</summary>
    public static void AddText(this Table table, params IEnumerable<string> cells) => table.AddRow([.. cells.Select(Markup.Escape)]);

    /// <summary>A number with thousands separated by commas.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number with four significant digits; large ones in full.</summary>
    public static string Short(double value) => value.ToString(Math.Abs(value) is >= 1e4 and < 1e15 ? "N0" : "G4", CultureInfo.InvariantCulture);

    /// <summary>Bytes as B, KiB or MiB.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1 << 10 => $"{bytes} B",
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F2} MiB"),
    };
}
