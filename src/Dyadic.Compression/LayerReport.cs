using Dyadic.Compression.Insight;

namespace Dyadic.Compression;

/// <summary>What quantisation did to one node.</summary>
public sealed record LayerReport
{
    /// <summary>The node.</summary>
    public required string Node { get; init; }

    /// <summary>Its op.</summary>
    public required string Op { get; init; }

    /// <summary>The element type in which it runs, such as uint8 or float32.</summary>
    public required string Executed { get; init; }

    /// <summary>The kernel that runs.</summary>
    public string? Kernel { get; init; }

    /// <summary>Why it is not in integers, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>The weights, or null when it has none.</summary>
    public WeightReport? Weight { get; init; }

    /// <summary>Its result, or null when that is not quantised.</summary>
    public ActivationReport? Output { get; init; }

    /// <summary>Bytes of its constants in the float graph.</summary>
    public long BytesFloat { get; init; }

    /// <summary>Bytes of its constants in the quantised graph, scales and zero points included.</summary>
    public long BytesInteger { get; init; }
}

/// <summary>Weights before and after quantisation.</summary>
/// <param name="Min">The least weight.</param>
/// <param name="Max">The greatest weight.</param>
/// <param name="ScaleMin">The least scale of a channel.</param>
/// <param name="ScaleMax">The greatest scale of a channel.</param>
/// <param name="MeanSquaredError">The mean of (w − Q(w))².</param>
/// <param name="SqnrDb">10·log₁₀(Σw²/Σ(w − Q(w))²); +∞ when there is no error.</param>
/// <param name="Histogram">Counts in 64 equal bins over [Min, Max].</param>
public sealed record WeightReport(float Min, float Max, float ScaleMin, float ScaleMax, double MeanSquaredError, double SqnrDb, IReadOnlyList<long> Histogram)
{
    /// <summary>What <see cref="SqnrDb"/> would be with nearest codes of 4 bits; null for tables, which have 8.</summary>
    public double? FourBitSqnrDb { get; init; }
}

/// <summary>A result as calibration saw it, and how far the quantised graph is from it.</summary>
/// <param name="Min">The least value observed.</param>
/// <param name="Max">The greatest value observed.</param>
/// <param name="Scale">S.</param>
/// <param name="ZeroPoint">z.</param>
/// <param name="MeanSquaredError">The mean of (float − quantised)² over the report's samples, everything before it quantised too.</param>
/// <param name="SqnrDb">10·log₁₀(Σ float²/Σ(float − quantised)²); null when nothing was compared.</param>
/// <param name="Histogram">Counts in 64 equal bins over [Min, Max].</param>
public sealed record ActivationReport(float Min, float Max, float Scale, int ZeroPoint, double MeanSquaredError, double? SqnrDb, IReadOnlyList<long> Histogram)
{
    /// <summary>Σab/√(Σa²·Σb²) of the float and the quantised value; null when nothing was compared.</summary>
    public double? Cosine { get; init; }

    /// <summary>The least value that the codes can hold, (QMin − z)·S.</summary>
    public double CodesMin { get; init; }

    /// <summary>The greatest.</summary>
    public double CodesMax { get; init; }

    /// <summary>The share of the calibration's values that lie outside of what the codes can hold.</summary>
    public double Saturated { get; init; }

    /// <summary>The whole range in widths of the range of 99.9 percent of the values; 1 without a tail.</summary>
    public double Tail { get; init; } = 1;

    /// <summary>Channels that dwarf the others: at least eight times the median channel.</summary>
    public IReadOnlyList<OutlierChannel> Outliers { get; init; } = [];
}

/// <summary>A quantised graph.</summary>
/// <param name="Graph">The graph with QuantizeLinear and DequantizeLinear nodes, ready for export and lowering.</param>
/// <param name="Layers">One entry for each node of <paramref name="Float"/>.</param>
/// <param name="Warnings">What was adjusted on the way.</param>
/// <param name="Config">How it was made.</param>
/// <param name="BytesFloat">Bytes of all constants before.</param>
/// <param name="BytesInteger">Bytes of all constants after.</param>
/// <param name="Float">The float graph that was quantised: simplified, and as methods balanced it. What it computes is what the given one computes.</param>
public sealed record QuantizeResult(
    Ir.Graph Graph, IReadOnlyList<LayerReport> Layers, IReadOnlyList<string> Warnings, QuantizeConfig Config, long BytesFloat, long BytesInteger, Ir.Graph Float)
{
    /// <summary>The result for a graph of the same nodes with other codes and scales.</summary>
    internal Func<Ir.Graph, QuantizeResult>? Again { private get; init; }

    /// <summary>This result with <paramref name="graph"/>, whose nodes are those of <see cref="Graph"/>, and a new report.</summary>
    internal QuantizeResult With(Ir.Graph graph) => Again!(graph);

    /// <summary>The layers as JSON.</summary>
    public string LayersJson() => System.Text.Json.JsonSerializer.Serialize(Layers, QuantizeJson.Default.IReadOnlyListLayerReport);
}
