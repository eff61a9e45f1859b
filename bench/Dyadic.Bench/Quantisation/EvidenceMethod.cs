using Dyadic.Compression;

namespace Dyadic.Bench.Quantisation;

/// <summary>A way to quantise: a column of the table.</summary>
/// <param name="Name">As <c>--method</c> takes it; of the peer's flows the calibrator.</param>
/// <param name="Bits">Of weights.</param>
/// <param name="IsPeer">ONNX Runtime's flow, run by ONNX Runtime.</param>
internal sealed record EvidenceMethod(string Name, int Bits, bool IsPeer = false)
{
    private static readonly string[] Calibrators = ["minmax", "moving-average", "percentile", "mse", "entropy"];
    private static readonly string[] Methods = ["equalize", "smooth", "awq", "weight-mse", "bias-correction", "bias-correction-analytic", "gptq", "adaround", "gptq+bias-correction", "mse+gptq+bias-correction"];

    /// <summary>All columns, the cheap ones first.</summary>
    public static IReadOnlyList<EvidenceMethod> All { get; } =
    [
        .. Calibrators.Select(c => new EvidenceMethod(c, 8)),
        .. ((string[])["minmax", "entropy", "percentile"]).Select(c => new EvidenceMethod(c, 8, IsPeer: true)),
        .. ((string[])["minmax", "mse"]).Concat(Methods).Select(m => new EvidenceMethod(m, 4)),
        .. ((string[])["equalize", "bias-correction", "mse+gptq+bias-correction"]).Select(m => new EvidenceMethod(m, 8)),
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
}
