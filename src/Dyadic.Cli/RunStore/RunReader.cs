using System.Globalization;
using Dyadic.Runs;

namespace Dyadic.Cli.RunStore;

/// <summary>Reads run records that anybody may have written.</summary>
internal static class RunReader
{
    private const long MostBytes = 64 << 20;

    /// <summary>The record of a run.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is damaged.</exception>
    public static RunRecord Record(string folder)
    {
        FileInfo file = new(Path.Combine(folder, "run.json"));
        if (!file.Exists) throw new InvalidDataException($"'{folder}' holds no run. List the runs with 'dyadic runs list'.");
        if (file.Length > MostBytes) throw new InvalidDataException($"'{file.FullName}' has {file.Length} bytes, more than the {MostBytes} of a run record.");
        RunRecord record = RunFolder.At(folder).Read();
        bool whole = record is { Id: not null, Name: not null, Status: not null, Arguments: not null, Environment: not null, Metrics: not null, Artifacts: not null }
            && record.Metrics.All(m => m?.Name is not null);
        return whole ? record : throw new InvalidDataException($"'{file.FullName}' is no run record (a member is null). Point to a folder that 'train' or another command made.");
    }

    /// <summary>The row of the index; a damaged record gives a row that says so.</summary>
    public static IndexedRun Summary(string id, string folder)
    {
        try
        {
            RunRecord r = Record(folder);
            double seconds = double.IsFinite(r.Seconds) ? r.Seconds : 0;
            double? accuracy = r.Last("accuracy") is { } a && double.IsFinite(a) ? a : null;
            return new(id, r.Name, r.Started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), seconds, r.Status, accuracy, null);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return new(id, "?", "", 0, "unreadable", null, e.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>The folder of a run named by its id below <paramref name="root"/>, or by its path.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Folder(string root, string run)
    {
        string below = Path.Combine(root, run);
        if (Directory.Exists(below)) return below;
        return Directory.Exists(run) ? run : throw new DirectoryNotFoundException($"There is no run '{run}' in '{root}'. List them with 'dyadic runs list'.");
    }
}
