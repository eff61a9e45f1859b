namespace Dyadic.Ir;

/// <summary>One application of an op in a graph. Immutable; may be shared by graphs.</summary>
/// <param name="name">Unique within a graph; survives import and export.</param>
/// <param name="op">The op with its attributes.</param>
/// <param name="inputs">What it reads.</param>
/// <param name="outputs">What it defines.</param>
public sealed class Node(string name, Op op, IReadOnlyList<Value> inputs, IReadOnlyList<Value> outputs)
{
    /// <summary>Unique within a graph.</summary>
    public string Name => name;

    /// <summary>The op with its attributes.</summary>
    public Op Op => op;

    /// <summary>What it reads.</summary>
    public IReadOnlyList<Value> Inputs => inputs;

    /// <summary>What it defines.</summary>
    public IReadOnlyList<Value> Outputs => outputs;

    /// <summary>The only output.</summary>
    public Value Output => outputs.Count == 1 ? outputs[0] : throw new InvalidOperationException($"Node '{name}' ({op.Name}) has {outputs.Count} outputs.");

    /// <summary>The same op on other inputs.</summary>
    public Node WithInputs(IReadOnlyList<Value> newInputs) => new(name, op, newInputs, outputs);

    /// <inheritdoc/>
    public override string ToString() => GraphPrinter.Of(this);
}
