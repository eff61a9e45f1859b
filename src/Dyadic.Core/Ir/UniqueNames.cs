namespace Dyadic.Ir;

/// <summary>Names that are taken, and new ones that are not: "a", "a_1", "a_2", …. Many of the same name take no longer than others.</summary>
public sealed class UniqueNames
{
    private readonly HashSet<string> _taken = [];
    private readonly Dictionary<string, int> _next = [];

    /// <summary>Takes a name, whether it is free or not.</summary>
    public void Take(string name) => _taken.Add(name);

    /// <summary>Takes many names.</summary>
    public void Take(IEnumerable<string> names) => _taken.UnionWith(names);

    /// <summary>Takes the wanted name, or the first free one after it.</summary>
    public string New(string wanted)
    {
        string candidate = wanted;
        int i = _next.GetValueOrDefault(wanted, 1);
        for (; !_taken.Add(candidate); i++) candidate = $"{wanted}_{i}";
        _next[wanted] = i;
        return candidate;
    }
}
