namespace Dyadic.Ir;

/// <summary>How the text of a graph is written and read.</summary>
public sealed record GraphTextOptions
{
    /// <summary>The defaults.</summary>
    internal static GraphTextOptions Default { get; } = new();

    /// <summary>In writing, constants of at most so many elements show them; others show a hash and lie beside the text. 32 by default.</summary>
    public int Inline { get; init; } = 32;

    /// <summary>In reading, the constants that the text names by a hash instead of showing their elements, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Constants { get; init; } = new Dictionary<string, Tensor>();

    /// <summary>The ops beside those of Dyadic that the text may name.</summary>
    public IReadOnlyList<OpForm> Ops { get; init; } = [];

    /// <summary>What reading may use; <see cref="LoadBudget.Current"/> unless given.</summary>
    public LoadBudget? Budget { get; init; }

    /// <summary>What errors call the text.</summary>
    public string Source { get; init; } = "text";
}
