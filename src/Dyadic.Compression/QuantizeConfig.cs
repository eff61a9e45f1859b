using System.Text.Json;
using System.Text.Json.Serialization;
using Dyadic.Compression.Scopes;

namespace Dyadic.Compression;

/// <summary>How ranges are chosen from what was observed.</summary>
[JsonConverter(typeof(CalibrationMethodConverter))]
public enum CalibrationMethod
{
    /// <summary>The least and the greatest value.</summary>
    MinMax,

    /// <summary>Minima and maxima of the batches, averaged exponentially with constant 0.01.</summary>
    MovingAverage,

    /// <summary>The range that leaves out a share of the values, half of it on each side.</summary>
    Percentile,

    /// <summary>The range of least squared error after quantising.</summary>
    Mse,

    /// <summary>The range of least Kullback–Leibler divergence.</summary>
    Entropy,
}

/// <summary>How a graph is quantised. A value: equal configurations give equal results.</summary>
/// <param name="Bits">Bits of the weights, 2 to 8. Activations, and tables of embeddings, have 8, but for <paramref name="Wide"/>.</param>
/// <param name="PerChannel">One weight scale for each output channel, else one a tensor.</param>
/// <param name="Calibrator">How the ranges of activations are chosen.</param>
/// <param name="Percentile">The share of values, in percent, that <see cref="CalibrationMethod.Percentile"/> keeps.</param>
/// <param name="ActivationSigned">Activations are int8, else uint8; both with a zero point.</param>
/// <param name="IntegerOnly">Inputs become uint8 and outputs int8 codes, and every node must have an integer form.</param>
/// <param name="CalibrationSamples">The most samples that calibration looks at.</param>
/// <param name="ReportSamples">The most samples on which the report compares both graphs.</param>
/// <param name="Wide">What layer normalisation and softmax read has 16 bits, and so have the sums in front of them; else 8, for runtimes before opset 21.</param>
/// <param name="Int4">Weights of at most 4 bits are stored as int4, two in a byte; else as int8, as all others are, for runtimes before opset 21. Results are the same.</param>
/// <param name="Exclude">Names of nodes that stay in floating point, as a rule with <see cref="QuantizeRule.KeepFloat"/> leaves those that it matches; null for none.</param>
/// <param name="Methods">What is done beside that, in any order, such as <c>[new CrossLayerEqualization(), new Gptq(), new BiasCorrection()]</c>; null for none.</param>
public sealed record QuantizeConfig(
    int Bits = 8, bool PerChannel = true, CalibrationMethod Calibrator = CalibrationMethod.MinMax, double Percentile = 99.99, bool ActivationSigned = false,
    bool IntegerOnly = false, int CalibrationSamples = 512, int ReportSamples = 32, bool Wide = true, bool Int4 = true, IReadOnlyList<string>? Exclude = null,
    IReadOnlyList<QuantizeMethod>? Methods = null)
{
    /// <summary>Ranges of activations are symmetric: int8 with zero point 0. Inputs of an integer-only graph stay uint8.</summary>
    public bool ActivationSymmetric { get; init; }

    /// <summary>Settings for nodes by name and op, of which the first that matches holds; null for none.</summary>
    public IReadOnlyList<QuantizeRule>? Rules { get; init; }

    /// <summary>The configuration written in <paramref name="json"/>; what it does not name has its default.</summary>
    /// <exception cref="InvalidDataException">The text is no JSON object of known members.</exception>
    public static QuantizeConfig Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, QuantizeJson.Default.QuantizeConfig) ?? throw new InvalidDataException("quantize: the configuration is null. Write {} for defaults.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"quantize: the configuration cannot be read: {e.Message}", e);
        }
    }

    /// <summary>This configuration as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, QuantizeJson.Default.QuantizeConfig);

    /// <inheritdoc/>
    public bool Equals(QuantizeConfig? other) => other is not null && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);

    /// <summary>The element type of the codes of weights.</summary>
    internal DType WeightType => Int4 && Bits <= 4 ? DType.Int4 : DType.Int8;

    internal void Check()
    {
        if (Bits is < 2 or > 8) throw new CompressionException($"quantize: weights of {Bits} bits are not supported. Use 2 to 8.");
        if (Percentile is not (> 50 and <= 100)) throw new CompressionException($"quantize: a percentile of {Percentile} is not supported. Use more than 50 and at most 100.");
        if (CalibrationSamples < 1 || ReportSamples < 0)
            throw new CompressionException($"quantize: {CalibrationSamples} calibration and {ReportSamples} report samples are not possible. Use at least 1 and 0.");
        this.CheckMethods();
        for (int i = 0; Rules is { } rules && i < rules.Count; i++) rules[i].Check(rules[i].Describe(i), this);
    }
}

/// <summary>JSON of the configuration and the report, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(QuantizeConfig))]
[JsonSerializable(typeof(QuantizeRule))]
[JsonSerializable(typeof(CrossLayerEqualization))]
[JsonSerializable(typeof(SmoothQuant))]
[JsonSerializable(typeof(Awq))]
[JsonSerializable(typeof(WeightMse))]
[JsonSerializable(typeof(Gptq))]
[JsonSerializable(typeof(AdaRound))]
[JsonSerializable(typeof(BiasCorrection))]
[JsonSerializable(typeof(AnalyticBiasCorrection))]
[JsonSerializable(typeof(LayerReport))]
[JsonSerializable(typeof(IReadOnlyList<LayerReport>))]
internal sealed partial class QuantizeJson : JsonSerializerContext;
