using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Dyadic.Compression;

/// <summary>Methods by name, joined by '+': <c>percentile+equalize+gptq</c>. A calibration method is one of the names.</summary>
public static class MethodNames
{
    private static readonly Dictionary<string, CalibrationMethod> CalibratorTable = new()
    {
        ["minmax"] = CalibrationMethod.MinMax,
        ["moving-average"] = CalibrationMethod.MovingAverage,
        ["percentile"] = CalibrationMethod.Percentile,
        ["mse"] = CalibrationMethod.Mse,
        ["entropy"] = CalibrationMethod.Entropy,
    };

    private static readonly Dictionary<string, QuantizeMethod> MethodTable =
        ((QuantizeMethod[])[new CrossLayerEqualization(), new SmoothQuant(), new Awq(), new WeightMse(), new Gptq(), new AdaRound(), new BiasCorrection(), new AnalyticBiasCorrection()]).ToDictionary(m => m.Name);

    /// <summary>Names of how ranges are chosen.</summary>
    public static IReadOnlyList<string> Calibrators { get; } = [.. CalibratorTable.Keys];

    /// <summary>Names of the methods beside that, in the order in which they work.</summary>
    public static IReadOnlyList<string> Methods { get; } = [.. MethodTable.Keys];

    /// <summary>The method of a name, with default parameters.</summary>
    /// <exception cref="CompressionException">There is none; the message lists those that there are.</exception>
    public static QuantizeMethod Find(string name) => MethodTable.TryGetValue(name, out QuantizeMethod? method)
        ? method
        : throw new CompressionException($"quantize: there is no method '{name}'. There are {string.Join(", ", Methods)}; and for ranges {string.Join(", ", Calibrators)}.");

    extension(QuantizeConfig config)
    {
        /// <summary>This configuration with the methods of <paramref name="names"/> instead of its own; ranges are chosen as before unless a name says how.</summary>
        /// <param name="names">Joined by '+', in any order.</param>
        /// <exception cref="CompressionException">A name is unknown, or two exclude each other.</exception>
        public QuantizeConfig WithMethods(string names)
        {
            string[] parts = names.Split('+', StringSplitOptions.TrimEntries);
            string[] ranges = [.. parts.Where(CalibratorTable.ContainsKey)];
            if (ranges.Length > 1) throw new CompressionException($"quantize: {string.Join(" and ", ranges)} exclude each other, each chooses the ranges of activations; name one.");
            QuantizeConfig result = config with { Methods = [.. parts.Where(p => !CalibratorTable.ContainsKey(p)).Select(Find)] };
            if (ranges.Length == 1) result = result with { Calibrator = CalibratorTable[ranges[0]] };
            result.CheckMethods();
            return result;
        }

        /// <summary>The names of how ranges are chosen and of the methods, joined by '+', in the order in which they work.</summary>
        public string MethodText() => string.Join('+', [NameOf(config.Calibrator), .. config.Ordered().Select(m => m.Name)]);

        internal IEnumerable<QuantizeMethod> Ordered() => (config.Methods ?? []).OrderBy(m => m.Stage);

        internal void CheckMethods()
        {
            IReadOnlyList<QuantizeMethod> methods = config.Methods ?? [];
            foreach (QuantizeMethod method in methods) method.Check();
            foreach (IGrouping<string, QuantizeMethod> group in methods.GroupBy(m => m.Settles ?? m.Name).Where(g => g.Count() > 1))
            {
                string names = string.Join(" and ", group.Select(m => m.Name));
                throw new CompressionException(group.First().Settles is { } what
                    ? $"quantize: {names} exclude each other, each chooses {what}; name one."
                    : $"quantize: {names}: a method was named twice; name it once.");
            }
        }
    }

    internal static string NameOf(CalibrationMethod method) => CalibratorTable.First(n => n.Value == method).Key;
}

/// <summary>A calibrator as JSON: the name that <c>--method</c> takes or that of the enumeration, in small or capital letters.</summary>
internal sealed class CalibrationMethodConverter : JsonConverter<CalibrationMethod>
{
    /// <inheritdoc/>
    public override CalibrationMethod Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        foreach (CalibrationMethod method in Enum.GetValues<CalibrationMethod>())
            if (text.Equals(MethodNames.NameOf(method), StringComparison.OrdinalIgnoreCase) || text.Equals(method.ToString(), StringComparison.OrdinalIgnoreCase)) return method;
        throw new JsonException($"there is no calibrator {(text.Length > 0 ? $"'{text}'" : "of that kind")}. There are {string.Join(", ", MethodNames.Calibrators)}.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, CalibrationMethod value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>A method as JSON: its name, or {"name": …} with parameters that are not the default.</summary>
internal sealed class QuantizeMethodConverter : JsonConverter<QuantizeMethod>
{
    /// <inheritdoc/>
    public override QuantizeMethod Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement given = document.RootElement;
        try
        {
            if (given.ValueKind == JsonValueKind.String) return MethodNames.Find(given.GetString()!);
            if (given.ValueKind == JsonValueKind.Object && given.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String)
                return (QuantizeMethod)given.Deserialize(TypeInfo(MethodNames.Find(name.GetString()!)))!;
        }
        catch (CompressionException e)
        {
            throw new JsonException(e.Message, e);
        }
        throw new JsonException($"a method is {given.GetRawText()}; write its name, or an object with its \"name\" and parameters. There are {string.Join(", ", MethodNames.Methods)}.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, QuantizeMethod value, JsonSerializerOptions options)
    {
        if (value.Equals(MethodNames.Find(value.Name))) writer.WriteStringValue(value.Name);
        else JsonSerializer.Serialize(writer, value, TypeInfo(value));
    }

    private static JsonTypeInfo TypeInfo(QuantizeMethod method) => QuantizeJson.Default.GetTypeInfo(method.GetType())!;
}
