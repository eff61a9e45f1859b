using System.Globalization;
using System.Text.RegularExpressions;
using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Cli.Models;

/// <summary>Scale and zero point of an input or output that an integer-only model takes or gives as codes: real = scale·(code − zero).</summary>
internal sealed partial record CodeParams(DType Type, float Scale, int Zero)
{
    private const string Prefix = "dyadic.codes.";

    /// <summary>The parameters that the model's metadata record for a value, or null.</summary>
    public static CodeParams? Of(Graph graph, string value)
    {
        if (!graph.Metadata.TryGetValue(Prefix + value, out string? text) || Form().Match(text) is not { Success: true } match) return null;
        bool parsed = float.TryParse(match.Groups["scale"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out float scale) && scale > 0 && float.IsFinite(scale);
        int zero = int.Parse(match.Groups["zero"].Value, CultureInfo.InvariantCulture);
        DType type = match.Groups["type"].Value == "int8" ? DType.Int8 : DType.UInt8;
        bool inside = type == DType.Int8 ? zero is >= sbyte.MinValue and <= sbyte.MaxValue : zero is >= byte.MinValue and <= byte.MaxValue;
        return parsed && inside ? new(type, scale, zero) : null;
    }

    /// <summary>q = saturate(⌊x/s⌉ + z).</summary>
    public Tensor Quantize(Tensor x) => x.Apply(new QuantizeLinear(0), Tensor.Scalar(Scale), Tensor.Scalar(Zero, Type));

    /// <summary>x = s·(q − z), in float32.</summary>
    public Tensor Dequantize(Tensor q) => q.Apply(new DequantizeLinear(0), Tensor.Scalar(Scale), Tensor.Scalar(Zero, Type));

    /// <summary>The outputs of a model as real numbers where its metadata tell how; others as they are.</summary>
    public static Tensor Real(Graph graph, int output, Tensor tensor) =>
        Of(graph, graph.Outputs[output].Name) is { } codes && codes.Type == tensor.Type ? codes.Dequantize(tensor) : tensor;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Type.ToString().ToLowerInvariant()} scale={Scale} zero={Zero}");

    [GeneratedRegex(@"^(?<type>u?int8) scale=(?<scale>[0-9.eE+-]{1,24}) zero=(?<zero>-?\d{1,3})$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
