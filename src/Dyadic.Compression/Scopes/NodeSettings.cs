namespace Dyadic.Compression.Scopes;

/// <summary>What quantisation would do with a node.</summary>
public sealed record NodeSettings
{
    /// <summary>The node.</summary>
    public required string Node { get; init; }

    /// <summary>Its op.</summary>
    public required string Op { get; init; }

    /// <summary>The index of the rule that holds for it, from 0; null for the configuration itself.</summary>
    public int? Rule { get; init; }

    /// <summary>Why it stays in floating point; null where it becomes integers, which lowering may still refuse.</summary>
    public string? Float { get; init; }

    /// <summary>Bits of its weights; null when it has none.</summary>
    public int? Bits { get; init; }

    /// <summary>Whether each output channel has a scale of weights; null when it has none.</summary>
    public bool? PerChannel { get; init; }

    /// <summary>How the range of its result is chosen; null where it is not, see <see cref="Range"/>.</summary>
    public CalibrationMethod? Calibrator { get; init; }

    /// <summary>What <see cref="CalibrationMethod.Percentile"/> keeps; null for other calibrators.</summary>
    public double? Percentile { get; init; }

    /// <summary>The type of its codes, such as uint8; null where its result is not quantised.</summary>
    public string? Codes { get; init; }

    /// <summary>Where the range comes from: the calibrator's name, "input" where codes are moved or chosen, "table" of an embedding, "next" where the node after it is part of its step; null where nothing is quantised.</summary>
    public string? Range { get; init; }

    /// <summary>Names of the methods that work on it as a layer.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];
}

/// <summary>What quantisation would do with every node, known without data.</summary>
/// <param name="Nodes">One entry for each node of the simplified graph, in its order. Methods may add nodes later.</param>
/// <param name="Warnings">Settings of rules that change nothing.</param>
public sealed record QuantizePreview(IReadOnlyList<NodeSettings> Nodes, IReadOnlyList<string> Warnings);
