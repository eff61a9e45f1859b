using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dyadic.Data;

/// <summary>Writes what <see cref="TokenizerJson"/> reads.</summary>
internal static class TokenizerJsonWriter
{
    public static void Write(Stream stream, Tokenizer tokenizer)
    {
        using Utf8JsonWriter json = new(stream, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in tokenizer.Added)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.StripLeft);
            json.WriteBoolean("rstrip", token.StripRight);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteNormalizer(json, tokenizer.Normalizer);
        WriteWords(json, tokenizer.Words);
        WriteTemplate(json, tokenizer);
        WriteModel(json, tokenizer.Model);
        json.WriteEndObject();
    }

    private static void WriteNormalizer(Utf8JsonWriter json, TextNormalizer normalizer)
    {
        if (normalizer == TextNormalizer.None) return;
        json.WriteStartObject("normalizer");
        json.WriteString("type", "BertNormalizer");
        json.WriteBoolean("clean_text", normalizer.Clean);
        json.WriteBoolean("handle_chinese_chars", normalizer.SpaceIdeographs);
        json.WriteBoolean("strip_accents", normalizer.StripAccents);
        json.WriteBoolean("lowercase", normalizer.Lowercase);
        json.WriteEndObject();
    }

    private static void WriteWords(Utf8JsonWriter json, PreTokenizer words)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", words switch { BertPreTokenizer => "BertPreTokenizer", ByteLevelPreTokenizer => "ByteLevel", WhitespacePreTokenizer { Signs: true } => "Whitespace", _ => "WhitespaceSplit" });
        if (words is ByteLevelPreTokenizer bytes)
        {
            json.WriteBoolean("add_prefix_space", bytes.AddsPrefixSpace);
            json.WriteBoolean("trim_offsets", false);
            json.WriteBoolean("use_regex", bytes.Cuts);
        }
        json.WriteEndObject();
        if (words is not ByteLevelPreTokenizer) return;
        json.WriteStartObject("decoder");
        json.WriteString("type", "ByteLevel");
        json.WriteEndObject();
    }

    private static void WriteTemplate(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        if (tokenizer.Template == Template.None) return;
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        foreach ((string name, IReadOnlyList<TemplatePiece> pieces) in ((string, IReadOnlyList<TemplatePiece>)[])[("single", tokenizer.Template.Single), ("pair", tokenizer.Template.Pair)])
        {
            json.WriteStartArray(name);
            foreach (TemplatePiece piece in pieces)
            {
                json.WriteStartObject();
                json.WriteStartObject(piece.Sequence < 0 ? "SpecialToken" : "Sequence");
                json.WriteString("id", piece.Sequence < 0 ? tokenizer.Token(piece.Id) : piece.Sequence == 0 ? "A" : "B");
                json.WriteNumber("type_id", piece.Type);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteStartObject("special_tokens");
        foreach (int id in tokenizer.Template.Pair.Concat(tokenizer.Template.Single).Where(p => p.Sequence < 0).Select(p => p.Id).Distinct())
        {
            string token = tokenizer.Token(id);
            json.WriteStartObject(token);
            json.WriteString("id", token);
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, TokenModel model)
    {
        if (model is UnigramModel) throw new NotSupportedException("Tokenizer: pieces with probabilities are kept in the file that they were read from. Copy that file.");
        json.WriteStartObject("model");
        if (model is WordPieceModel wordPiece)
        {
            json.WriteString("type", "WordPiece");
            json.WriteString("unk_token", wordPiece.Unknown);
            json.WriteString("continuing_subword_prefix", wordPiece.Prefix);
            json.WriteNumber("max_input_chars_per_word", wordPiece.LongestWord);
        }
        json.WriteStartObject("vocab");
        foreach ((string token, int id) in model.Vocabulary.Entries) json.WriteNumber(token, id);
        json.WriteEndObject();
        if (model is BpeModel bpe)
        {
            json.WriteString("type", "BPE");
            if (bpe.Unknown is not null) json.WriteString("unk_token", bpe.Unknown);
            json.WriteString("continuing_subword_prefix", bpe.Prefix);
            json.WriteString("end_of_word_suffix", bpe.Suffix);
            json.WriteStartArray("merges");
            foreach ((string left, string right) in bpe.Merges)
            {
                json.WriteStartArray();
                json.WriteStringValue(left);
                json.WriteStringValue(right);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
