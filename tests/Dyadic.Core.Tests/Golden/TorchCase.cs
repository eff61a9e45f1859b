using System.Text.Json;
using Dyadic.Numerics;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Golden;

/// <summary>One entry of tests/golden/torch/*.json: an op, its attributes and inputs, and what PyTorch computed in float64.</summary>
public sealed class TorchCase(string file, JsonElement json)
{
    public string Op => json.GetProperty("op").GetString()!;

    public override string ToString() => $"{file} {Op} {json.GetProperty("label").GetString()}".TrimEnd();

    public static IEnumerable<TorchCase> All(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Repository.At($"tests/golden/torch/{file}.json")));
        foreach (JsonElement element in document.RootElement.EnumerateArray()) yield return new(file, element.Clone());
    }

    /// <summary>The inputs in order, as tensors of <paramref name="type"/> where they are floating-point.</summary>
    public (string Name, Tensor Value)[] Inputs(DType type) => [.. json.GetProperty("inputs").EnumerateObject().Select(p => (p.Name, Read(p.Value, type)))];

    /// <summary>The names of the inputs that have gradients, and those.</summary>
    public (string Name, double[] Values)[] Gradients =>
        json.TryGetProperty("gradients", out JsonElement gradients) ? [.. gradients.EnumerateObject().Select(p => (p.Name, Values(p.Value)))] : [];

    public Shape Shape => ShapeOf(json.GetProperty("y"));

    public double[] Y => Values(json.GetProperty("y"));

    public Tensor Dy(DType type) => Read(json.GetProperty("dy"), type);

    public Dims Dims(string name) => Dyadic.Dims.Create([.. Attribute(name).EnumerateArray().Select(v => v.GetInt32())]);

    public int Int(string name) => Attribute(name).GetInt32();

    public double Number(string name) => Attribute(name).GetDouble();

    public bool Flag(string name) => Attribute(name).GetBoolean();

    public string Text(string name) => Attribute(name).GetString()!;

    /// <summary>Names and shapes in an attribute.</summary>
    public (string Name, Shape Shape)[] Shapes(string name) =>
        [.. Attribute(name).EnumerateObject().Select(p => (p.Name, Shape.Of([.. p.Value.EnumerateArray().Select(d => d.GetInt32())])))];

    /// <summary>Fails when a value of <paramref name="actual"/> is further than <paramref name="limit"/> away, relative to max(1, |value|).</summary>
    public static void AssertClose(string what, double[] expected, Tensor actual, double limit)
    {
        double[] values = actual.Type == DType.Float64 ? actual.ToArray<double>() : Array.ConvertAll(actual.ToArray<float>(), v => (double)v);
        double distance = Tolerance.Distance(expected, values);
        Assert.True(distance <= limit, $"{what} ({actual.Type}) is {distance:g3} away; at most {limit:g3} is allowed.");
    }

    private JsonElement Attribute(string name) => json.GetProperty("attributes").GetProperty(name);

    private static Tensor Read(JsonElement tensor, DType type)
    {
        if (tensor.TryGetProperty("int", out JsonElement integers)) return Tensor.From(integers.EnumerateArray().Select(v => v.GetInt64()).ToArray(), ShapeOf(tensor));
        double[] values = Values(tensor);
        return type == DType.Float64 ? Tensor.From(values, ShapeOf(tensor)) : Tensor.From(Array.ConvertAll(values, v => (float)v), ShapeOf(tensor));
    }

    private static double[] Values(JsonElement tensor) => [.. tensor.GetProperty("v").EnumerateArray().Select(v => v.GetDouble())];

    private static Shape ShapeOf(JsonElement tensor) => Shape.Of([.. tensor.GetProperty("shape").EnumerateArray().Select(v => v.GetInt32())]);
}
