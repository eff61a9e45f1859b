using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dyadic.Cli.Models;
using Dyadic.Compression;
using Dyadic.Compression.Scopes;
using Dyadic.Testing;

namespace Dyadic.Cli.Tests.Models;

/// <summary>docs/quantize.schema.json beside the records that it describes.</summary>
public sealed partial class QuantizeSchemaTests
{
    private static readonly JsonObject s_root = (JsonObject)JsonNode.Parse(QuantizeSchema.Text)!;
    private static readonly JsonSerializerOptions s_camel = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private static readonly JsonSchema s_schema = new(s_root);

    [Fact]
    public void The_tool_prints_the_file_of_the_docs()
    {
        string file = File.ReadAllText(Path.Combine(Repository.Root, "docs", "quantize.schema.json"));
        Assert.Equal(file, Tool.Ok("quantize", "--schema").Output);
        Assert.Equal("QuantizeConfig", Tool.Ok("quantize", "--schema", "--json").Json.GetProperty("schema").GetProperty("title").GetString());
    }

    [Fact]
    public void Every_member_of_the_records_is_described_and_no_other()
    {
        Assert.Equal(Members(typeof(QuantizeConfig)), Described(s_root));
        Assert.Equal(Members(typeof(QuantizeRule)), Described((JsonObject)s_root["$defs"]!["rule"]!));
        foreach (string name in MethodNames.Methods) Assert.Equal(Members(MethodNames.Find(name).GetType()), Described((JsonObject)s_root["$defs"]![name]!));
    }

    [Fact]
    public void Defaults_are_those_of_the_records()
    {
        JsonObject values = (JsonObject)JsonNode.Parse(new QuantizeConfig().ToJson())!;
        foreach ((string name, JsonNode? member) in s_root["properties"]!.AsObject()) Assert.True(JsonNode.DeepEquals(values[name], member!["default"]), $"{name}: {values[name]} and {member["default"]}");
        foreach (string method in MethodNames.Methods)
        {
            JsonObject parameters = (JsonObject)JsonSerializer.SerializeToNode(MethodNames.Find(method), MethodNames.Find(method).GetType(), s_camel)!;
            foreach ((string name, JsonNode? member) in s_root["$defs"]![method]!["properties"]!.AsObject().Where(p => p.Key != "name"))
                Assert.True(JsonNode.DeepEquals(parameters[name], member!["default"]), $"{method}.{name}: {parameters[name]} and {member["default"]}");
        }
    }

    // All methods, calibrators and members that there are.
    [Fact]
    public void What_the_records_write_fits_the_schema()
    {
        foreach (QuantizeConfig config in (QuantizeConfig[])
        [
            new(), .. Enum.GetValues<CalibrationMethod>().Select(c => new QuantizeConfig(Calibrator: c)), .. MethodNames.Methods.Select(m => new QuantizeConfig(Methods: [MethodNames.Find(m)])),
            new(Methods: [new SmoothQuant(0.7), new Gptq(0.1, true)]), new(Methods: [new Awq(3), new AdaRound(1, 2, 3, 4, 5, 6)]),
            new() { Rules = [new() { Match = "a", Op = "b", KeepFloat = true, Bits = 2, PerChannel = false, Calibrator = CalibrationMethod.Entropy, Percentile = 99, ActivationSigned = true, ActivationSymmetric = true, Methods = [new Gptq(0.1), new BiasCorrection()] }] },
        ])
        {
            Assert.Empty(s_schema.Problems(JsonNode.Parse(config.ToJson())));
            Assert.Equal(config, QuantizeConfig.Parse(config.ToJson()));
        }
        foreach (string name in MethodNames.Calibrators) Assert.Empty(s_schema.Problems(JsonNode.Parse($$"""{"calibrator":"{{name}}"}""")));
    }

    // What the schema forbids, the records do as well.
    [Theory]
    [InlineData("""{"bits":1}""")]
    [InlineData("""{"bits":9}""")]
    [InlineData("""{"bits":4.5}""")]
    [InlineData("""{"percentile":50}""")]
    [InlineData("""{"calibrator":"magic"}""")]
    [InlineData("""{"calibrationSamples":0}""")]
    [InlineData("""{"reportSamples":-1}""")]
    [InlineData("""{"wide":1}""")]
    [InlineData("""{"rulez":[]}""")]
    [InlineData("""{"methods":["magic"]}""")]
    [InlineData("""{"methods":[{"damping":0.1}]}""")]
    [InlineData("""{"methods":[{"name":"gptq","damping":2}]}""")]
    [InlineData("""{"methods":[{"name":"smooth","damping":0.1}]}""")]
    [InlineData("""{"rules":[{"bits":4}]}""")]
    [InlineData("""{"rules":[{"match":"a"}]}""")]
    [InlineData("""{"rules":[{"match":"a","bits":16}]}""")]
    [InlineData("""{"rules":[{"match":"a","methods":["smooth"]}]}""")]
    public void What_does_not_fit_is_refused_by_both(string json)
    {
        Assert.NotEmpty(s_schema.Problems(JsonNode.Parse(json)));
        string file = Path.GetTempFileName();
        File.WriteAllText(file, json);
        ToolResult result = Tool.Run("quantize", Path.Combine(Repository.Root, "assets", "resnet8-fashion-mnist.onnx"), "--config", file, "--dry-run");
        Assert.Equal(4, result.Code);
        Assert.Empty(result.Output);
        Assert.Single(result.ErrorLines);
        File.Delete(file);
    }

    [Fact]
    public void Every_configuration_in_the_guide_fits_and_can_be_read()
    {
        string guide = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guides", "quantise.md"));
        string[] examples = [.. Examples().Matches(guide).Select(m => m.Groups[1].Value)];
        Assert.True(examples.Length >= 2);
        foreach (string example in examples)
        {
            Assert.Empty(s_schema.Problems(JsonNode.Parse(example)));
            QuantizeConfig.Parse(example);
        }
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();

    private static IEnumerable<string> Described(JsonObject schema) => schema["properties"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Members(Type record) =>
        record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)).Order(StringComparer.Ordinal);
}
