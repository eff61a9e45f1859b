namespace Dyadic.Data;

/// <summary>Files that appear whole or not at all: written under a temporary name in the same folder, then renamed.</summary>
public static class AtomicFile
{
    /// <summary>Writes <paramref name="path"/> by <paramref name="write"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="overwrite">Replace an existing file; otherwise it is an error.</param>
    /// <exception cref="IOException">The file exists, or cannot be written; nothing is left behind.</exception>
    public static void Write(string path, Action<Stream> write, bool overwrite = false)
    {
        EnsureWritable(path, overwrite);
        string full = Path.GetFullPath(path);
        string temporary = $"{full}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (e is UnauthorizedAccessException) throw Unwritable(path, e);
            throw;
        }
    }

    /// <summary>Checks early, before long work, that <paramref name="path"/> can be written.</summary>
    /// <exception cref="IOException">It exists and may not be overwritten, is a folder, or its folder is missing or read-only.</exception>
    public static void EnsureWritable(string path, bool overwrite)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new IOException($"'{path}' is a folder. Name a file.");
        if (!overwrite && File.Exists(full)) throw new IOException($"'{path}' exists. Use --force to overwrite it, or another name.");
        string? folder = Path.GetDirectoryName(full);
        if (folder is null || !Directory.Exists(folder)) throw new IOException($"The folder of '{path}' does not exist. Create it first.");
        string probe = $"{full}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.probe";
        try
        {
            using (new FileStream(probe, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) { }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Unwritable(path, e);
        }
    }

    private static IOException Unwritable(string path, Exception e) => new($"'{path}' cannot be written: {e.Message} Choose another place.", e);

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The write failed already, and that is what the caller must hear of.
        }
    }
}
