using System.Collections.Concurrent;
using System.Text;

namespace Dyadic.Data;

/// <summary>The symbols of a word, of which the pair of the lowest rank becomes one symbol until no pair has a rank.</summary>
/// <remarks>
/// Sennrich et al. 2016, §3.2. Symbols are bytes (Radford et al. 2019) or characters. A word of n symbols takes O(n log n), whatever it is.
/// </remarks>
internal sealed class BpeModel : TokenModel
{
    private const int CachedWord = 64, CachedWords = 1 << 16;

    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges = [];
    private readonly ConcurrentDictionary<string, WordToken[]> _cache = new(StringComparer.Ordinal);
    private readonly int? _unknown;
    private int _cached;

    /// <summary>A model.</summary>
    /// <param name="vocabulary">Symbols and what they become.</param>
    /// <param name="merges">Pairs by rank.</param>
    /// <param name="byteLevel">Whether symbols are bytes, in the characters of <see cref="ByteAlphabet"/>.</param>
    /// <param name="unknown">The token of a symbol that is none, or null to leave such symbols out.</param>
    /// <param name="prefix">Precedes every symbol but a word's first.</param>
    /// <param name="suffix">Follows a word's last symbol.</param>
    /// <exception cref="ArgumentException">A pair or what it becomes is not in the vocabulary.</exception>
    public BpeModel(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges, bool byteLevel, string? unknown = null, string prefix = "", string suffix = "")
        : base(vocabulary)
    {
        (Merges, ByteLevel, Unknown, Prefix, Suffix) = (merges, byteLevel, unknown, prefix, suffix);
        _unknown = unknown is null ? null : vocabulary[unknown] ?? throw new ArgumentException($"the vocabulary lacks the unknown token '{unknown}'");
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            string whole = left + (prefix.Length > 0 && right.StartsWith(prefix, StringComparison.Ordinal) ? right[prefix.Length..] : right);
            int Known(string token) => vocabulary[token] ?? throw new ArgumentException($"merge {rank} of '{left}' and '{right}' needs '{token}', which the vocabulary lacks");
            _merges.TryAdd((Known(left), Known(right)), (rank, Known(whole)));
        }
    }

    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    public bool ByteLevel { get; }

    public string? Unknown { get; }

    public string Prefix { get; }

    public string Suffix { get; }

    public override void Encode(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        if (word.Length > CachedWord)
        {
            tokens.AddRange(Merged(word));
            return;
        }
        string key = word.ToString();
        if (!_cache.TryGetValue(key, out WordToken[]? found))
        {
            found = Merged(word);
            if (_cached < CachedWords && _cache.TryAdd(key, found)) Interlocked.Increment(ref _cached);
        }
        tokens.AddRange(found);
    }

    public override string Decode(IEnumerable<string> tokens)
    {
        if (ByteLevel) return ByteAlphabet.Decode(string.Concat(tokens));
        if (Suffix.Length > 0) return string.Concat(tokens).Replace(Suffix, " ", StringComparison.Ordinal).TrimEnd(' ');
        if (Prefix.Length == 0) return string.Join(' ', tokens);
        return string.Concat(tokens.Select((t, i) => t.StartsWith(Prefix, StringComparison.Ordinal) ? t[Prefix.Length..] : i == 0 ? t : " " + t));
    }

    private WordToken[] Merged(ReadOnlySpan<char> word)
    {
        List<WordToken> symbols = Symbols(word);
        WordToken[] s = [.. symbols];
        int[] next = new int[s.Length], previous = new int[s.Length];
        bool[] gone = new bool[s.Length];
        PriorityQueue<(int Left, int Right, int LeftId, int RightId), (int Rank, int Place)> queue = new();
        void Offer(int left, int right)
        {
            if (left >= 0 && right < s.Length && _merges.TryGetValue((s[left].Id, s[right].Id), out (int Rank, int Id) merge))
                queue.Enqueue((left, right, s[left].Id, s[right].Id), (merge.Rank, left));
        }
        for (int i = 0; i < s.Length; i++)
        {
            (next[i], previous[i]) = (i + 1, i - 1);
            Offer(i, i + 1);
        }
        while (queue.TryDequeue(out (int Left, int Right, int LeftId, int RightId) pair, out _))
        {
            (int left, int right) = (pair.Left, pair.Right);
            if (gone[left] || gone[right] || s[left].Id != pair.LeftId || s[right].Id != pair.RightId) continue;    // one of them has changed since
            s[left] = new(_merges[(pair.LeftId, pair.RightId)].Id, s[left].Start, s[right].End);
            gone[right] = true;
            next[left] = next[right];
            if (next[right] < s.Length) previous[next[right]] = left;
            Offer(previous[left], left);
            Offer(left, next[left]);
        }
        return [.. s.Where((_, i) => !gone[i])];
    }

    private List<WordToken> Symbols(ReadOnlySpan<char> word)
    {
        List<WordToken> symbols = new(word.Length);
        Span<byte> bytes = stackalloc byte[4];
        for (int at = 0; at < word.Length;)
        {
            Rune.DecodeFromUtf16(word[at..], out Rune rune, out int length);
            if (ByteLevel)
            {
                foreach (byte b in bytes[..rune.EncodeToUtf8(bytes)]) Add(ByteAlphabet.Of(b).ToString(), at, at + length);
            }
            else
            {
                Add((at > 0 ? Prefix : "") + rune + (at + length == word.Length ? Suffix : ""), at, at + length);
            }
            at += length;
        }
        return symbols;

        void Add(string symbol, int start, int end)
        {
            if ((Vocabulary[symbol] ?? _unknown) is { } id) symbols.Add(new(id, start, end));
        }
    }
}
