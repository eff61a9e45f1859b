using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Dyadic.Data;

/// <summary>The content of a safetensors file.</summary>
/// <param name="Tensors">Tensors by name.</param>
/// <param name="Metadata">Free text by key.</param>
public sealed record SafeTensorsFile(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata);

/// <summary>
/// The safetensors format: eight bytes with the length of a JSON header, the header (name → dtype, shape, data_offsets), then the raw
/// little-endian data without gaps. Files are taken for hostile until every offset has been checked.
/// </summary>
public static class SafeTensors
{
    private const long LargestHeader = 100L << 20;
    private const string MetadataKey = "__metadata__";

    private static readonly (string Name, DType Type)[] Types =
    [
        ("F32", DType.Float32), ("F64", DType.Float64), ("F16", DType.Float16), ("BF16", DType.BFloat16), ("I8", DType.Int8), ("U8", DType.UInt8),
        ("I16", DType.Int16), ("U16", DType.UInt16), ("I32", DType.Int32), ("I64", DType.Int64), ("U32", DType.UInt32), ("U64", DType.UInt64), ("BOOL", DType.Bool),
        ("F8_E4M3", DType.Float8E4M3FN), ("F8_E5M2", DType.Float8E5M2),
    ];

    /// <summary>True where the format has a name for a type.</summary>
    internal static bool Holds(DType type) => Array.Exists(Types, t => t.Type == type);

    /// <summary>Writes tensors, sorted by name so that equal content gives equal bytes, atomically.</summary>
    /// <exception cref="IOException">The file exists and <paramref name="overwrite"/> is false, or it cannot be written.</exception>
    /// <exception cref="ArgumentException">The format has no name for a type.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool overwrite = false)
    {
        (string Name, Tensor Tensor)[] sorted = [.. tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => (t.Key, t.Value.ToContiguous()))];
        byte[] header = Header(sorted, metadata);
        AtomicFile.Write(
            path,
            stream =>
            {
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
                stream.Write(length);
                stream.Write(header);
                foreach ((_, Tensor tensor) in sorted)
                {
                    stream.Write(tensor.Bytes());
                    GC.KeepAlive(tensor);
                }
            },
            overwrite);
    }

    /// <summary>Reads all tensors.</summary>
    /// <exception cref="InvalidDataException">The file is no safetensors file, is truncated, or its header contradicts itself.</exception>
    public static SafeTensorsFile Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads all tensors of a seekable stream; <paramref name="name"/> is for messages.</summary>
    /// <exception cref="InvalidDataException">The content is no safetensors file.</exception>
    public static SafeTensorsFile Read(Stream stream, string name)
    {
        byte[] header = ReadHeader(stream, name);
        long dataLength = stream.Length - stream.Position;
        try
        {
            using JsonDocument document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            List<Entry> entries = Entries(document.RootElement, dataLength, out Dictionary<string, string> metadata);
            Dictionary<string, Tensor> tensors = [];
            foreach (Entry entry in entries)     // sorted by offset, without gaps
            {
                Tensor tensor = Tensor.Empty(entry.Shape, entry.Type);
                stream.ReadExactly(tensor.Bytes());
                tensors[entry.Name] = tensor;
            }
            return new(tensors, metadata);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or EndOfStreamException or OverflowException or ShapeException)
        {
            throw new InvalidDataException($"'{name}' is no valid safetensors file: {e.Message.TrimEnd('.')}. It may be truncated; copy it again.", e);
        }
    }

    private readonly record struct Entry(string Name, DType Type, Shape Shape, long Begin, long End);

    private static byte[] Header((string Name, Tensor Tensor)[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach ((string name, Tensor tensor) in tensors)
            {
                long end = offset + ((long)tensor.Length * tensor.Type.Size());
                json.WriteStartObject(name);
                string? type = Array.Find(Types, t => t.Type == tensor.Type).Name;
                Ensure.Argument(type is not null, $"Tensor '{name}' is {tensor.TensorType}, and safetensors has no such type. Cast it, to int8 or float32 for example.");
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                foreach (int size in tensor.Shape.ToArray()) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                offset = end;
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static byte[] ReadHeader(Stream stream, string name)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw new InvalidDataException($"'{name}' is no safetensors file: it has fewer than 8 bytes.");
        long length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length < 2 || length > LargestHeader || length > stream.Length - 8)
            throw new InvalidDataException($"'{name}' is no valid safetensors file: it declares a header of {(ulong)length} bytes in a file of {stream.Length}.");
        byte[] header = new byte[length];
        stream.ReadExactly(header);
        return header;
    }

    private static List<Entry> Entries(JsonElement root, long dataLength, out Dictionary<string, string> metadata)
    {
        metadata = [];
        HashSet<string> names = [];
        List<Entry> entries = [];
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!names.Add(property.Name)) throw new FormatException($"the name '{property.Name}' occurs twice");
            if (property.Name == MetadataKey)
            {
                foreach (JsonProperty item in property.Value.EnumerateObject()) metadata[item.Name] = item.Value.GetString() ?? "";
            }
            else
            {
                entries.Add(ReadEntry(property));
            }
        }
        entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long at = 0;
        foreach (Entry entry in entries)
        {
            if (entry.Begin != at) throw new FormatException($"tensor '{entry.Name}' starts at {entry.Begin}, where {at} is next");
            at = entry.End;
        }
        if (at != dataLength) throw new FormatException($"the header describes {at} bytes of data and the file holds {dataLength}");
        return entries;
    }

    private static Entry ReadEntry(JsonProperty property)
    {
        JsonElement value = property.Value;
        string dtype = Property(value, "dtype").GetString() ?? "";
        int found = Array.FindIndex(Types, t => t.Name == dtype);
        if (found < 0) throw new FormatException($"tensor '{property.Name}' has the unknown type '{Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(dtype).AsSpan()[..Math.Min(dtype.Length, 16)])}'");
        Shape shape = Shape.Of([.. Property(value, "shape").EnumerateArray().Select(e => e.GetInt32())]);
        JsonElement offsets = Property(value, "data_offsets");
        if (offsets.GetArrayLength() != 2) throw new FormatException($"tensor '{property.Name}' has no two offsets");
        (long begin, long end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        long bytes = (long)shape.Length * Types[found].Type.Size();
        if (begin < 0 || end - begin != bytes) throw new FormatException($"tensor '{property.Name}' {shape} needs {bytes} bytes and has offsets {begin} to {end}");
        return new(property.Name, Types[found].Type, shape, begin, end);
    }

    private static JsonElement Property(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value : throw new FormatException($"'{name}' is missing");
}
