namespace Dyadic.Ir;

/// <summary>A text that is no graph; the message says where, what was expected and what was found.</summary>
/// <param name="source">What the text is called: a file, or a word for what has no name.</param>
/// <param name="line">The line, from 1 on.</param>
/// <param name="column">The column, from 1 on.</param>
/// <param name="reason">What was expected and what was found, or what is wrong.</param>
/// <param name="inner">What caused it.</param>
public sealed class GraphTextException(string source, int line, int column, string reason, Exception? inner = null)
    : DyadicException($"graph: {source}, line {line}, column {column}: {reason.TrimEnd('.')}. See docs/graph-text.md.", inner)
{
    /// <summary>The line, from 1 on.</summary>
    public int Line => line;

    /// <summary>The column, from 1 on.</summary>
    public int Column => column;

    /// <summary>What was expected and what was found, or what is wrong.</summary>
    public string Reason => reason;
}
