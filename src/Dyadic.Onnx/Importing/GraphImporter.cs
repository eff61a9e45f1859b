using Dyadic.Ir;
using Dyadic.Onnx.Mapping;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Onnx.Importing;

/// <summary>GraphProto to Graph: node by node through the rules, collecting every problem.</summary>
internal sealed partial class GraphImporter : IDisposable
{
    private readonly GraphProto _proto;
    private readonly OnnxImportOptions _options;
    private readonly ExternalData _external;
    private readonly FunctionLibrary _functions;
    private int _opset;                                             // of the nodes at hand: those of a function have their own
    private readonly Dictionary<string, Operand> _operands = [];
    private readonly Dictionary<Value, Node> _producers = [];
    private readonly Dictionary<Dim, (Value Value, int Axis)> _owners = [];
    private readonly HashSet<string> _read;
    private readonly UniqueNames _names;
    private readonly List<OnnxProblem> _problems;

    public GraphImporter(GraphProto proto, IEnumerable<FunctionProto> functions, int opset, OnnxImportOptions options, string? folder, LoadMeter meter)
    {
        (_proto, _functions, _opset, _options, Meter) = (proto, new(functions, meter), opset, options, meter);
        (_external, _problems) = (new(folder, options, meter), []);
        Builder = new(proto.Name.Length > 0 ? proto.Name : "graph");
        _read = [.. ReadNames(proto)];
        _names = new();
        _names.Take(NamesIn(proto));
    }

    private GraphImporter(GraphProto proto, GraphImporter outer)
    {
        (_proto, _functions, _opset, _options, _external, _outer) = (proto, outer._functions, outer._opset, outer._options, outer._external, outer);
        (_problems, Meter) = (outer._problems, outer.Meter);
        Builder = new(proto.Name.Length > 0 ? proto.Name : "region");
        _read = [.. ReadNames(proto)];
        _names = outer._names;
        _names.Take(NamesIn(proto));
    }

    /// <summary>What the import uses.</summary>
    public LoadMeter Meter { get; }

    /// <summary>What the graph is built with.</summary>
    public GraphBuilder Builder { get; }

    /// <summary>The graph.</summary>
    /// <exception cref="OnnxException">Something could not be imported; every problem is listed.</exception>
    public Graph Import(string file, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        DefineInitialisers();
        HashSet<string> initialisers = [.. _operands.Keys];
        foreach (ValueInfoProto input in _proto.Input.Where(i => !initialisers.Contains(i.Name))) Attempt(input.Name, "input", () => DefineInput(input));
        ImportNodes();
        foreach (ValueInfoProto output in _proto.Output) Attempt(output.Name, "output", () => DefineOutput(output));
        if (_proto.Output.Count == 0) Report(_proto.Name, "graph", "it has no outputs");
        if (_problems.Count > 0) throw new OnnxException(file, _problems);
        foreach ((string key, string value) in metadata) Builder.Metadata(key, value);
        try
        {
            return Builder.Build();
        }
        catch (ArgumentException e)
        {
            throw new OnnxException(file, e.Message, e);
        }
    }

    public void Dispose() => _external.Dispose();

    /// <summary>Gives <paramref name="name"/> a meaning.</summary>
    public void Define(string name, Operand operand)
    {
        if (name.Length == 0) return;
        if (!_operands.TryAdd(name, operand) && _operands[name] is not Operand.Broken) throw new ImportRefusal($"'{name}' is defined twice");
        foreach (Value value in operand.Values) Own(value);
    }

    /// <summary>A name that nothing in the file has.</summary>
    public string Fresh(string wanted) => _names.New(wanted);

    /// <summary>Adds a node to the graph.</summary>
    public Node Add(string name, Op op, Value[] inputs, string[] outputNames)
    {
        Meter.CountMade();
        Node node = Builder.AddNode(name, op, inputs, outputNames);
        foreach (Value output in node.Outputs)
        {
            _producers[output] = node;
            Own(output);
        }
        return node;
    }

    /// <summary>The first value with an axis of this symbolic size, or null.</summary>
    public (Value Value, int Axis)? OwnerOf(Dim symbol)
    {
        if (_owners.TryGetValue(symbol, out (Value, int) own)) return own;
        if (_outer?.OwnerOf(symbol) is not { } outer) return null;
        return _owners[symbol] = (Captured(outer.Value), outer.Axis);
    }

    /// <summary>True when some node or the file's user reads the value of that name.</summary>
    public bool IsRead(string name) => name.Length > 0 && _read.Contains(name);

    /// <summary>The node that computes a value, or null.</summary>
    public Node? ProducerOf(Value value) => _producers.GetValueOrDefault(value);

    /// <summary>A tensor of the file.</summary>
    public Tensor Read(TensorProto proto) => TensorReader.Read(proto, _external.Find, Meter);

    /// <summary>The node's name, or that of its first output.</summary>
    public string NameOf(NodeProto node) => node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(o => o.Length > 0) ?? node.OpType;

    private void DefineInitialisers()
    {
        foreach (SparseTensorProto sparse in _proto.SparseInitializer) Report(sparse.Values?.Name ?? "", "initialiser", "sparse tensors are not supported");
        foreach (TensorProto tensor in _proto.Initializer) Attempt(tensor.Name, "initialiser", () => DefineInitialiser(tensor));
    }

    private void ImportNodes()
    {
        foreach (NodeProto node in _proto.Node) ImportNode(node);
        foreach (ValueInfoProto declared in _proto.ValueInfo) Attempt(declared.Name, "value", () => CheckDeclared(declared));
    }

    private static IEnumerable<string> NamesIn(GraphProto graph) =>
        [.. graph.Node.SelectMany(n => n.Output.Append(n.Name)), .. graph.Initializer.Select(t => t.Name), .. graph.Input.Select(v => v.Name)];

    // Of a node and of the graphs inside it.
    private static IEnumerable<string> ReadNames(GraphProto graph) => [.. graph.Output.Select(o => o.Name), .. graph.Node.SelectMany(ReadNames)];

    private static IEnumerable<string> ReadNames(NodeProto node) => node.Input.Concat(node.Attribute.SelectMany(a => a.G is null ? [] : ReadNames(a.G)));

    private void Own(Value value)
    {
        for (int axis = 0; axis < value.Shape.Rank; axis++)
            if (!value.Shape[axis].IsKnown) _owners.TryAdd(value.Shape[axis], (value, axis));
    }

    private void ImportNode(NodeProto proto)
    {
        string op = StandardDomain.Is(proto.Domain) ? proto.OpType : $"{proto.Domain}.{proto.OpType}";
        int before = _problems.Count;
        bool blocked = proto.Input.Any(i => i.Length > 0 && Find(i) is Operand.Broken);
        if (_functions.Find(proto) is { } function)
        {
            if (!blocked) Attempt(NameOf(proto), op, () => ImportCall(function, proto), _opset);
        }
        else if (RuleBook.Import(op) is not { } rule) Report(NameOf(proto), op, "no rule", _opset);
        else if (_opset < rule.Since) Report(NameOf(proto), op, $"it exists since opset {rule.Since}", _opset);
        else if (!blocked) Attempt(NameOf(proto), op, () => Apply(rule, new(this, proto, _opset)), _opset);
        if (blocked || _problems.Count > before)
            foreach (string output in proto.Output.Where(o => o.Length > 0)) _operands[output] = new Operand.Broken();
    }

    // The nodes of a function in place of its call.
    private void ImportCall(FunctionProto function, NodeProto call)
    {
        int opset = _opset;
        IReadOnlyList<NodeProto> body = _functions.Enter(function, call, NameOf(call), Fresh);
        try
        {
            _opset = FunctionLibrary.OpsetOf(function) ?? opset;
            _read.UnionWith(body.SelectMany(ReadNames));
            foreach (NodeProto node in body) ImportNode(node);
        }
        finally
        {
            _opset = opset;
            _functions.Leave();
        }
    }

    private static void Apply(ImportRule rule, NodeImport node)
    {
        if (node.Opset < 6) node.Ignore("consumed_inputs");        // once a hint that memory may be taken over
        if (node is { Operator: "Identity", InputCount: 1 } && node.Has(0) && node.Operand(0) is Operand.Sequence or Operand.Stack or Operand.Absent) node.ReturnOptional(node.Operand(0));
        else if (!ShapeArithmetic.TryApply(node)) rule.Apply(node);
        node.RefuseUnread();
    }

    private void DefineInitialiser(TensorProto proto) => Define(proto.Name, new Operand.Of(Builder.Constant(proto.Name, Read(proto))));

    private void DefineInput(ValueInfoProto input)
    {
        if (input.Type?.OptionalType?.ElemType is { } held) input = new() { Name = input.Name, Type = held };
        if (_options.AbsentInputs.Contains(input.Name)) Define(input.Name, new Operand.Absent());
        else if (input.Type?.SequenceType?.ElemType is { } items) Define(input.Name, new Operand.Sequence(DefineItems(input.Name, items)));
        else if (!_options.FixedInputs.TryGetValue(input.Name, out Tensor? data)) Define(input.Name, new Operand.Of(Builder.Input(input.Name, DeclaredTypes.Input(input, _options))));
        else if (DeclaredTypes.Conflict(input, data.TensorType) is null) Define(input.Name, new Operand.Of(Builder.Constant(input.Name, data.Detach())));
        else throw new ImportRefusal($"it is fixed to {data.TensorType}, but declared {DeclaredTypes.Input(input, _options)}");
    }

    private Value[] DefineItems(string name, TypeProto type)
    {
        if (!_options.SequenceLengths.TryGetValue(name, out int length))
            throw new ImportRefusal("it is a sequence; say how many items it has in OnnxImportOptions.SequenceLengths");
        return [.. Enumerable.Range(0, length).Select(i => $"{name}.{i}").Select(item => Builder.Input(item, DeclaredTypes.Item(item, type, _options)))];
    }

    private void DefineOutput(ValueInfoProto output)
    {
        if (Find(output.Name) is not { } operand) throw new ImportRefusal("nothing defines it");
        if (operand is Operand.Sizes) operand = Computed(output.Name, operand);
        if (operand is Operand.Absent) throw new ImportRefusal("it is an optional that holds nothing");
        CheckDeclared(output);
        foreach (Value value in Named(output.Name, operand).Values) Builder.Output(value);
    }

    // Sizes as a value of the graph.
    private Operand.Of Computed(string name, Operand operand) =>
        new(operand is Operand.Sizes sizes ? new NodeImport(this, new() { Name = Fresh($"{name}/sizes") }, _opset).ComputedSizes(sizes) : operand.Values[0]);

    // Values of these names: that of the operand, or those of its items with their number.
    private Operand Named(string name, Operand operand) => operand switch
    {
        Operand.Of or Operand.Stack => operand.With([operand.Values[0] is var value && value.Name == name ? value : Named(name, operand.Values[0])]),
        _ => operand.With([.. operand.Values.Select((v, i) => Named($"{name}.{i}", v))]),
    };

    // The value under another name.
    private Value Named(string name, Value value) => value.Constant is { } data ? Builder.Constant(name, data) : Add(name, new Identity(), [value], [name]).Output;

    private void CheckDeclared(ValueInfoProto declared)
    {
        if (Find(declared.Name) is Operand.Of { Value.Type: { } inferred } && DeclaredTypes.Conflict(declared, inferred) is { } reason) throw new ImportRefusal(reason);
    }

    // A rule, and the shape inference that it calls, meets anything that a file may say; whatever it throws is the file's fault.
    private void Attempt(string name, string what, Action action, int opset = 0)
    {
        Meter.Check();
        try
        {
            action();
        }
        catch (RegionRefusal)
        {
            // Its problems have been reported.
        }
        catch (Exception e) when (e is not (OutOfMemoryException or BudgetException))
        {
            Report(name, what, e.Message, opset);
            if (opset == 0) _operands.TryAdd(name, new Operand.Broken());
        }
    }

    private void Report(string node, string op, string reason, int opset = 0) => _problems.Add(new(node, op, opset, reason));
}
