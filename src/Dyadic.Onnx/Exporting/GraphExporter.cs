using Dyadic.Ir;
using Dyadic.Onnx.Mapping;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Exporting;

/// <summary>Graph to GraphProto: the same graph gives the same message, field by field.</summary>
/// <param name="graph">The graph.</param>
/// <param name="opset">The version of the operator set that is written.</param>
/// <param name="outer">What exports the graph around this one, or null.</param>
internal sealed class GraphExporter(Graph graph, int opset, GraphExporter? outer = null)
{
    private const long MaxBytes = int.MaxValue - (1 << 20);
    private readonly GraphProto _proto = new() { Name = graph.Name };
    private readonly List<OnnxProblem> _problems = outer?._problems ?? [];
    private readonly Dictionary<Value, string> _constants = [], _renamed = [];      // no name of a region may be one around it
    private readonly Dictionary<Node, string> _renamedNodes = [];
    private readonly UniqueNames _names = outer?._names ?? Taken(graph.Nodes.SelectMany(n => n.Outputs.Concat(n.Inputs)).Concat(graph.Inputs).Concat(graph.Outputs).Select(v => v.Name));
    private readonly UniqueNames _nodeNames = outer?._nodeNames ?? Taken(graph.Nodes.Select(n => n.Name));

    private long _bytes;

    /// <summary>The version of the operator set that is written.</summary>
    public int Opset => opset;

    /// <summary>The least operator set in which every node seen so far can be written.</summary>
    public int Needed { get; private set; }

    /// <summary>Notes that a node needs an operator set.</summary>
    public void Need(int least)
    {
        Needed = Math.Max(Needed, least);
        outer?.Need(least);
    }

    /// <summary>The message.</summary>
    /// <exception cref="OnnxException">An op has no operator in ONNX, or the file would exceed 2 GiB; every problem is listed.</exception>
    public GraphProto Export()
    {
        foreach (Value input in graph.Inputs) _proto.Input.Add(InfoOf(input, input.Name));
        foreach (Node node in graph.Nodes) Export(node);
        foreach (Value output in graph.Outputs)
        {
            if (output.IsConstant) Add(FreshNode(output.Name), "Identity", [ConstantOutput(output)], [output.Name], []);
            _proto.Output.Add(InfoOf(output, output.Name));
        }
        if (_problems.Count > 0) throw new OnnxException(graph.Name, _problems, "exported");
        if (_bytes > MaxBytes) throw new OnnxException(graph.Name, $"the constants take {_bytes} bytes; a file holds at most 2 GiB.");
        return _proto;
    }

    /// <summary>A graph inside a node, whose last inputs are values of this graph.</summary>
    public GraphProto ExportRegion(Graph region, int own, IReadOnlyList<Value> captured)
    {
        GraphExporter inner = new(region, opset, this);
        for (int i = own; i < region.Inputs.Count; i++) inner._renamed[region.Inputs[i]] = NameOf(captured[i - own]);
        foreach (Value value in region.Inputs.Take(own).Concat(region.Nodes.SelectMany(n => n.Outputs))) inner._renamed[value] = Fresh(value.Name);
        foreach (Node node in region.Nodes) inner._renamedNodes[node] = FreshNode(node.Name);
        Dictionary<Value, string> given = region.Outputs.Where(v => v.IsConstant).Distinct().ToDictionary(v => v, v => Fresh(v.Name));      // before initialisers take the names
        foreach (Value input in region.Inputs.Take(own)) inner._proto.Input.Add(InfoOf(input, inner.NameOf(input)));
        foreach (Node node in region.Nodes) inner.Export(node);
        HashSet<string> defined = [.. region.Nodes.SelectMany(n => n.Outputs).Select(inner.NameOf)];
        foreach (Value output in region.Outputs)
        {
            // What the region passes on without computing it, or twice, needs a node of its own.
            string name = inner.NameOf(output), written = defined.Remove(name) ? name : given.Remove(output, out string? kept) ? kept : Fresh(name);
            if (written != name) inner.Add(FreshNode(written), "Identity", [name], [written], []);
            inner._proto.Output.Add(InfoOf(output, written));
        }
        _bytes += inner._bytes;
        return inner._proto;
    }

    /// <summary>The name of a node in the file.</summary>
    public string NodeName(Node node) => _renamedNodes.GetValueOrDefault(node, node.Name);

    /// <summary>The name of a value in the file; constants become initialisers when they are first used.</summary>
    public string NameOf(Value value)
    {
        if (value.Constant is not { } data) return _renamed.GetValueOrDefault(value, value.Name);
        if (_constants.TryGetValue(value, out string? name)) return name;
        return _constants[value] = Initialiser(outer is null ? value.Name : Fresh(value.Name), data);
    }

    /// <summary>A name that no value in the graph has.</summary>
    public string Fresh(string wanted) => _names.New(wanted);

    /// <summary>A name that no node in the graph has.</summary>
    public string FreshNode(string wanted) => _nodeNames.New(wanted);

    /// <summary>Writes a node.</summary>
    public void Add(string name, string op, string[] inputs, string[] outputs, ReadOnlySpan<AttributeProto> attributes)
    {
        NodeProto node = new() { Name = name, OpType = op };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        foreach (AttributeProto attribute in attributes) node.Attribute.Add(attribute);
        _proto.Node.Add(node);
    }

    /// <summary>Writes an initialiser.</summary>
    public string Initialiser(string name, Tensor data)
    {
        _bytes += TensorWriter.Bytes(data);
        if (_bytes <= MaxBytes) _proto.Initializer.Add(TensorWriter.Write(name, data));
        return name;
    }

    /// <summary>Notes why a node cannot be written.</summary>
    public void Report(Node node, string reason) => _problems.Add(new(node.Name, node.Op.Name, opset, reason));

    private void Export(Node node)
    {
        if (RuleBook.Export(node.Op) is { } rule) rule.Apply(new(this, node), node.Op);
        else Report(node, "no operator of ONNX");
    }

    private static UniqueNames Taken(IEnumerable<string> names)
    {
        UniqueNames taken = new();
        taken.Take(names);
        return taken;
    }

    // The output keeps its name, so the data go under another one, unless nodes already read them under it.
    private string ConstantOutput(Value output) =>
        _constants.TryGetValue(output, out string? name) && name != output.Name ? name : Initialiser(Fresh(output.Name), output.Constant!);

    private static ValueInfoProto InfoOf(Value value, string name)
    {
        TensorShapeProto shape = new();
        foreach (Dim dim in value.Shape)
            shape.Dim.Add(dim.IsKnown ? new TensorShapeProto.Types.Dimension { DimValue = dim.Size } : new() { DimParam = dim.ToString() });
        return new()
        {
            Name = name,
            Type = new() { TensorType = new() { ElemType = ElementTypes.CodeOf(value.Type.Type), Shape = shape } },
        };
    }
}
