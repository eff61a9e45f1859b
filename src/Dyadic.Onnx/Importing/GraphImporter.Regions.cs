using Dyadic.Ir;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Importing;

/// <summary>A graph inside a node.</summary>
/// <param name="Graph">The graph: inputs of its own, then those that stand for values around it. Its outputs are the values that <paramref name="Outputs"/> hold, in their order.</param>
/// <param name="Captured">The values around it.</param>
/// <param name="Outputs">What the names of its outputs stand for.</param>
internal sealed record Region(Graph Graph, IReadOnlyList<Value> Captured, IReadOnlyList<Operand> Outputs);

internal sealed partial class GraphImporter
{
    private readonly GraphImporter? _outer;
    private readonly List<Value> _captured = [];                    // values of the outer graph
    private readonly Dictionary<Value, Value> _inputs = [];         // the inputs of this one that stand for them

    /// <summary>A graph inside a node: with inputs of its own, and those values around it that it reads, which become its last inputs.</summary>
    /// <param name="proto">The graph.</param>
    /// <param name="own">Its own inputs.</param>
    /// <param name="inputs">What the names of its inputs stand for: own ones and values around it.</param>
    /// <param name="isInlined">Its nodes go into the place of the node: outputs need no names.</param>
    /// <exception cref="ImportRefusal">Something in it could not be imported; it has been reported.</exception>
    public Region ImportRegion(GraphProto proto, IReadOnlyList<Value> own, IReadOnlyList<Operand> inputs, bool isInlined)
    {
        int before = _problems.Count;
        NodeImport.RequireInputs(proto, inputs.Count);
        GraphImporter inner = new(proto, this);
        foreach (Value input in own) inner._inputs[input] = inner.Builder.Input(input.Name, input.Type);
        inner.DefineInitialisers();
        for (int i = 0; i < inputs.Count; i++) inner.Define(proto.Input[i].Name, inputs[i].With([.. inputs[i].Values.Select(inner.Captured)]));
        inner.ImportNodes();
        List<Operand> outputs = [];
        foreach (ValueInfoProto output in proto.Output) inner.Attempt(output.Name, "output", () => outputs.Add(inner.RegionOutput(output, isInlined)));
        if (_problems.Count > before) throw new RegionRefusal();
        return new(inner.Builder.Build(), inner._captured, outputs);
    }

    private Operand RegionOutput(ValueInfoProto output, bool isInlined)
    {
        Operand operand = Find(output.Name) ?? throw new ImportRefusal("nothing defines it");
        if (isInlined)
        {
            foreach (Value value in operand.Values) Builder.Output(value);
            return operand;
        }
        if (operand is Operand.Sizes) operand = Computed(output.Name, operand);
        CheckDeclared(output);
        operand = Named(output.Name, operand);
        foreach (Value value in operand.Values) Builder.Output(value);
        return operand;
    }

    /// <summary>What <paramref name="name"/> stands for, or null. What stands outside of a region becomes an input of it, constants come along.</summary>
    public Operand? Find(string name)
    {
        if (_operands.TryGetValue(name, out Operand? own)) return own;
        if (_outer?.Find(name) is not { } operand) return null;
        return _operands[name] = operand.With([.. operand.Values.Select(Captured)]);
    }

    private Value Captured(Value value)
    {
        if (value.Constant is { } data) return Builder.Constant(value.Name, data);
        if (_inputs.TryGetValue(value, out Value? known)) return known;
        _captured.Add(value);
        _inputs[value] = known = Builder.Input(value.Name, value.Type);
        Own(known);
        return known;
    }
}
