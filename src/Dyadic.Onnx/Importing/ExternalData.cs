using System.Globalization;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Importing;

/// <summary>Finds tensor data that lie in files beside the model, never outside its folder. The files stay open while it is not disposed.</summary>
internal sealed class ExternalData(string? folder, OnnxImportOptions options, LoadMeter meter) : IDisposable
{
    private readonly Dictionary<string, ModelBytes> _files = new(StringComparer.Ordinal);

    /// <summary>Where the bytes of <paramref name="proto"/> are, which must be <paramref name="expected"/> many.</summary>
    /// <exception cref="ImportRefusal">External data are not allowed, lie outside the folder, or are not there.</exception>
    public ByteRange Find(TensorProto proto, long expected)
    {
        if (!options.AllowExternalData) throw new ImportRefusal("its data are in another file; allow external data to read it");
        if (folder is null) throw new ImportRefusal("its data are in another file, but the model has no folder; import it by path");
        string path = PathOf(Entry(proto, "location") ?? throw new ImportRefusal("external data without a location"));
        long offset = Number(proto, "offset") ?? 0, length = Number(proto, "length") ?? expected;
        if (length != expected) throw new ImportRefusal($"{length} bytes of external data, {expected} are needed");
        meter.CountExternal(length);
        ModelBytes file = Open(path);
        RequirePlain(Path.GetFullPath(folder), path, Path.GetFileName(path));       // again: what was opened may not be what was looked at
        if (offset < 0 || offset > file.Length - length) throw new ImportRefusal($"'{Path.GetFileName(path)}' ends before its data do");
        return new(file, offset, length);
    }

    public void Dispose()
    {
        foreach (ModelBytes file in _files.Values) file.Dispose();
    }

    private ModelBytes Open(string path)
    {
        if (_files.TryGetValue(path, out ModelBytes? known)) return known;
        try
        {
            return _files[path] = ModelBytes.Open(path, meter.Budget.Bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImportRefusal($"external data cannot be read: {e.Message}");
        }
    }

    private string PathOf(string location)
    {
        string root = Path.GetFullPath(folder!);
        string path = Path.GetFullPath(Path.Combine(root, location));
        bool inside = !Path.IsPathRooted(location) && path.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        if (!inside || location.Split('/', '\\').Contains("..")) throw new ImportRefusal($"external data '{location}' lie outside the model's folder");
        RequirePlain(root, path, location);
        return path;
    }

    // A link below the folder may lead out of it, a pipe may never end, and a file with a second name may belong to somebody else.
    private static void RequirePlain(string root, string path, string location)
    {
        for (string? at = path; at is not null && at.Length > root.Length; at = Path.GetDirectoryName(at))
            if (new FileInfo(at).LinkTarget is not null) throw new ImportRefusal($"external data '{location}' lie behind the symbolic link '{Path.GetRelativePath(root, at)}'; copy the file itself beside the model");
        FileFacts? facts = FileFacts.Of(path);
        if (facts is { IsRegular: false }) throw new ImportRefusal($"external data '{location}' are in no regular file");
        if (facts is { Names: > 1 }) throw new ImportRefusal($"external data '{location}' are in a file of {facts.Names} names (hard links); copy it beside the model");
    }

    private static string? Entry(TensorProto proto, string key) => proto.ExternalData.FirstOrDefault(e => e.Key == key)?.Value;

    private static long? Number(TensorProto proto, string key)
    {
        if (Entry(proto, key) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : throw new ImportRefusal($"external data: {key} is '{text}'");
    }
}
