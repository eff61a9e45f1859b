using Dyadic.Compression;

namespace Dyadic.Bench.Quantisation;

/// <summary>A way to quantise: a column of the table.</summary>
/// <param name="Name">As <c>--method</c> takes it; of the peer's flows the calibrator.</param>
/// <param name="Bits">Of weights.</param>
/// <param name="IsPeer">ONNX Runtime's flow, run by ONNX Runtime.</param>
internal sealed record EvidenceMethod(string Name, int Bits, bool IsPeer = false)
{
    /// <summary>Columns that answer the goals: measured first, for all networks.</summary>
    public static IReadOnlyList<EvidenceMethod> First { get; } =
    [
        new("minmax", 8), new("minmax", 8, IsPeer: true), new("minmax", 4), new("gptq+bias-correction", 4), new("percentile", 8), new("percentile", 8, IsPeer: true), new("mse", 8), new("mse+gptq+bias-correction", 4),
    ];

    /// <summary>The others, the cheap ones first.</summary>
    public static IReadOnlyList<EvidenceMethod> Others { get; } =
    [
        new("entropy", 8), new("entropy", 8, IsPeer: true), new("moving-average", 8), .. Eight("equalize", "bias-correction", "mse+gptq+bias-correction"),
        .. Four("mse", "equalize", "smooth", "awq", "weight-mse", "bias-correction", "bias-correction-analytic", "gptq", "adaround"),
    ];

    /// <summary>W8A8.</summary>
    public string Width => $"W{Bits}A8";

    /// <summary>The configuration.</summary>
    /// <remarks>
    /// The peer's flow (its quantize_static on QDQ): int8 activations with a zero point, int8 symmetric weights by channel, no value of 16 bits; percentile 99.999. Nodes, folding and the placing of Quantize and Dequantize are ours.
    /// </remarks>
    public QuantizeConfig Config => IsPeer
        ? new QuantizeConfig { ActivationSigned = true, Wide = false, Percentile = 99.999, ReportSamples = 1 }.WithMethods(Name)
        : new QuantizeConfig { Bits = Bits, ReportSamples = 1 }.WithMethods(Name);

    private static IEnumerable<EvidenceMethod> Eight(params string[] names) => names.Select(n => new EvidenceMethod(n, 8));

    private static IEnumerable<EvidenceMethod> Four(params string[] names) => names.Select(n => new EvidenceMethod(n, 4));
}
