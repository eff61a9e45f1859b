using Dyadic.Ir;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Importing;

internal sealed partial class NodeImport
{
    /// <summary>A graph inside this node, with inputs of these types.</summary>
    /// <exception cref="ImportRefusal">Something in it could not be imported; it has been reported.</exception>
    public Region Region(GraphProto proto, params IReadOnlyList<TensorType> inputs)
    {
        RequireInputs(proto, inputs.Count);
        return Region(proto, [.. inputs.Select((t, i) => new Operand.Of(new(proto.Input[i].Name, t)))]);
    }

    /// <summary>Refuses a graph inside a node unless it has so many inputs.</summary>
    public static void RequireInputs(GraphProto proto, int count) =>
        Require(proto.Input.Count == count, $"its graph '{proto.Name}' has {proto.Input.Count} inputs, {count} are needed");

    /// <summary>A graph inside this node, whose inputs stand for operands of its own.</summary>
    /// <exception cref="ImportRefusal">Something in it could not be imported; it has been reported.</exception>
    public Region Region(GraphProto proto, IReadOnlyList<Operand> own) => importer.ImportRegion(proto, [.. own.SelectMany(o => o.Values)], own, isInlined: false);

    /// <summary>What the outputs of a graph inside this node stand for, whose nodes come in this node's place, with inputs that stand for operands of the graph around it.</summary>
    /// <exception cref="ImportRefusal">Something in it could not be imported; it has been reported.</exception>
    public Operand[] Inlined(GraphProto proto, params IReadOnlyList<Operand> inputs) => Placed(Inner(proto, inputs));

    /// <summary>A graph inside this node, whose inputs stand for operands of the graph around it, to be <see cref="Placed"/>.</summary>
    /// <exception cref="ImportRefusal">Something in it could not be imported; it has been reported.</exception>
    public Region Inner(GraphProto proto, IReadOnlyList<Operand> inputs)
    {
        importer.Meter.CountExpanded(1 + proto.Node.Count);
        return importer.ImportRegion(proto, [], inputs, isInlined: true);
    }

    /// <summary>Puts the nodes of a graph in this node's place; returns what its outputs stand for.</summary>
    public Operand[] Placed(Region region)
    {
        Dictionary<Value, Value> known = region.Graph.Inputs.Zip(region.Captured).ToDictionary();
        foreach (Node node in region.Graph.Nodes)
        {
            string name = importer.Fresh($"{Name}/{node.Name}");
            Value[] results = Apply(name, node.Op, [.. node.Inputs.Select(Known)], [.. node.Outputs.Select((_, i) => i == 0 ? name : importer.Fresh($"{name}.{i}"))]);
            for (int i = 0; i < results.Length; i++) known[node.Outputs[i]] = results[i];
        }
        return [.. region.Outputs.Select(o => o.With([.. o.Values.Select(Known)]))];

        // Constants get names of this graph: those that came along into the region stand here already.
        Value Known(Value v)
        {
            if (!known.TryGetValue(v, out Value? value)) known[v] = value = importer.Builder.Constant(v.Name, v.Constant!);
            return value;
        }
    }

    /// <summary>What input <paramref name="index"/> stands for, with sizes as a value of the graph.</summary>
    public Operand Held(int index) => Operand(index) is Operand.Sizes ? new Operand.Of(this[index]) : Operand(index);

    /// <summary>Output <paramref name="index"/> stands for what ops inside of this node have computed.</summary>
    public void Return(int index, Operand operand)
    {
        if (operand is Operand.Of { Value: { } value }) Alias(index, value);
        else importer.Define(proto.Output[index], operand);
    }

    /// <summary>Applies the op that is this node's result; its outputs, one after the other, are the values that operands like these hold.</summary>
    public void ReturnLike(IReadOnlyList<Operand> like, Op op, params ReadOnlySpan<Value> inputs)
    {
        Operand[] operands = EmitLike(like, [.. Enumerable.Range(0, like.Count)], op, inputs);
        for (int i = 0; i < Math.Min(operands.Length, proto.Output.Count); i++) importer.Define(proto.Output[i], operands[i]);
    }

    /// <summary>Applies the op under this node's name; its outputs, one after the other, are the values that operands like these hold, which the caller defines.</summary>
    /// <param name="like">The operands.</param>
    /// <param name="places">The output of this node that each of them is, which gives it its name.</param>
    /// <param name="op">The op.</param>
    /// <param name="inputs">What it reads.</param>
    public Operand[] EmitLike(IReadOnlyList<Operand> like, IReadOnlyList<int> places, Op op, params ReadOnlySpan<Value> inputs)
    {
        string[] names = [.. like.SelectMany((o, i) => o is Importing.Operand.Sequence ? o.Values.Select((_, k) => OutputName(places[i]) is { Length: > 0 } name ? $"{name}.{k}" : "") : o.Values.Select(_ => OutputName(places[i])))];
        return Importing.Operand.Like(like, Apply(Name, op, inputs, names));
    }

    /// <summary>Output <paramref name="index"/>, where it is written, stands for this.</summary>
    public void Define(int index, Operand operand)
    {
        if (index < proto.Output.Count) importer.Define(proto.Output[index], operand);
    }

    private string OutputName(int index) => index < proto.Output.Count ? proto.Output[index] : "";
}
