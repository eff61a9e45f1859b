using System.Text;

namespace Dyadic.Data;

/// <summary>The tokens of a model and their numbers.</summary>
public sealed class Vocabulary
{
    /// <summary>The largest number of a token: bounds the rows of an embedding that a hostile file can ask for.</summary>
    public const int LargestId = (1 << 24) - 1;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _tokens = [];

    /// <summary>The given tokens, numbered from 0.</summary>
    /// <exception cref="ArgumentException">A token occurs twice.</exception>
    public Vocabulary(IEnumerable<string> tokens)
    {
        foreach (string token in tokens) Add(token, Count);
    }

    /// <summary>One more than the largest number.</summary>
    public int Count { get; private set; }

    /// <summary>The number of a token, or null.</summary>
    public int? this[string token] => _ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>The token of a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No token has it.</exception>
    public string Token(int id) => _tokens.TryGetValue(id, out string? token)
        ? token
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"No token has the number {id}; the largest is {Count - 1}.");

    /// <summary>All tokens with their numbers, by number.</summary>
    public IEnumerable<(string Token, int Id)> Entries => _tokens.OrderBy(t => t.Key).Select(t => (t.Value, t.Key));

    /// <summary>The tokens of a vocab.txt: one a line, numbered from 0.</summary>
    /// <exception cref="InvalidDataException">The file is not UTF-8, or a token occurs twice.</exception>
    public static Vocabulary ReadLines(string path) => DataFile.Read(path, stream =>
    {
        using StreamReader reader = new(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        List<string> tokens = [];
        while (reader.ReadLine() is { } line)
        {
            DataFile.Check(tokens.Count <= LargestId, path, $"has more than {LargestId} tokens");
            tokens.Add(line.TrimEnd('\r'));
        }
        DataFile.Check(tokens.Count > 0, path, $"holds no tokens");
        return new Vocabulary(tokens);
    });

    internal void Add(string token, int id)
    {
        Ensure.Argument(id is >= 0 and <= LargestId, $"the token '{token}' has the number {id}, outside 0 … {LargestId}");
        Ensure.Argument(_ids.TryAdd(token, id) && _tokens.TryAdd(id, token), $"the token '{token}' or its number {id} occurs twice");
        Count = Math.Max(Count, id + 1);
    }

    /// <summary>Numbers of tokens by their characters, without a string.</summary>
    internal Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> Lookup => _ids.GetAlternateLookup<ReadOnlySpan<char>>();
}
