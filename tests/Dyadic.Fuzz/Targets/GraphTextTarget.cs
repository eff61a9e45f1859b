using System.Text;
using System.Text.RegularExpressions;
using Dyadic.Fuzz.Mutations;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Fuzz.Targets;

/// <summary>The text of a graph.</summary>
public sealed partial class GraphTextTarget : ModelTarget
{
    private static readonly GraphTextOptions Whole = new() { Inline = int.MaxValue };

    private static readonly string[] Operators = [.. OpCases.All.Select(c => c.Op.Name).Distinct().Order(StringComparer.Ordinal)];

    private static readonly string[] Words =
    [
        "graph", "meta", "const", "return", "%", "@", "=", "{", "}", "[", "]", "(", ")", ",", ":", "\"", "//", "none", "true", "nan", "inf", "-0", "1e999", "0.5", "[]", "[0]", "[-1]", "[2147483647]",
        "float32", "float64", "bfloat16", "int8", "uint8", "int4", "int64", "bool", "N", "(N+1)", "(N*2147483647)", "sha256:", "Linear", "Reflect",
    ];

    private readonly Lazy<IReadOnlyList<byte[]>> _seeds = new(() => [.. Texts().Where(t => t.Length <= OnnxSeeds.LargestSeed)]);

    /// <inheritdoc/>
    public override string Name => "graph";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds => _seeds.Value;

    // Another op, or other inputs, and then any change.
    /// <inheritdoc/>
    public override byte[] Mutate(byte[] seed, Rng rng)
    {
        string text = Encoding.UTF8.GetString(seed);
        if (rng.NextInt(2) == 0) text = Exchange(text, OpPattern(), rng, _ => Operators[rng.NextInt(Operators.Length)]);
        if (rng.NextInt(2) == 0) text = Exchange(text, InputPattern(), rng, input => rng.NextInt(3) switch { 0 => "", 1 => $"{input}, {input}", _ => OtherInput(text, rng) });
        if (rng.NextInt(2) == 0) text = Exchange(text, NumberPattern(), rng, _ => $" {Interesting.Integer(rng, 0)}");
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return rng.NextInt(2) == 0 ? TextMutator.Mutate(bytes, rng, Words) : bytes;
    }

    /// <inheritdoc/>
    protected override Graph Import(byte[] file, Rng rng) => Graph.Parse(Encoding.UTF8.GetString(file), new() { Budget = Load });

    private static IEnumerable<byte[]> Texts()
    {
        foreach (OpCase row in OpCases.All)
        {
            GraphBuilder b = new("row");
            Value[] values = [.. row.Inputs(new Rng(5)).Select((t, i) => b.Input($"x{i}", (t.Type == DType.Float64 ? t.Cast(DType.Float32) : t).TensorType))];
            Node? node = null;
            try
            {
                node = b.AddNode("op", row.Op, values, null);
            }
            catch (DyadicException)
            {
                // An op that wants float64.
            }
            if (node is null) continue;
            foreach (Value y in node.Outputs) b.Output(y);
            yield return Encoding.UTF8.GetBytes(b.Build().ToText(Whole));
        }
        foreach (byte[] seed in OnnxSeeds.All())
            if (TextOf(seed) is { } text) yield return text;
    }

    private static byte[]? TextOf(byte[] onnx)
    {
        try
        {
            return Encoding.UTF8.GetBytes(OnnxModel.Import(onnx).Graph.ToText(Whole));
        }
        catch (OnnxException)
        {
            return null;        // a case that only its data make possible
        }
    }

    private static string OtherInput(string text, Rng rng)
    {
        MatchCollection all = InputPattern().Matches(text);
        return all.Count == 0 ? "" : all[rng.NextInt(all.Count)].Value;
    }

    private static string Exchange(string text, Regex pattern, Rng rng, Func<string, string> by)
    {
        MatchCollection all = pattern.Matches(text);
        if (all.Count == 0) return text;
        Match chosen = all[rng.NextInt(all.Count)];
        return $"{text[..chosen.Index]}{by(chosen.Value)}{text[(chosen.Index + chosen.Length)..]}";
    }

    [GeneratedRegex(@"(?<== )[A-Z]\w*(?=\()")]
    private static partial Regex OpPattern();

    [GeneratedRegex(@"(?<=[(,] ?)%[\w./-]+(?=[,)])")]
    private static partial Regex InputPattern();

    [GeneratedRegex(@" -?\d+\b")]
    private static partial Regex NumberPattern();
}
