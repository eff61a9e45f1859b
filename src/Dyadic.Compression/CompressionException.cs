namespace Dyadic.Compression;

/// <summary>A graph that cannot be compressed as wanted; the message names the nodes.</summary>
/// <param name="message">What, which nodes, and what to try.</param>
/// <param name="nodes">The nodes that have no integer form, if that is the reason.</param>
public sealed class CompressionException(string message, IReadOnlyList<string>? nodes = null) : DyadicException(message)
{
    /// <summary>The nodes that have no integer form, each with its reason; empty when something else is wrong.</summary>
    public IReadOnlyList<string> Nodes { get; } = nodes ?? [];
}
