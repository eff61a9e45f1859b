using Dyadic.Ir;

namespace Dyadic.Onnx.Importing;

/// <summary>What a name of the file stands for while its graph is imported.</summary>
internal abstract record Operand
{
    /// <summary>A value of the graph: an input, a constant or the result of a node.</summary>
    public sealed record Of(Value Value) : Operand;

    /// <summary>An int64 vector (or scalar) that holds sizes, some of them symbolic: the result of shape arithmetic. It never reaches the graph.</summary>
    public sealed record Sizes(Dim[] Dims, bool IsScalar) : Operand;

    /// <summary>The size −1 in a vector of sizes: whatever is left over.</summary>
    public static Dim Rest { get; } = Dim.Symbol("-1");

    /// <summary>A sequence of known length: a list of values. It never reaches the graph.</summary>
    public sealed record Sequence(IReadOnlyList<Value> Items) : Operand;

    /// <summary>An optional that holds nothing.</summary>
    public sealed record Absent : Operand;

    /// <summary>The result of a node that was refused: what depends on it is not reported again.</summary>
    public sealed record Broken : Operand;
}
