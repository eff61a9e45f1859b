using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Exporting;

/// <summary>Graph to ModelProto.</summary>
internal static class ModelWriter
{
    // What has been a graph is let in; what is folded is decided by the defaults, as it is for who reads the file with them.
    private static readonly LoadBudget Own = new() { Nodes = int.MaxValue, InitialiserBytes = long.MaxValue >> 1, Depth = int.MaxValue, Time = TimeSpan.MaxValue };

    /// <summary>The message of the whole file.</summary>
    public static ModelProto Write(Graph graph, OnnxExportOptions options)
    {
        ModelProto model = new()
        {
            IrVersion = IrVersionOf(options.Opset),
            ProducerName = options.ProducerName,
            ProducerVersion = options.ProducerVersion,
            Graph = new GraphExporter(graph, options.Opset).Export(),
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = options.Opset });
        SortedDictionary<string, string> metadata = new(StringComparer.Ordinal);
        foreach ((string key, string value) in graph.Metadata.Concat(options.Metadata)) metadata[key] = value;
        metadata.Remove(OnnxModel.HashKey);
        if (options.WithHash && HashOf(model, options.Opset) is { } hash) metadata[OnnxModel.HashKey] = hash;
        foreach ((string key, string value) in metadata) model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    // Of the graph that is read from the message, so that who reads it can compare. Null where it cannot be read again.
    private static string? HashOf(ModelProto model, int opset)
    {
        try
        {
            using LoadMeter meter = new(Own, model.Graph.Name);
            using GraphImporter importer = new(model.Graph, [], opset, new(), null, meter);
            return importer.Import(model.Graph.Name, []).TextHash();
        }
        catch (OnnxException)
        {
            return null;
        }
    }

    // The version of the format that came with each operator set.
    private static int IrVersionOf(int opset) => opset switch
    {
        <= 14 => 7,
        <= 18 => 8,
        <= 20 => 9,
        _ => 10,
    };
}
