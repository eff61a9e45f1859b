using System.Globalization;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Importing;

/// <summary>Finds tensor data that lie in files beside the model, never outside its folder. The files stay open while it is not disposed.</summary>
internal sealed class ExternalData(string? folder, OnnxImportOptions options) : IDisposable
{
    private readonly Dictionary<string, ModelBytes> _files = new(StringComparer.Ordinal);
    private long _budget = options.MaxBytes;

    /// <summary>Where the bytes of <paramref name="proto"/> are, which must be <paramref name="expected"/> many.</summary>
    /// <exception cref="ImportRefusal">External data are not allowed, lie outside the folder, or are not there.</exception>
    public ByteRange Find(TensorProto proto, long expected)
    {
        if (!options.AllowExternalData) throw new ImportRefusal("its data are in another file; allow external data to read it");
        if (folder is null) throw new ImportRefusal("its data are in another file, but the model has no folder; import it by path");
        string path = PathOf(Entry(proto, "location") ?? throw new ImportRefusal("external data without a location"));
        long offset = Number(proto, "offset") ?? 0, length = Number(proto, "length") ?? expected;
        if (length != expected) throw new ImportRefusal($"{length} bytes of external data, {expected} are needed");
        if ((_budget -= length) < 0) throw new ImportRefusal($"external data exceed {options.MaxBytes} bytes");
        ModelBytes file = Open(path);
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
            return _files[path] = ModelBytes.Open(path, options.MaxBytes);
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
        if (!inside || LeavesByLink(root, path)) throw new ImportRefusal($"external data '{location}' lie outside the model's folder");
        return path;
    }

    // A symbolic link below the folder may not lead out of it.
    private static bool LeavesByLink(string root, string path)
    {
        for (string? at = path; at is not null && at.Length > root.Length; at = Path.GetDirectoryName(at))
            if (new FileInfo(at).LinkTarget is not null) return true;
        return false;
    }

    private static string? Entry(TensorProto proto, string key) => proto.ExternalData.FirstOrDefault(e => e.Key == key)?.Value;

    private static long? Number(TensorProto proto, string key)
    {
        if (Entry(proto, key) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : throw new ImportRefusal($"external data: {key} is '{text}'");
    }
}
