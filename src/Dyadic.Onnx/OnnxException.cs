namespace Dyadic.Onnx;

/// <summary>One reason why a file cannot be imported or a graph cannot be exported.</summary>
/// <param name="Node">The node's name, or that of its first output; of a value or initialiser where no node is to blame.</param>
/// <param name="Operator">The operator, as ONNX names it; "initialiser", "input" or "output" where no node is to blame.</param>
/// <param name="Opset">The version of the operator set, 0 where none applies.</param>
/// <param name="Reason">What is wrong and what would be accepted.</param>
public sealed record OnnxProblem(string Node, string Operator, int Opset, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => Opset > 0 ? $"'{Node}' {Operator} (opset {Opset}, {Reason})" : $"'{Node}' {Operator} ({Reason})";
}

/// <summary>A file that cannot be imported or a graph that cannot be exported, with every problem found.</summary>
public sealed class OnnxException : DyadicException
{
    private const int Shown = 8;

    /// <summary>A file that cannot be read at all.</summary>
    public OnnxException(string file, string reason, Exception? inner = null) : base($"onnx: {file}: {reason}", inner) => (File, Problems) = (file, []);

    /// <summary>A file or graph of which parts cannot be converted.</summary>
    public OnnxException(string file, IReadOnlyList<OnnxProblem> problems, string verb = "imported", Exception? inner = null)
        : base(TextOf(file, problems, verb), inner) => (File, Problems) = (file, problems);

    /// <summary>The file, or a word for what has no name.</summary>
    public string File { get; }

    /// <summary>All problems, in the order of the file; empty when the file could not be read at all.</summary>
    public IReadOnlyList<OnnxProblem> Problems { get; }

    private static string TextOf(string file, IReadOnlyList<OnnxProblem> problems, string verb)
    {
        string list = string.Join("; ", problems.Take(Shown));
        string rest = problems.Count > Shown ? $"; and {problems.Count - Shown} more" : "";
        return $"onnx: {file}: {problems.Count} {(problems.Count == 1 ? "node" : "nodes")} cannot be {verb}: {list}{rest}. See docs/onnx.md.";
    }
}
