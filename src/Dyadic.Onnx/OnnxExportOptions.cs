namespace Dyadic.Onnx;

/// <summary>How a graph is exported.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The least operator set that is written.</summary>
    public const int MinOpset = 13;

    /// <summary>The greatest operator set that is written.</summary>
    public const int MaxOpset = 21;

    /// <summary>The operator set that is written where a graph needs no newer one and none is asked for.</summary>
    public const int UsualOpset = 17;

    /// <summary>The version of the operator set, 13 to 21; null for <see cref="UsualOpset"/>, or the least newer one that every node can be written in (codes of 16 bits need 21).</summary>
    public int? Opset
    {
        get;
        init => field = value is null or (>= MinOpset and <= MaxOpset) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"Opset {value} cannot be written. Use {MinOpset} to {MaxOpset}.");
    }

    /// <summary>Who wrote the file.</summary>
    public string ProducerName { get; init; } = "dyadic";

    /// <summary>The version of who wrote the file.</summary>
    public string ProducerVersion { get; init; } = "";

    /// <summary>Whether metadata_props hold the hash of the graph that is read from the file, under <see cref="OnnxModel.HashKey"/>. To find it the export reads what it writes.</summary>
    public bool WithHash { get; init; } = true;

    /// <summary>Entries of metadata_props beside those of the graph, which they override.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
