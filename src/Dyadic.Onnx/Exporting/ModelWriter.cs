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
        (GraphProto written, int opset) = Written(graph, options.Opset);
        ModelProto model = new() { IrVersion = IrVersionOf(opset), ProducerName = options.ProducerName, ProducerVersion = options.ProducerVersion, Graph = written };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        SortedDictionary<string, string> metadata = new(StringComparer.Ordinal);
        foreach ((string key, string value) in graph.Metadata.Concat(options.Metadata)) metadata[key] = value;
        metadata.Remove(OnnxModel.HashKey);
        if (options.WithHash && HashOf(model, opset) is { } hash) metadata[OnnxModel.HashKey] = hash;
        foreach ((string key, string value) in metadata) model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    // In the set that is asked for, else the usual one, or a newer one where a node needs it.
    private static (GraphProto Graph, int Opset) Written(Graph graph, int? opset)
    {
        GraphExporter exporter = new(graph, opset ?? OnnxExportOptions.UsualOpset);
        try
        {
            return (exporter.Export(), exporter.Opset);
        }
        catch (OnnxException) when (opset is null && exporter.Needed > exporter.Opset)
        {
            return (new GraphExporter(graph, exporter.Needed).Export(), exporter.Needed);
        }
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
