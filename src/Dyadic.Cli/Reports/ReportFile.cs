using System.Text;
using System.Text.Json;
using Dyadic.Data;
using Dyadic.Runs;

namespace Dyadic.Cli.Reports;

/// <summary>report.json in a run folder, and the page made of it.</summary>
internal static class ReportFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Writes the data into the folder.</summary>
    public static void Write(RunFolder folder, ReportData data) =>
        AtomicFile.Write(folder.File(ReportData.FileName), stream => JsonSerializer.Serialize(stream, data, Options), overwrite: true);

    /// <summary>The data of a run: its report.json, or for a training run what its record holds.</summary>
    /// <exception cref="InvalidDataException">The folder holds neither, or the file is damaged.</exception>
    public static ReportData Read(string path)
    {
        RunFolder folder = Directory.Exists(path) ? RunFolder.At(path) : throw new DirectoryNotFoundException($"There is no run folder '{path}'. List them with 'dyadic runs list'.");
        string file = folder.File(ReportData.FileName);
        if (!File.Exists(file)) return OfRecord(folder.Read());
        try
        {
            using FileStream stream = File.OpenRead(file);
            return JsonSerializer.Deserialize<ReportData>(stream, Options) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{file}' is no report ({e.Message.Split('\n')[0]}). Run the command that made it again.", e);
        }
    }

    /// <summary>Writes the page, atomically.</summary>
    public static void WritePage(string path, IReadOnlyList<ReportData> runs, bool overwrite)
    {
        byte[] page = Encoding.UTF8.GetBytes(HtmlReport.Render(runs));
        AtomicFile.Write(path, stream => stream.Write(page), overwrite);
    }

    private static ReportData OfRecord(RunRecord record) => new()
    {
        Title = $"{record.Name} {record.Arguments.GetValueOrDefault("network")}".Trim(),
        Command = $"dyadic {record.Name} {record.Arguments.GetValueOrDefault("network")}".Trim(),
        Made = record.Started,
        Environment = record.Environment,
        Arguments = new Dictionary<string, string>(record.Arguments)
        {
            ["status"] = record.Status,
            ["seconds"] = record.Seconds.ToString("F0", System.Globalization.CultureInfo.InvariantCulture),
            ["accuracy"] = record.Last("accuracy") is { } accuracy ? Text.Percent(accuracy) : "–",
        },
        Loss = [.. record.Metrics.Where(m => m.Name == "loss").Select(m => m.Value)],
        TrainAccuracy = [.. record.Metrics.Where(m => m.Name == "trainAccuracy").Select(m => m.Value)],
    };
}
