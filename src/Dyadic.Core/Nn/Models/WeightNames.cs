using System.Text.RegularExpressions;

namespace Dyadic.Nn;

/// <summary>How the parameters of a model are called in the checkpoints that Hugging Face's library writes: the one place that knows.</summary>
public sealed partial class WeightNames
{
    // Within a layer of the encoder, and elsewhere: how our path starts and what stands there instead.
    private readonly (string Own, string Theirs)[] _layer, _elsewhere;
    private readonly string[] _prefixes;

    private WeightNames(string[] prefixes, (string, string)[] layer, (string, string)[] elsewhere) =>
        (_prefixes, _layer, _elsewhere) = (prefixes, layer, elsewhere);

    /// <summary>Names of BERT: bert.encoder.layer.0.attention.self.query.weight, ….</summary>
    public static WeightNames Bert { get; } = new(
        ["bert."],
        [
            ("attention.out.", "attention.output.dense."), ("attention.", "attention.self."), ("norm1.", "attention.output.LayerNorm."),
            ("linear1.", "intermediate.dense."), ("linear2.", "output.dense."), ("norm2.", "output.LayerNorm."),
        ],
        [("transform.", "cls.predictions.transform.dense."), ("norm.", "cls.predictions.transform.LayerNorm."), ("bias", "cls.predictions.bias"), ("span.", "qa_outputs.")]);

    /// <summary>Names of ViT and DeiT: vit.encoder.layer.0.attention.attention.query.weight, ….</summary>
    public static WeightNames Vit { get; } = new(
        ["vit.", "deit."],
        [
            ("attention.out.", "attention.output.dense."), ("attention.", "attention.attention."), ("norm1.", "layernorm_before."),
            ("linear1.", "intermediate.dense."), ("linear2.", "output.dense."), ("norm2.", "layernorm_after."),
        ],
        [("embeddings.projection.", "embeddings.patch_embeddings.projection."), ("encoder.norm.", "layernorm.")]);

    /// <summary>Their name of our path.</summary>
    public string Of(string path)
    {
        string prefix = Prefix(path), rest = path[prefix.Length..];
        return prefix + (Layer().Match(rest) is { Success: true } m
            ? $"encoder.layer.{m.Groups["index"].Value}.{Mapped(m.Groups["rest"].Value, _layer)}"
            : Mapped(rest, _elsewhere));
    }

    /// <summary>
    /// A name without what varies between checkpoints of one model: the model's prefix, LayerNorm.gamma and beta for weight and bias, the second
    /// name of a tied bias.
    /// </summary>
    internal string Canonical(string name)
    {
        name = name[Prefix(name).Length..];
        if (name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal)) return name[..^5] + "weight";
        if (name.EndsWith("LayerNorm.beta", StringComparison.Ordinal)) return name[..^4] + "bias";
        return name == "cls.predictions.decoder.bias" ? "cls.predictions.bias" : name;
    }

    /// <summary>True for what a checkpoint may hold beside parameters: counting buffers, and the table of words under its second name.</summary>
    internal static bool IsRedundant(string name) =>
        name.EndsWith(".position_ids", StringComparison.Ordinal) || name.EndsWith(".token_type_ids", StringComparison.Ordinal) || name == "cls.predictions.decoder.weight";

    private string Prefix(string name) => Array.Find(_prefixes, p => name.StartsWith(p, StringComparison.Ordinal)) ?? "";

    private static string Mapped(string path, (string Own, string Theirs)[] table)
    {
        foreach ((string own, string theirs) in table)
            if (path.StartsWith(own, StringComparison.Ordinal)) return theirs + path[own.Length..];
        return path;
    }

    [GeneratedRegex(@"^encoder\.(?<index>\d+)\.(?<rest>.+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Layer();
}
