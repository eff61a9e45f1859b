using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Mapping;
using Dyadic.Onnx.Wire;
using Google.Protobuf;

namespace Dyadic.Onnx;

/// <summary>A graph read from an ONNX file, with what the file says about itself; and the way back.</summary>
/// <remarks>See docs/onnx.md for the operators by version, and for what is refused and why.</remarks>
public sealed class OnnxModel
{
    /// <summary>The key of metadata_props under which a file that Dyadic wrote holds the <see cref="Graph.TextHash"/> of its graph.</summary>
    public const string HashKey = "dyadic.hash";

    private OnnxModel(Graph graph, ModelProto proto, int opset, string? hash)
    {
        (Graph, Opset, IrVersion, Hash) = (graph, opset, (int)proto.IrVersion, hash);
        (ProducerName, ProducerVersion, ModelVersion) = (proto.ProducerName, proto.ProducerVersion, proto.ModelVersion);
    }

    /// <summary>The graph; its metadata are the file's metadata_props, but for <see cref="Hash"/>.</summary>
    public Graph Graph { get; }

    /// <summary>
    /// The <see cref="Graph.TextHash"/> that the graph had when the file was written, or null where the file does not say: another one now means that the file was changed since, that it was read with
    /// other options than the defaults, or that another version of Dyadic wrote it.
    /// </summary>
    public string? Hash { get; }

    /// <summary>The version of the standard operator set.</summary>
    public int Opset { get; }

    /// <summary>The version of the file format.</summary>
    public int IrVersion { get; }

    /// <summary>Who wrote the file.</summary>
    public string ProducerName { get; }

    /// <summary>The version of who wrote the file.</summary>
    public string ProducerVersion { get; }

    /// <summary>The version of the model, as its author counts.</summary>
    public long ModelVersion { get; }

    /// <summary>The model in a file.</summary>
    /// <exception cref="OnnxException">The file is no ONNX model, or parts of it cannot be imported; every problem is listed.</exception>
    /// <exception cref="Runtime.BudgetException">The import needs more than <see cref="OnnxImportOptions.Budget"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OnnxModel Import(string path, OnnxImportOptions? options = null)
    {
        options ??= new();
        using ModelBytes bytes = ModelBytes.Open(path, options.Budget.Bytes);
        return Import(bytes, Path.GetFileName(path), Path.GetDirectoryName(Path.GetFullPath(path)), options);
    }

    /// <summary>The model in a stream, which is read to its end.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="options">How to import.</param>
    /// <param name="name">What errors call the model.</param>
    /// <exception cref="OnnxException">The bytes are no ONNX model, or parts of it cannot be imported; every problem is listed.</exception>
    /// <exception cref="Runtime.BudgetException">The import needs more than <see cref="OnnxImportOptions.Budget"/>.</exception>
    public static OnnxModel Import(Stream stream, OnnxImportOptions? options = null, string name = "stream")
    {
        options ??= new();
        using ModelBytes bytes = ModelBytes.Of(stream, options.Budget.Bytes);
        return Import(bytes, name, null, options);
    }

    /// <inheritdoc cref="Import(Stream, OnnxImportOptions, string)"/>
    /// <param name="bytes">The bytes.</param>
    /// <param name="options">How to import.</param>
    /// <param name="name">What errors call the model.</param>
    public static OnnxModel Import(byte[] bytes, OnnxImportOptions? options = null, string name = "model")
    {
        using ModelBytes whole = ModelBytes.Of(bytes);
        return Import(whole, name, null, options ?? new());
    }

    /// <summary>Writes a graph to a file: whole or not at all.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">How to export.</param>
    /// <param name="overwrite">Replace a file of that name.</param>
    /// <exception cref="OnnxException">An op has no counterpart in ONNX; every problem is listed.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Export(Graph graph, string path, OnnxExportOptions? options = null, bool overwrite = true)
    {
        ModelProto model = ModelWriter.Write(graph, options ?? new());
        AtomicFile.Write(path, model.WriteTo, overwrite);
    }

    /// <summary>Writes a graph to a stream. The same graph and options give the same bytes.</summary>
    /// <exception cref="OnnxException">An op has no counterpart in ONNX; every problem is listed.</exception>
    public static void Export(Graph graph, Stream stream, OnnxExportOptions? options = null) => ModelWriter.Write(graph, options ?? new()).WriteTo(stream);

    /// <summary>A graph as the bytes of a file. The same graph and options give the same bytes.</summary>
    /// <exception cref="OnnxException">An op has no counterpart in ONNX; every problem is listed.</exception>
    public static byte[] ToBytes(Graph graph, OnnxExportOptions? options = null) => ModelWriter.Write(graph, options ?? new()).ToByteArray();

    private static OnnxModel Import(ModelBytes bytes, string file, string? folder, OnnxImportOptions options)
    {
        using LoadMeter meter = new(options.Budget, file);
        ModelProto proto = WireReader.Read(bytes, file, meter);
        int opset = OpsetOf(proto, file);
        Dictionary<string, string> metadata = [];
        foreach (StringStringEntryProto entry in proto.MetadataProps) metadata[entry.Key] = entry.Value;
        metadata.Remove(HashKey, out string? hash);
        using GraphImporter importer = new(proto.Graph, proto.Functions, opset, options, folder, meter);
        return new(importer.Import(file, metadata), proto, opset, hash);
    }

    private static int OpsetOf(ModelProto proto, string file)
    {
        if (proto.OpsetImport.Count == 0 && proto.IrVersion >= 3) throw new OnnxException(file, "it names no operator set, which files of IR version 3 and later must.");
        long version = StandardDomain.Version(proto.OpsetImport) ?? 1;
        if (proto.OpsetImport.Count == 0 && proto.IrVersion >= 3) throw new OnnxException(file, "it names no operator set, or it was cut short.");
        if (version is >= RuleBook.MinOpset and <= RuleBook.MaxOpset) return (int)version;
        throw new OnnxException(file, $"opset {version} is not supported. Convert it to {RuleBook.MinOpset} to {RuleBook.MaxOpset}.");
    }
}
