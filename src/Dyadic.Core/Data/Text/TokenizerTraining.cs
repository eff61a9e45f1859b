using System.Text;

namespace Dyadic.Data;

/// <summary>
/// Vocabularies from a corpus: start with single symbols, and again and again make one symbol of the pair that occurs most. Equal corpora give
/// equal vocabularies; among equal counts the pair of the older symbols comes first.
/// </summary>
/// <remarks>Sennrich et al. 2016, Algorithm 1, over counted words.</remarks>
public static class TokenizerTraining
{
    /// <summary>BERT's special tokens, in its order.</summary>
    public static IReadOnlyList<string> BertSpecials { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>A WordPiece tokenizer with at most <paramref name="size"/> tokens, the special ones first.</summary>
    /// <param name="texts">The corpus.</param>
    /// <param name="size">The most tokens; fewer where no pair occurs often enough, more where there are more symbols.</param>
    /// <param name="lowercase">Whether text becomes lower-case and loses its accents.</param>
    /// <param name="atLeast">How often a pair must occur.</param>
    public static Tokenizer WordPiece(IEnumerable<string> texts, int size, bool lowercase = true, int atLeast = 2)
    {
        const string prefix = "##";
        TextNormalizer normalizer = TextNormalizer.Bert with { Lowercase = lowercase, StripAccents = lowercase };
        PairCounts pairs = new(BertSpecials, whole: (a, b) => a + b[prefix.Length..]);
        foreach ((string word, int count) in Words(texts, normalizer, new BertPreTokenizer()))
        {
            string[] symbols = [.. word.EnumerateRunes().Select(r => r.ToString())];
            if (symbols.Length > 100) continue;                                     // such a word is unknown to the model anyway
            for (int i = 1; i < symbols.Length; i++) symbols[i] = prefix + symbols[i];
            pairs.AddWord(symbols, count);
        }
        pairs.Merge(size, atLeast);
        return Tokenizer.WordPiece(new Vocabulary(pairs.Symbols), lowercase);
    }

    /// <summary>A byte-level tokenizer with at most <paramref name="size"/> tokens: the special ones, all 256 bytes, then what pairs became.</summary>
    /// <param name="texts">The corpus.</param>
    /// <param name="size">The most tokens.</param>
    /// <param name="specials">Tokens found in a text before it is cut.</param>
    /// <param name="atLeast">How often a pair must occur.</param>
    public static Tokenizer ByteLevel(IEnumerable<string> texts, int size, IReadOnlyList<string>? specials = null, int atLeast = 2)
    {
        specials ??= ["<|endoftext|>"];
        PairCounts pairs = new([.. specials, .. ByteAlphabet.All.Order().Select(c => c.ToString())], whole: (a, b) => a + b);
        foreach ((string word, int count) in Words(texts, TextNormalizer.None, new ByteLevelPreTokenizer(addPrefixSpace: false)))
            pairs.AddWord([.. Encoding.UTF8.GetBytes(word).Select(b => ByteAlphabet.Of(b).ToString())], count);
        pairs.Merge(size, atLeast);
        return Tokenizer.ByteLevel(new Vocabulary(pairs.Symbols), pairs.Merges, [.. specials.Select((token, id) => new AddedToken(token, id))]);
    }

    // Words and how often they occur, in the order of their characters, so that symbols have the same numbers each time.
    private static IEnumerable<(string Word, int Count)> Words(IEnumerable<string> texts, TextNormalizer normalizer, PreTokenizer words)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        List<(int Start, int End)> places = [];
        foreach (string text in texts)
        {
            string normal = normalizer.Normalize(text);
            places.Clear();
            words.Split(normal, places);
            foreach ((int start, int end) in places)
            {
                ReadOnlySpan<char> word = normal.AsSpan(start, end - start);
                lookup[word] = lookup.TryGetValue(word, out int count) ? count + 1 : 1;
            }
        }
        return counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key, c.Value));
    }
}
