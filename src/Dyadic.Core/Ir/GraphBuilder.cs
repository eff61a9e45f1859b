using Dyadic.Arithmetics;

namespace Dyadic.Ir;

/// <summary>Builds graphs: gives unique names, infers types and keeps the order of definition.</summary>
public sealed class GraphBuilder(string name)
{
    private readonly List<Value> _inputs = [], _outputs = [];
    private readonly List<Node> _nodes = [];
    private readonly UniqueNames _names = new(), _nodeNames = new();
    private readonly Dictionary<string, string> _metadata = [];

    /// <summary>Declares an input.</summary>
    public Value Input(string inputName, TensorType type)
    {
        Value value = new(_names.New(Named(inputName)), type);
        _inputs.Add(value);
        return value;
    }

    /// <summary>Keeps an input of another graph.</summary>
    public void Input(Value value)
    {
        _names.Take(value.Name);
        _inputs.Add(value);
    }

    /// <summary>A constant.</summary>
    public Value Constant(string constantName, Tensor data) => Value.Of(_names.New(Named(constantName)), data);

    /// <summary>Applies an op of one output; its type is inferred.</summary>
    public Value Add(string nodeName, Op op, params ReadOnlySpan<Value> inputs) => AddNode(nodeName, op, inputs, null).Output;

    /// <summary>Applies an op; types are inferred, names of the outputs derive from the node's unless given.</summary>
    public Node AddNode(string nodeName, Op op, ReadOnlySpan<Value> inputs, IReadOnlyList<string>? outputNames)
    {
        var types = new TensorType[inputs.Length];
        for (int i = 0; i < types.Length; i++) types[i] = inputs[i].Type;
        StringCodes.Require(op, types);
        TensorType[] outputTypes = op.Infer(types);
        string unique = _nodeNames.New(Named(nodeName));
        var outputs = new Value[outputTypes.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            string outputName = outputNames is not null && i < outputNames.Count ? outputNames[i] : outputs.Length == 1 ? unique : $"{unique}.{i}";
            outputs[i] = new(_names.New(Named(outputName)), outputTypes[i]);
        }
        Node node = new(unique, op, inputs.ToArray(), outputs);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Keeps a node of another graph as it is, with its output values.</summary>
    public void Add(Node node)
    {
        _nodeNames.Take(node.Name);
        foreach (Value output in node.Outputs) _names.Take(output.Name);
        foreach (Value input in node.Inputs) _names.Take(input.Name);
        _nodes.Add(node);
    }

    /// <summary>Declares an output.</summary>
    public void Output(Value value) => _outputs.Add(value);

    /// <summary>Sets a metadata entry.</summary>
    public void Metadata(string key, string value) => _metadata[key] = value;

    /// <summary>The graph, verified.</summary>
    public Graph Build() => new(name, [.. _inputs], [.. _outputs], [.. _nodes], new Dictionary<string, string>(_metadata));

    private static string Named(string name) => name.Length == 0 ? "v" : name;
}
