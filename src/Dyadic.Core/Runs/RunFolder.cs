using System.Text.Json;
using Dyadic.Data;

namespace Dyadic.Runs;

/// <summary>A folder that holds one run: run.json, checkpoints and whatever else the run leaves.</summary>
public sealed class RunFolder
{
    private const string RecordName = "run.json";

    private RunFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The run's checkpoint file; it may not exist yet.</summary>
    public string Checkpoint => File("checkpoint.safetensors");

    /// <summary>A new folder named after the run, its start and a number where that is taken.</summary>
    /// <param name="root">Where runs live, "runs" by custom.</param>
    /// <param name="name">What runs.</param>
    /// <param name="started">The start, for the name.</param>
    public static RunFolder Create(string root, string name, DateTimeOffset started)
    {
        string stem = System.IO.Path.Combine(root, $"{name}-{started.UtcDateTime:yyyyMMdd-HHmmss}");
        for (int i = 1; ; i++)
        {
            string path = i == 1 ? stem : $"{stem}-{i}";
            if (Directory.Exists(path)) continue;
            Directory.CreateDirectory(path);
            return new(path);
        }
    }

    /// <summary>An existing or new folder at exactly this path.</summary>
    public static RunFolder At(string path)
    {
        Directory.CreateDirectory(path);
        return new(path);
    }

    /// <summary>A file of this folder.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>True when the folder holds a record.</summary>
    public bool HasRecord => System.IO.File.Exists(File(RecordName));

    /// <summary>Writes the record, atomically.</summary>
    public void Write(RunRecord record) =>
        AtomicFile.Write(File(RecordName), stream => JsonSerializer.Serialize(stream, record, RunJson.Default.RunRecord), overwrite: true);

    /// <summary>Reads the record.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is not one.</exception>
    public RunRecord Read()
    {
        string file = File(RecordName);
        try
        {
            using FileStream stream = System.IO.File.OpenRead(file);
            RunRecord record = JsonSerializer.Deserialize(stream, RunJson.Default.RunRecord) ?? throw new JsonException("it holds null");
            if (record.SchemaVersion != RunRecord.CurrentSchema) throw new JsonException($"its schema version is {record.SchemaVersion}, not {RunRecord.CurrentSchema}");
            if (record is not { Arguments: not null, Environment: not null, Artifacts: not null, Metrics: not null }) throw new JsonException("a list is null");
            if (record.Metrics.Contains(null)) throw new JsonException("a metric is null");
            return record;
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"'{file}' is no run record ({e.Message.Split('\n')[0].TrimEnd('.')}). Point to a folder that 'train' or another command made.", e);
        }
    }
}
