using System.Globalization;
using System.Text;

namespace Dyadic.Data;

/// <summary>Cuts a text into words, inside which a model finds its tokens.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Adds the words of <paramref name="text"/> as [start, end), from left to right.</summary>
    public abstract void Split(string text, List<(int Start, int End)> words);

    /// <summary>A blank is put in front of a text that does not start with one.</summary>
    public virtual bool AddsPrefixSpace => false;

    protected static Rune RuneAt(string text, int at, out int length)
    {
        Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out length);
        return rune;
    }

    /// <summary>The end of the runes from <paramref name="at"/> on that fit.</summary>
    protected static int Run(string text, int at, Func<Rune, bool> fits)
    {
        while (at < text.Length && fits(RuneAt(text, at, out int length))) at += length;
        return at;
    }
}

/// <summary>White space separates; every punctuation mark is a word of its own.</summary>
internal sealed class BertPreTokenizer : PreTokenizer
{
    public override void Split(string text, List<(int Start, int End)> words)
    {
        for (int at = 0; at < text.Length;)
        {
            Rune rune = RuneAt(text, at, out int length);
            int end = Rune.IsWhiteSpace(rune) || IsPunctuation(rune) ? at + length : Run(text, at, r => !Rune.IsWhiteSpace(r) && !IsPunctuation(r));
            if (!Rune.IsWhiteSpace(rune)) words.Add((at, end));
            at = end;
        }
    }

    // Every ASCII sign that is no letter, digit or blank counts, "$" and "^" too.
    private static bool IsPunctuation(Rune r) => r.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126) || Rune.IsPunctuation(r);
}

/// <summary>White space separates; with <paramref name="signs"/> letters and digits are cut from other signs.</summary>
internal sealed class WhitespacePreTokenizer(bool signs) : PreTokenizer
{
    public bool Signs => signs;

    public override void Split(string text, List<(int Start, int End)> words)
    {
        for (int at = 0; at < text.Length;)
        {
            Rune rune = RuneAt(text, at, out int length);
            if (Rune.IsWhiteSpace(rune))
            {
                at += length;
                continue;
            }
            bool word = IsWord(rune);
            int end = Run(text, at, r => !Rune.IsWhiteSpace(r) && (!signs || IsWord(r) == word));
            words.Add((at, end));
            at = end;
        }
    }

    // \w
    private static bool IsWord(Rune r) => Rune.IsLetterOrDigit(r) || Rune.GetUnicodeCategory(r)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.LetterNumber;
}

/// <summary>GPT-2's pattern: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+; nothing of the text is lost.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool cuts = true) : PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    public override bool AddsPrefixSpace => addPrefixSpace;

    public bool Cuts => cuts;

    public override void Split(string text, List<(int Start, int End)> words)
    {
        for (int at = 0; at < text.Length;)
        {
            int end = cuts ? Next(text, at) : text.Length;
            words.Add((at, end));
            at = end;
        }
    }

    private static int Next(string text, int at)
    {
        foreach (string c in Contractions)
            if (text.AsSpan(at).StartsWith(c, StringComparison.Ordinal)) return at + c.Length;
        int from = text[at] == ' ' ? at + 1 : at;
        if (from < text.Length && RuneAt(text, from, out _) is var first && !Rune.IsWhiteSpace(first))
            return Rune.IsLetter(first) ? Run(text, from, Rune.IsLetter) : Rune.IsNumber(first) ? Run(text, from, Rune.IsNumber) : Run(text, from, IsOther);
        int end = Run(text, at, Rune.IsWhiteSpace);
        return end == text.Length || end == at + 1 ? end : end - 1;      // the last blank belongs to the word behind it; white space lies in the first plane
    }

    private static bool IsOther(Rune r) => !Rune.IsWhiteSpace(r) && !Rune.IsLetter(r) && !Rune.IsNumber(r);
}
