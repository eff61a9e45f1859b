using Dyadic.Ir;

namespace Dyadic.Onnx.Importing;

/// <summary>What a name of the file stands for while its graph is imported.</summary>
internal abstract record Operand
{
    /// <summary>The values of the graph that it holds.</summary>
    public virtual IReadOnlyList<Value> Values => [];

    /// <summary>The same with as many other values.</summary>
    public virtual Operand With(ReadOnlySpan<Value> values) => this;

    /// <summary>A value of the graph: an input, a constant or the result of a node.</summary>
    public sealed record Of(Value Value) : Operand
    {
        public override IReadOnlyList<Value> Values => [Value];

        public override Operand With(ReadOnlySpan<Value> values) => new Of(values[0]);
    }

    /// <summary>An int64 vector (or scalar) that holds sizes, some of them symbolic: the result of shape arithmetic. It never reaches the graph.</summary>
    public sealed record Sizes(Dim[] Dims, bool IsScalar) : Operand;

    /// <summary>The size −1 in a vector of sizes: whatever is left over.</summary>
    public static Dim Rest { get; } = Dim.Symbol("-1");

    /// <summary>A sequence of known length: a list of values. It never reaches the graph.</summary>
    public sealed record Sequence(IReadOnlyList<Value> Items) : Operand
    {
        public override IReadOnlyList<Value> Values => Items;

        public override Operand With(ReadOnlySpan<Value> values) => new Sequence(values.ToArray());
    }

    /// <summary>A sequence of which only a run knows the length, of items of one type: the slices of a tensor along its first axis.</summary>
    public sealed record Stack(Value Items) : Operand
    {
        public override IReadOnlyList<Value> Values => [Items];

        public override Operand With(ReadOnlySpan<Value> values) => new Stack(values[0]);
    }

    /// <summary>What it is, for errors.</summary>
    public string Kind => this switch
    {
        Stack => "a sequence of unknown length",
        Sequence => $"a sequence of {Values.Count} items",
        Absent => "an optional that holds nothing",
        _ => "a tensor",
    };

    /// <summary>True when both hold as many values in the same way.</summary>
    public static bool IsLike(Operand a, Operand b) => a.GetType() == b.GetType() && a.Values.Count == b.Values.Count;

    /// <summary>Operands like these, one after the other, with other values.</summary>
    public static Operand[] Like(IEnumerable<Operand> operands, ReadOnlySpan<Value> values)
    {
        List<Operand> like = [];
        foreach (Operand operand in operands)
        {
            like.Add(operand.With(values[..operand.Values.Count]));
            values = values[operand.Values.Count..];
        }
        return [.. like];
    }

    /// <summary>An optional that holds nothing.</summary>
    public sealed record Absent : Operand;

    /// <summary>The result of a node that was refused: what depends on it is not reported again.</summary>
    public sealed record Broken : Operand;
}
