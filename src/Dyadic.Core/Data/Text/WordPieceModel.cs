using System.Text;

namespace Dyadic.Data;

/// <summary>The longest token that starts the word, then the longest that continues it, …; one unknown token where that ends in nothing.</summary>
/// <remarks>Schuster and Nakajima 2012; Devlin et al. 2019. Tokens inside a word start with a prefix.</remarks>
internal sealed class WordPieceModel(Vocabulary vocabulary, string unknown = "[UNK]", string prefix = "##", int longestWord = 100) : TokenModel(vocabulary)
{
    private readonly int _unknown = vocabulary[unknown] ?? throw new ArgumentException($"the vocabulary lacks the unknown token '{unknown}'");
    private readonly int _longestToken = vocabulary.Entries.Max(e => e.Token.Length);

    public string Unknown => unknown;

    public string Prefix => prefix;

    public int LongestWord => longestWord;

    public override void Encode(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        int before = tokens.Count;
        if (!TryEncode(word, tokens))
        {
            tokens.RemoveRange(before, tokens.Count - before);
            tokens.Add(new(_unknown, 0, word.Length));
        }
    }

    private bool TryEncode(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        int runes = 0;
        foreach (Rune _ in word.EnumerateRunes()) runes++;
        if (runes > longestWord) return false;
        var ids = Vocabulary.Lookup;
        Span<char> scratch = new char[prefix.Length + word.Length];
        prefix.CopyTo(scratch);
        for (int start = 0; start < word.Length;)
        {
            int length = Math.Min(word.Length - start, _longestToken), id = -1;
            for (; length > 0; length--)
            {
                ReadOnlySpan<char> piece = word.Slice(start, length);
                if (start > 0)
                {
                    piece.CopyTo(scratch[prefix.Length..]);
                    piece = scratch[..(prefix.Length + length)];
                }
                if (ids.TryGetValue(piece, out id)) break;
            }
            if (length == 0) return false;
            tokens.Add(new(id, start, start + length));
            start += length;
        }
        return true;
    }

    public override string Decode(IEnumerable<string> tokens)
    {
        StringBuilder text = new();
        foreach (string token in tokens)
        {
            bool continues = text.Length > 0 && token.StartsWith(prefix, StringComparison.Ordinal);
            if (text.Length > 0 && !continues) text.Append(' ');
            text.Append(token, continues ? prefix.Length : 0, token.Length - (continues ? prefix.Length : 0));
        }
        // Blanks that the cutting at punctuation has made.
        foreach (string mark in (string[])[".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"]) text.Replace(" " + mark, mark);
        return text.Replace(" ' ", "'").ToString();
    }
}
