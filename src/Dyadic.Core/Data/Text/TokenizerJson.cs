using System.Text.Json;

namespace Dyadic.Data;

/// <summary>The members of a tokenizer.json. Reading throws what <see cref="DataFile.Guard{T}"/> turns into an error that names the file.</summary>
internal static class TokenizerJson
{
    public static Tokenizer Read(JsonElement root)
    {
        JsonElement model = Required(root, "model");
        PreTokenizer words = PreTokenizer(Optional(root, "pre_tokenizer"));
        TokenModel tokens = Model(model, words is ByteLevelPreTokenizer);
        List<AddedToken> added = Optional(root, "added_tokens") is { } list ? [.. list.EnumerateArray().Select(Added)] : [];
        int? padding = Optional(root, "padding") is { } p && p.TryGetProperty("pad_id", out JsonElement id) ? id.GetInt32() : null;
        Template template = Optional(root, "post_processor") is { } processor ? PostProcessor(processor) : Template.None;
        foreach (int known in template.Single.Concat(template.Pair).Where(t => t.Sequence < 0).Select(t => t.Id).Concat(padding is { } pad ? [pad] : []))
            if (added.TrueForAll(a => a.Id != known)) tokens.Vocabulary.Token(known);
        return new(Normalizer(Optional(root, "normalizer")), words, tokens, template, added, padding);
    }

    /// <summary>An object of tokens and numbers.</summary>
    public static Vocabulary Vocabulary(JsonElement json)
    {
        Vocabulary result = new([]);
        foreach (JsonProperty entry in json.EnumerateObject()) result.Add(entry.Name, entry.Value.GetInt32());
        return result;
    }

    /// <summary>Two tokens with a blank between them.</summary>
    public static (string Left, string Right) Pair(string line)
    {
        string[] parts = line.Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw new FormatException($"the merge '{line}' is no pair");
    }

    private static TokenModel Model(JsonElement model, bool byteLevel)
    {
        // Files of older versions of the library do not name the type.
        string type = Optional(model, "type")?.GetString() ?? (model.TryGetProperty("merges", out _) ? "BPE" : "WordPiece");
        string Text(string name, string otherwise) => Optional(model, name)?.GetString() ?? otherwise;
        switch (type)
        {
            case "WordPiece":
                return new WordPieceModel(
                    Vocabulary(Required(model, "vocab")), Text("unk_token", "[UNK]"), Text("continuing_subword_prefix", "##"), Optional(model, "max_input_chars_per_word")?.GetInt32() ?? 100);
            case "BPE":
                if (Optional(model, "dropout") is { } dropout && dropout.GetDouble() != 0) throw new NotSupportedException("BPE with dropout is not supported");
                List<(string, string)> merges = [.. Required(model, "merges").EnumerateArray().Select(m => m.ValueKind == JsonValueKind.Array ? (m[0].GetString()!, m[1].GetString()!) : Pair(m.GetString()!))];
                return new BpeModel(
                    Vocabulary(Required(model, "vocab")), merges, byteLevel, Optional(model, "unk_token")?.GetString(), Text("continuing_subword_prefix", ""), Text("end_of_word_suffix", ""));
            default:
                throw new NotSupportedException($"the model '{type}' is not supported; WordPiece and BPE are");
        }
    }

    private static TextNormalizer Normalizer(JsonElement? json)
    {
        if (json is not { } normalizer) return TextNormalizer.None;
        switch (Type(normalizer))
        {
            case "BertNormalizer":
                bool lower = Flag(normalizer, "lowercase", true);
                return new(Flag(normalizer, "clean_text", true), Flag(normalizer, "handle_chinese_chars", true), Flag(normalizer, "strip_accents", lower), lower);
            case "Lowercase":
                return TextNormalizer.None with { Lowercase = true };
            case "Sequence":
                JsonElement[] parts = [.. Required(normalizer, "normalizers").EnumerateArray()];
                // Decomposition is supported only where the accents that it splits off are removed.
                bool strips = parts.Any(p => Type(p) == "StripAccents") && parts.Any(p => Type(p) == "NFD");
                TextNormalizer result = TextNormalizer.None with { StripAccents = strips };
                foreach (JsonElement part in parts.Where(p => !strips || Type(p) is not ("NFD" or "StripAccents")))
                {
                    TextNormalizer one = Normalizer(part);
                    result = new(result.Clean || one.Clean, result.SpaceIdeographs || one.SpaceIdeographs, result.StripAccents || one.StripAccents, result.Lowercase || one.Lowercase);
                }
                return result;
            case var other:
                throw new NotSupportedException($"the normalizer '{other}' is not supported; BertNormalizer, Lowercase, and NFD with StripAccents are");
        }
    }

    private static PreTokenizer PreTokenizer(JsonElement? json) => json is not { } words ? new WhitespacePreTokenizer(signs: false) : Type(words) switch
    {
        "BertPreTokenizer" => new BertPreTokenizer(),
        "ByteLevel" => new ByteLevelPreTokenizer(Flag(words, "add_prefix_space", true), Flag(words, "use_regex", true)),
        "Whitespace" => new WhitespacePreTokenizer(signs: true),
        "WhitespaceSplit" => new WhitespacePreTokenizer(signs: false),
        "Sequence" when Required(words, "pretokenizers") is var parts && parts.GetArrayLength() == 1 => PreTokenizer(parts[0]),
        var other => throw new NotSupportedException($"the pre-tokenizer '{other}' is not supported; BertPreTokenizer, ByteLevel, Whitespace and WhitespaceSplit are"),
    };

    private static Template PostProcessor(JsonElement processor)
    {
        switch (Type(processor))
        {
            case "TemplateProcessing":
                Dictionary<string, int> specials = Required(processor, "special_tokens").EnumerateObject().ToDictionary(s => s.Name, s => Only(Required(s.Value, "ids"), s.Name));
                return new(Pieces(Required(processor, "single"), specials, 1), Pieces(Required(processor, "pair"), specials, 2));
            case "BertProcessing":
                return Template.Bert(Required(processor, "cls")[1].GetInt32(), Required(processor, "sep")[1].GetInt32());
            case "RobertaProcessing":
                return Template.Roberta(Required(processor, "cls")[1].GetInt32(), Required(processor, "sep")[1].GetInt32());
            case "ByteLevel":
                return Template.None;
            case "Sequence":
                JsonElement[] parts = [.. Required(processor, "processors").EnumerateArray().Where(p => Type(p) != "ByteLevel")];
                return parts.Length switch { 0 => Template.None, 1 => PostProcessor(parts[0]), _ => throw new NotSupportedException("several post-processors are not supported") };
            case var other:
                throw new NotSupportedException($"the post-processor '{other}' is not supported");
        }
    }

    private static TemplatePiece[] Pieces(JsonElement list, Dictionary<string, int> specials, int sequences)
    {
        TemplatePiece[] pieces = [.. list.EnumerateArray().Select(Piece)];
        if (!pieces.Where(p => p.Sequence >= 0).Select(p => p.Sequence).SequenceEqual(Enumerable.Range(0, sequences))) throw new FormatException($"a template does not name its {sequences} sequences once each and in order");
        return pieces;

        TemplatePiece Piece(JsonElement json)
        {
            if (json.TryGetProperty("Sequence", out JsonElement sequence)) return new(Required(sequence, "id").GetString() == "A" ? 0 : 1, 0, TypeId(sequence));
            JsonElement special = Required(json, "SpecialToken");
            string name = Required(special, "id").GetString()!;
            return specials.TryGetValue(name, out int id) ? new(-1, id, TypeId(special)) : throw new FormatException($"the template's '{name}' is no special token");
        }
    }

    private static int TypeId(JsonElement json) => Required(json, "type_id").GetInt32();

    private static int Only(JsonElement ids, string name) => ids.GetArrayLength() == 1 ? ids[0].GetInt32() : throw new NotSupportedException($"the special token '{name}' is several tokens");

    private static AddedToken Added(JsonElement json)
    {
        AddedToken token = new(
            Required(json, "content").GetString()!, Required(json, "id").GetInt32(), Flag(json, "special", false), Flag(json, "lstrip", false), Flag(json, "rstrip", false), Flag(json, "single_word", false));
        return token.Id is >= 0 and <= Data.Vocabulary.LargestId && token.Content.Length > 0 ? token : throw new FormatException($"the added token '{token.Content}' has the number {token.Id}");
    }

    private static JsonElement Required(JsonElement json, string name) => Optional(json, name) ?? throw new FormatException($"'{name}' is missing");

    private static JsonElement? Optional(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool Flag(JsonElement json, string name, bool otherwise) => Optional(json, name)?.GetBoolean() ?? otherwise;

    private static string Type(JsonElement json) => Required(json, "type").GetString() ?? "";
}
