using System.IO.Compression;
using Dyadic.Runtime;

namespace Dyadic.Data;

/// <summary>Several NumPy arrays in one .npz file: a zip of .npy entries, stored or deflated.</summary>
public static class Npz
{
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The arrays by name, in the order of the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The most bytes that all arrays together may take; a zip cannot make more of less than 1/1032 of that.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The archive or an array is damaged.</exception>
    /// <exception cref="BudgetException">The arrays exceed <paramref name="maxBytes"/>.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path, long maxBytes = 8L << 30) =>
        DataFile.Read(path, stream => Read(stream, path, maxBytes));

    /// <summary>Creates the file, whole or not at all; equal arrays give equal bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="arrays">Names and arrays; names must differ.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="compress">Deflate the arrays instead of storing them.</param>
    /// <exception cref="IOException">The file exists and may not be replaced, or it cannot be written.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> arrays, bool overwrite = false, bool compress = false) =>
        AtomicFile.Write(path, stream => Write(stream, arrays, compress), overwrite);

    private static void Write(Stream stream, IEnumerable<KeyValuePair<string, Tensor>> arrays, bool compress)
    {
        using ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        HashSet<string> names = [];
        foreach ((string name, Tensor tensor) in arrays)
        {
            Ensure.Argument(name.Length > 0 && names.Add(name), $"Npz: the name '{name}' is empty or given twice.");
            ZipArchiveEntry entry = zip.CreateEntry(name + ".npy", compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            entry.LastWriteTime = Epoch;
            using Stream content = entry.Open();
            Npy.Write(content, tensor);
        }
    }

    private static Dictionary<string, Tensor> Read(FileStream stream, string path, long maxBytes)
    {
        using ZipArchive zip = new(stream, ZipArchiveMode.Read);
        DataFile.Check(zip.Entries.Count <= 1 << 16, path, $"holds {zip.Entries.Count} arrays, more than 65536");
        Dictionary<string, Tensor> arrays = [];
        long total = 0;
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            if (!entry.FullName.EndsWith(".npy", StringComparison.Ordinal)) throw DataFile.Bad(path, $"holds '{entry.FullName}', which is no .npy array");
            total = checked(total + entry.Length);
            if (total > maxBytes) throw new BudgetException($"'{path}' unpacks to {total} bytes and more, at most {maxBytes} are allowed", "maxBytes");
            bool believable = entry.Length <= (entry.CompressedLength * DataFile.LargestExpansion) + 1024 && entry.CompressedLength <= stream.Length;
            DataFile.Check(believable, path, $"says that '{entry.FullName}' unpacks from {entry.CompressedLength} to {entry.Length} bytes");
            string name = entry.FullName[..^4];
            DataFile.Check(arrays.TryAdd(name, ReadEntry(entry, path)), path, $"holds '{name}' twice");
        }
        return arrays;
    }

    private static Tensor ReadEntry(ZipArchiveEntry entry, string path)
    {
        string file = $"{path}: {entry.FullName}";
        using Crc32Stream content = new(entry.Open());
        Tensor tensor = DataFile.Guard(file, () => Npy.Read(content, file, entry.Length));
        DataFile.Check(content.ReadByte() < 0, file, $"is longer than it says");
        DataFile.Check(content.Crc == entry.Crc32, file, $"fails its checksum");
        return tensor;
    }
}
