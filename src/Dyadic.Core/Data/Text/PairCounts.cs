namespace Dyadic.Data;

/// <summary>How often neighbouring symbols occur in counted words, kept up to date while pairs become symbols.</summary>
internal sealed class PairCounts
{
    private readonly List<string> _symbols = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<(List<int> Symbols, int Count)> _words = [];
    private readonly Dictionary<(int Left, int Right), long> _counts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _wordsOf = [];
    private readonly Func<string, string, string> _whole;
    private readonly List<(string Left, string Right)> _merges = [];
    private int _first;     // symbols in front of it are special and take part in nothing

    /// <summary>Counts that start with some symbols.</summary>
    /// <param name="start">Symbols that exist whether they occur or not.</param>
    /// <param name="whole">What two symbols become.</param>
    public PairCounts(IReadOnlyList<string> start, Func<string, string, string> whole)
    {
        _whole = whole;
        foreach (string symbol in start) Id(symbol);
        _first = _symbols.Count;
    }

    /// <summary>All symbols, by number.</summary>
    public IReadOnlyList<string> Symbols => _symbols;

    /// <summary>The pairs that became symbols, in order.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges => _merges;

    /// <summary>Adds a word that occurs <paramref name="count"/> times.</summary>
    public void AddWord(IReadOnlyList<string> symbols, int count) => _words.Add(([.. symbols.Select(Id)], count));

    /// <summary>Makes symbols of the most frequent pairs until there are <paramref name="size"/> symbols or no pair occurs often enough.</summary>
    public void Merge(int size, int atLeast)
    {
        Renumber();
        for (int w = 0; w < _words.Count; w++) Count(w, sign: 1);
        // Counts in the queue may be too high by now; the true one is looked up when a pair comes up.
        PriorityQueue<((int Left, int Right) Pair, long Count), (long, int, int)> queue = new();
        foreach (((int Left, int Right) pair, long count) in _counts) Offer(pair, count);
        while (_symbols.Count < size && queue.TryDequeue(out ((int Left, int Right) Pair, long Count) best, out _))
        {
            long now = _counts.GetValueOrDefault(best.Pair);
            if (now != best.Count)
            {
                Offer(best.Pair, now);
                continue;
            }
            (string left, string right) = (_symbols[best.Pair.Left], _symbols[best.Pair.Right]);
            int whole = Id(_whole(left, right));
            _merges.Add((left, right));
            HashSet<(int Left, int Right)> changed = [];
            foreach (int w in _wordsOf[best.Pair].Order().ToArray())
            {
                Count(w, sign: -1);
                Replace(_words[w].Symbols, best.Pair, whole);
                Count(w, sign: 1, changed);
            }
            foreach ((int Left, int Right) pair in changed) Offer(pair, _counts.GetValueOrDefault(pair));
        }

        void Offer((int Left, int Right) pair, long count)
        {
            if (count >= Math.Max(1, atLeast)) queue.Enqueue((pair, count), (-count, pair.Left, pair.Right));
        }
    }

    // Symbols of the words in the order of their characters.
    private void Renumber()
    {
        string[] given = [.. _symbols.Skip(_first).Order(StringComparer.Ordinal)];
        int[] now = new int[_symbols.Count];
        for (int i = 0; i < _first; i++) now[i] = i;
        for (int i = 0; i < given.Length; i++) now[_ids[given[i]]] = _first + i;
        _symbols.RemoveRange(_first, given.Length);
        _symbols.AddRange(given);
        for (int i = 0; i < _symbols.Count; i++) _ids[_symbols[i]] = i;
        foreach ((List<int> symbols, _) in _words)
            for (int i = 0; i < symbols.Count; i++) symbols[i] = now[symbols[i]];
    }

    private void Count(int word, int sign, HashSet<(int Left, int Right)>? seen = null)
    {
        (List<int> symbols, int count) = _words[word];
        for (int i = 1; i < symbols.Count; i++)
        {
            (int, int) pair = (symbols[i - 1], symbols[i]);
            _counts[pair] = _counts.GetValueOrDefault(pair) + (sign * (long)count);
            if (!_wordsOf.TryGetValue(pair, out HashSet<int>? words)) _wordsOf[pair] = words = [];
            if (sign > 0) words.Add(word);
            else words.Remove(word);
            seen?.Add(pair);
        }
    }

    private static void Replace(List<int> symbols, (int Left, int Right) pair, int whole)
    {
        int to = 0;
        for (int i = 0; i < symbols.Count; i++)
        {
            bool both = i + 1 < symbols.Count && symbols[i] == pair.Left && symbols[i + 1] == pair.Right;
            symbols[to++] = both ? whole : symbols[i];
            if (both) i++;
        }
        symbols.RemoveRange(to, symbols.Count - to);
    }

    private int Id(string symbol)
    {
        if (_ids.TryGetValue(symbol, out int id)) return id;
        _symbols.Add(symbol);
        return _ids[symbol] = _symbols.Count - 1;
    }
}
