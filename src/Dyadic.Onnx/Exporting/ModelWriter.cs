using Dyadic.Ir;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Exporting;

/// <summary>Graph to ModelProto.</summary>
internal static class ModelWriter
{
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
        foreach ((string key, string value) in metadata) model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
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
