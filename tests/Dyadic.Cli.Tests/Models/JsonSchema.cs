using System.Text.Json.Nodes;

namespace Dyadic.Cli.Tests.Models;

/// <summary>The part of JSON schema that docs/quantize.schema.json uses; any other keyword is an error of the test.</summary>
internal sealed class JsonSchema(JsonObject root)
{
    private static readonly HashSet<string> s_silent = ["$schema", "$defs", "title", "description", "default", "additionalProperties", "minProperties"];

    /// <summary>What is wrong with a document; none when it fits.</summary>
    public IReadOnlyList<string> Problems(JsonNode? node) => [.. Problems(node, root, "$")];

    private IEnumerable<string> Problems(JsonNode? node, JsonObject schema, string at)
    {
        foreach ((string keyword, JsonNode? value) in schema)
            foreach (string problem in Problems(node, schema, keyword, value!, at)) yield return problem;
    }

    private IEnumerable<string> Problems(JsonNode? node, JsonObject schema, string keyword, JsonNode value, string at)
    {
        double? number = node is JsonValue v && v.GetValueKind() == System.Text.Json.JsonValueKind.Number ? v.GetValue<double>() : null;
        return keyword switch
        {
            _ when s_silent.Contains(keyword) => [],
            "$ref" => Problems(node, (JsonObject)root["$defs"]![value.GetValue<string>()["#/$defs/".Length..]]!, at),
            "type" => One((value as JsonArray ?? [value.DeepClone()]).Any(t => Is(node, t!.GetValue<string>())), $"{at} is no {value.ToJsonString()}"),
            "enum" => One(value.AsArray().Any(e => JsonNode.DeepEquals(e, node)), $"{at} is none of {value.ToJsonString()}"),
            "const" => One(JsonNode.DeepEquals(value, node), $"{at} is not {value.ToJsonString()}"),
            "minimum" => One(!(number < value.GetValue<double>()), $"{at} is less than {value}"),
            "maximum" => One(!(number > value.GetValue<double>()), $"{at} is more than {value}"),
            "exclusiveMinimum" => One(!(number <= value.GetValue<double>()), $"{at} is not more than {value}"),
            "exclusiveMaximum" => One(!(number >= value.GetValue<double>()), $"{at} is not less than {value}"),
            "items" => node is JsonArray items ? items.SelectMany((n, i) => Problems(n, (JsonObject)value, $"{at}[{i}]")) : [],
            "required" => node is JsonObject o ? value.AsArray().Where(n => !o.ContainsKey(n!.GetValue<string>())).Select(n => $"{at} has no {n}") : [],
            "properties" => node is JsonObject members ? Members(members, schema, at) : [],
            "oneOf" => One(value.AsArray().Count(s => !Problems(node, (JsonObject)s!, at).Any()) == 1, $"{at} fits not exactly one of its forms"),
            "anyOf" => One(value.AsArray().Any(s => !Problems(node, (JsonObject)s!, at).Any()), $"{at} fits none of its forms"),
            _ => throw new NotSupportedException($"keyword '{keyword}'"),
        };
    }

    private IEnumerable<string> Members(JsonObject node, JsonObject schema, string at)
    {
        JsonObject known = (JsonObject)schema["properties"]!;
        if (schema["minProperties"]?.GetValue<int>() > node.Count) yield return $"{at} has too few members";
        foreach ((string name, JsonNode? value) in node)
        {
            if (known[name] is JsonObject member)
                foreach (string problem in Problems(value, member, $"{at}.{name}")) yield return problem;
            else if (schema["additionalProperties"]?.GetValue<bool>() == false) yield return $"{at} has the unknown member {name}";
        }
    }

    private static IEnumerable<string> One(bool fits, string problem) => fits ? [] : [problem];

    private static bool Is(JsonNode? node, string type) => node is null ? type == "null" : node.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.Object => type == "object",
        System.Text.Json.JsonValueKind.Array => type == "array",
        System.Text.Json.JsonValueKind.String => type == "string",
        System.Text.Json.JsonValueKind.Number => type == "number" || (type == "integer" && node.GetValue<double>() % 1 == 0),
        _ => type == "boolean",
    };
}
