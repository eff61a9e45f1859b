using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx;

/// <summary>An input or output as the file declares it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The element type in lower case.</param>
/// <param name="Shape">A number, a symbol or "?" for each dimension; null where the file does not even tell the rank.</param>
public sealed record OnnxPort(string Name, string Type, IReadOnlyList<string>? Shape);

/// <summary>What a file says about itself, read without converting it: also for models that cannot be imported.</summary>
public sealed record OnnxSummary
{
    /// <summary>The version of the standard operator set; 0 where the file names none.</summary>
    public required int Opset { get; init; }

    /// <summary>The version of the file format.</summary>
    public required int IrVersion { get; init; }

    /// <summary>Who wrote the file.</summary>
    public required string Producer { get; init; }

    /// <summary>What is fed, initialisers left out.</summary>
    public required IReadOnlyList<OnnxPort> Inputs { get; init; }

    /// <summary>What is computed.</summary>
    public required IReadOnlyList<OnnxPort> Outputs { get; init; }

    /// <summary>How often each operator occurs, by name.</summary>
    public required IReadOnlyDictionary<string, int> Operators { get; init; }

    /// <summary>Values of the initialisers; vectors of shapes (int64) and strings are not counted.</summary>
    public required long Parameters { get; init; }

    /// <summary>The file's metadata_props.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>The summary of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="budget">What reading it may use.</param>
    /// <exception cref="OnnxException">The file is no ONNX model.</exception>
    /// <exception cref="Runtime.BudgetException">Reading it needs more than <paramref name="budget"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OnnxSummary Read(string path, LoadBudget? budget = null)
    {
        budget ??= LoadBudget.Current;
        string file = Path.GetFileName(path);
        using ModelBytes bytes = ModelBytes.Open(path, budget.Bytes);
        using LoadMeter meter = new(budget, file);
        return Of(WireReader.Read(bytes, file, meter));
    }

    private static OnnxSummary Of(ModelProto model)
    {
        HashSet<string> initialisers = [.. model.Graph.Initializer.Select(i => i.Name)];
        SortedDictionary<string, int> operators = new(StringComparer.Ordinal);
        foreach (NodeProto node in model.Graph.Node) operators[node.OpType] = operators.GetValueOrDefault(node.OpType) + 1;
        Dictionary<string, string> metadata = [];
        foreach (StringStringEntryProto entry in model.MetadataProps) metadata[entry.Key] = entry.Value;
        return new()
        {
            Opset = (int)(StandardDomain.Version(model.OpsetImport) ?? 0),
            IrVersion = (int)model.IrVersion,
            Producer = $"{model.ProducerName} {model.ProducerVersion}".Trim(),
            Inputs = [.. model.Graph.Input.Where(i => !initialisers.Contains(i.Name)).Select(PortOf)],
            Outputs = [.. model.Graph.Output.Select(PortOf)],
            Operators = operators,
            Parameters = model.Graph.Initializer.Where(i => ElementTypes.Of(i.DataType) is not (DType.Int64 or DType.String)).Sum(Length),
            Metadata = metadata,
        };
    }

    private static OnnxPort PortOf(ValueInfoProto info)
    {
        if (info.Type?.TensorType is not { } tensor) return new(info.Name, "not a tensor", null);
        string[]? shape = tensor.Shape is null ? null : [.. tensor.Shape.Dim.Select(d => d.HasDimValue ? $"{d.DimValue}" : d.DimParam.Length > 0 ? d.DimParam : "?")];
        return new(info.Name, TypeName(tensor.ElemType), shape);
    }

    private static string TypeName(int code) => (ElementTypes.Of(code)?.ToString() ?? ElementTypes.NameOf(code)).ToLowerInvariant();

    // A hostile file may declare any dimensions.
    private static long Length(TensorProto tensor)
    {
        Int128 length = 1;
        foreach (long size in tensor.Dims) length = Int128.Min(length * Math.Max(0, size), long.MaxValue >> 16);
        return (long)length;
    }
}
