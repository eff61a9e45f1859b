using Dyadic.Runtime;

namespace Dyadic;

/// <summary>
/// Different strings in ascending order of their code points. An element of a tensor of strings is a place in such a list, its code; so codes of one table are equal where
/// strings are, and ordered as they are.
/// </summary>
internal sealed class StringTable
{
    private const int ObjectBytes = 32;     // of a string beside its characters, and of the reference to it

    private readonly string[] _strings;
    private readonly RunMeter? _meter;
    private readonly long _bytes;

    private StringTable(string[] ascending, long bytes, RunMeter? meter) => (_strings, _bytes, _meter) = (ascending, bytes, meter);

    /// <summary>The memory no longer counts.</summary>
    ~StringTable() => _meter?.Return(_bytes);

    /// <summary>The empty string alone.</summary>
    public static StringTable OfEmpty { get; } = new([""], 0, null);

    /// <summary>How many there are.</summary>
    public int Count => _strings.Length;

    /// <summary>The string of a code.</summary>
    public string this[int code] => _strings[code];

    /// <summary>The strings, ascending.</summary>
    public ReadOnlySpan<string> Span => _strings;

    /// <summary>The table of some strings, and the code of each of them.</summary>
    /// <exception cref="BudgetException">They take more memory than the run under way may hold.</exception>
    public static (StringTable Table, int[] Codes) Of(ReadOnlySpan<string> values)
    {
        HashSet<string> different = new(StringComparer.Ordinal);
        foreach (string value in values) different.Add(value);
        string[] ascending = [.. different];
        Array.Sort(ascending, Compare);
        long bytes = ascending.Sum(s => ObjectBytes + ((long)s.Length * sizeof(char)));
        RunMeter? meter = RunMeter.Current;
        meter?.Rent(bytes);
        StringTable table = new(ascending, bytes, meter);
        return (table, table.CodesOf(values));
    }

    /// <summary>The code of each string, −1 where it is not in the table.</summary>
    public int[] CodesOf(ReadOnlySpan<string> values)
    {
        Dictionary<string, int> places = new(_strings.Length, StringComparer.Ordinal);
        for (int i = 0; i < _strings.Length; i++) places[_strings[i]] = i;
        int[] codes = new int[values.Length];
        for (int i = 0; i < codes.Length; i++) codes[i] = places.GetValueOrDefault(values[i], -1);
        return codes;
    }

    /// <summary>All strings of some tables, and for each table the places of its strings in the common one; null where these are its codes.</summary>
    public static (StringTable Table, int[]?[] Places) Union(IReadOnlyList<StringTable> tables)
    {
        if (tables.All(t => t == tables[0])) return (tables[0], new int[]?[tables.Count]);
        (StringTable table, _) = Of([.. tables.SelectMany(t => t._strings)]);
        return (table, [.. tables.Select(t => table.CodesOf(t._strings))]);
    }

    // UTF-16 sorts as code points do, but for surrogates, which stand for points above all others.
    private static int Compare(string a, string b)
    {
        int same = a.AsSpan().CommonPrefixLength(b);
        return same == a.Length || same == b.Length ? a.Length - b.Length : Rank(a[same]) - Rank(b[same]);
    }

    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
