using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Dyadic.Cli.RunStore;

/// <summary>A run as the index knows it.</summary>
/// <param name="Id">The folder's name.</param>
/// <param name="Name">What ran.</param>
/// <param name="Started">When, UTC, ISO 8601; empty where the record cannot be read.</param>
/// <param name="Seconds">Seconds of work.</param>
/// <param name="Status">running, completed, interrupted, failed, or unreadable.</param>
/// <param name="Accuracy">The last accuracy, or null.</param>
/// <param name="Problem">Why the record cannot be read, or null.</param>
internal sealed record IndexedRun(string Id, string Name, string Started, double Seconds, string Status, double? Accuracy, string? Problem);

/// <summary>
/// The runs below a folder, indexed in SQLite inside of it. The records are the truth: the index is brought up to date with them on opening,
/// rebuilt when it is damaged, and kept in memory where the folder cannot be written.
/// </summary>
internal sealed class RunIndex : IDisposable
{
    private const string FileName = ".runs.sqlite";
    private const string Schema = """
        PRAGMA busy_timeout = 5000;
        CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, stamp TEXT NOT NULL, name TEXT NOT NULL, started TEXT NOT NULL, seconds REAL NOT NULL,
            status TEXT NOT NULL, accuracy REAL, problem TEXT);
        SELECT id, stamp, name, started, seconds, status, accuracy, problem FROM runs LIMIT 1;      -- fails on a table of another form
        """;

    private readonly SqliteConnection _connection;

    private RunIndex(SqliteConnection connection) => _connection = connection;

    /// <summary>The index of a folder, up to date.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static RunIndex Open(string root)
    {
        if (!Directory.Exists(root)) throw new DirectoryNotFoundException($"There is no folder '{root}' of runs. 'dyadic train' makes one, or name it with --root.");
        string file = Path.Combine(root, FileName);
        return TryOpen(file, root) ?? (TryDelete(file) ? TryOpen(file, root) : null) ?? TryOpen(":memory:", root)!;
    }

    /// <summary>All runs, the latest first.</summary>
    public IReadOnlyList<IndexedRun> All()
    {
        using SqliteCommand query = _connection.CreateCommand();
        query.CommandText = "SELECT id, name, started, seconds, status, accuracy, problem FROM runs ORDER BY started DESC, id";
        using SqliteDataReader reader = query.ExecuteReader();
        List<IndexedRun> runs = [];
        while (reader.Read())
        {
            runs.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetDouble(3), reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.GetDouble(5), reader.IsDBNull(6) ? null : reader.GetString(6)));
        }
        return runs;
    }

    public void Dispose() => _connection.Dispose();

    private static RunIndex? TryOpen(string file, string root)
    {
        RunIndex index = new(new(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString()));
        try
        {
            index._connection.Open();
            if (index.IsSound())
            {
                index.Execute(Schema);
                index.Update(root);
                return index;
            }
        }
        catch (SqliteException) when (file != ":memory:")
        {
            // Damaged, or not to be written: the next choice is taken.
        }
        index.Dispose();
        return null;
    }

    private static bool TryDelete(string file)
    {
        try
        {
            File.Delete(file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private bool IsSound()
    {
        using SqliteCommand check = _connection.CreateCommand();
        check.CommandText = "PRAGMA quick_check";
        return check.ExecuteScalar() is "ok";
    }

    // Reads the records whose file changed, and forgets the runs whose folder is gone.
    private void Update(string root)
    {
        Dictionary<string, string> known = Stamps();
        using SqliteTransaction transaction = _connection.BeginTransaction();
        foreach (string folder in Directory.EnumerateDirectories(root))
        {
            FileInfo record = new(Path.Combine(folder, "run.json"));
            if (!record.Exists) continue;
            string id = Path.GetFileName(folder), stamp = string.Create(CultureInfo.InvariantCulture, $"{record.LastWriteTimeUtc.Ticks}/{record.Length}");
            if (!known.Remove(id, out string? former) || former != stamp) Put(RunReader.Summary(id, folder), stamp);
        }
        foreach (string gone in known.Keys) Execute("DELETE FROM runs WHERE id = $id", ("$id", gone));
        transaction.Commit();
    }

    private Dictionary<string, string> Stamps()
    {
        using SqliteCommand query = _connection.CreateCommand();
        query.CommandText = "SELECT id, stamp FROM runs";
        using SqliteDataReader reader = query.ExecuteReader();
        Dictionary<string, string> stamps = [];
        while (reader.Read()) stamps[reader.GetString(0)] = reader.GetString(1);
        return stamps;
    }

    private void Put(IndexedRun run, string stamp) => Execute(
        "INSERT OR REPLACE INTO runs (id, stamp, name, started, seconds, status, accuracy, problem) VALUES ($id, $stamp, $name, $started, $seconds, $status, $accuracy, $problem)",
        ("$id", run.Id), ("$stamp", stamp), ("$name", run.Name), ("$started", run.Started), ("$seconds", run.Seconds), ("$status", run.Status),
        ("$accuracy", run.Accuracy), ("$problem", run.Problem));

    private void Execute(string text, params (string Name, object? Value)[] parameters)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        foreach ((string name, object? value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        command.ExecuteNonQuery();
    }
}
