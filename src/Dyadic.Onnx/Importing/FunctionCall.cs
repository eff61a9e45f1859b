using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Importing;

/// <summary>One call of a function: its nodes with names, inputs, outputs and attributes put in.</summary>
/// <param name="function">The function.</param>
/// <param name="call">Its call.</param>
/// <param name="name">The name of the call, with which those of the nodes begin.</param>
/// <param name="fresh">Makes names that nothing else has.</param>
internal sealed class FunctionCall(FunctionProto function, NodeProto call, string name, Func<string, string> fresh)
{
    private readonly Dictionary<string, AttributeProto> _attributes = AttributesOf(function, call);

    /// <summary>The nodes; an output that is an input comes from an Identity.</summary>
    public IReadOnlyList<NodeProto> Nodes()
    {
        Dictionary<string, string> names = [];
        for (int i = 0; i < function.Input.Count; i++) names[function.Input[i]] = i < call.Input.Count ? call.Input[i] : "";
        List<NodeProto> passed = [];
        for (int i = 0; i < call.Output.Count; i++)
        {
            (string inner, string outer) = (function.Output[i], call.Output[i]);
            if (outer.Length == 0) continue;
            if (names.TryAdd(inner, outer)) continue;
            NodeProto identity = new() { Name = fresh($"{name}/{inner}"), OpType = "Identity" };
            identity.Input.Add(names[inner]);
            identity.Output.Add(outer);
            passed.Add(identity);
        }
        return [.. function.Node.Select(n => Renamed(n, names)), .. passed];
    }

    // What the call gives, else the function's default; neither leaves the attribute of a node out.
    private static Dictionary<string, AttributeProto> AttributesOf(FunctionProto function, NodeProto call)
    {
        Dictionary<string, AttributeProto> attributes = [];
        foreach (AttributeProto standard in function.AttributeProto) attributes[standard.Name] = standard;
        foreach (AttributeProto given in call.Attribute)
        {
            if (!attributes.ContainsKey(given.Name) && !function.Attribute.Contains(given.Name)) throw new ImportRefusal($"function '{function.Name}' has no attribute '{given.Name}'");
            attributes[given.Name] = given;
        }
        return attributes;
    }

    private NodeProto Renamed(NodeProto node, Dictionary<string, string> names)
    {
        NodeProto copy = new() { OpType = node.OpType, Domain = node.Domain, Overload = node.Overload };
        copy.Name = fresh($"{name}/{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(o => o.Length > 0) ?? node.OpType)}");
        copy.Input.Add(node.Input.Select(i => NameOf(i, names)));
        copy.Output.Add(node.Output.Select(o => NameOf(o, names)));
        foreach (AttributeProto attribute in node.Attribute)
            if (Resolved(attribute) is { } given) copy.Attribute.Add(given.G is null ? given : WithGraph(given, names));
        return copy;
    }

    private string NameOf(string inner, Dictionary<string, string> names)
    {
        if (inner.Length == 0) return "";
        return names.TryGetValue(inner, out string? outer) ? outer : names[inner] = fresh($"{name}/{inner}");
    }

    private AttributeProto? Resolved(AttributeProto attribute)
    {
        if (attribute.RefAttrName.Length == 0) return attribute;
        if (!_attributes.TryGetValue(attribute.RefAttrName, out AttributeProto? given)) return null;
        AttributeProto copy = given.Clone();
        copy.Name = attribute.Name;
        return copy;
    }

    // Names that a graph inside of a node defines are its own; all others are those of the function.
    private AttributeProto WithGraph(AttributeProto attribute, Dictionary<string, string> names)
    {
        GraphProto graph = attribute.G;
        Dictionary<string, string> inner = new(names);
        foreach (string own in (string[])[.. graph.Input.Select(v => v.Name), .. graph.Initializer.Select(t => t.Name), .. graph.Node.SelectMany(n => n.Output)]) inner.Remove(own);
        GraphProto copy = new() { Name = graph.Name };
        foreach (TensorProto tensor in graph.Initializer)
        {
            TensorProto renamed = tensor.Clone();
            renamed.Name = NameOf(tensor.Name, inner);
            copy.Initializer.Add(renamed);
        }
        copy.SparseInitializer.Add(graph.SparseInitializer);
        copy.Input.Add(graph.Input.Select(v => Renamed(v, inner)));
        copy.Node.Add(graph.Node.Select(n => Renamed(n, inner)));
        copy.Output.Add(graph.Output.Select(v => Renamed(v, inner)));
        return new() { Name = attribute.Name, Type = attribute.Type, G = copy };
    }

    private ValueInfoProto Renamed(ValueInfoProto value, Dictionary<string, string> names) => new() { Name = NameOf(value.Name, names), Type = value.Type };
}
