namespace Dyadic.Ir;

/// <summary>Renaming of values.</summary>
public static class GraphNames
{
    /// <summary>The same graph with its outputs named as given; a clash with another value's name is resolved by renaming that one.</summary>
    public static Graph RenameOutputs(Graph graph, IReadOnlyList<string> names)
    {
        Ensure.Argument(names.Count == graph.Outputs.Count, $"Graph '{graph.Name}' has {graph.Outputs.Count} outputs, {names.Count} names were given.");
        Dictionary<Value, Value> renamed = [];
        for (int i = 0; i < names.Count; i++)
        {
            Value old = graph.Outputs[i];
            if (!graph.Inputs.Contains(old) && !old.IsConstant) renamed[old] = new(names[i], old.Type);
        }
        foreach (Value clash in graph.Nodes.SelectMany(n => n.Outputs).Where(v => !renamed.ContainsKey(v) && names.Contains(v.Name)).ToList())
            renamed[clash] = new(clash.Name + "_inner", clash.Type);
        Value Map(Value v) => renamed.GetValueOrDefault(v, v);
        var nodes = graph.Nodes.Select(n => new Node(n.Name, n.Op, [.. n.Inputs.Select(Map)], [.. n.Outputs.Select(Map)])).ToList();
        return new(graph.Name, graph.Inputs, [.. graph.Outputs.Select(Map)], nodes, graph.Metadata);
    }
}
