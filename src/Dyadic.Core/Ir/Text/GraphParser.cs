using System.Diagnostics;
using Dyadic.Arithmetics;
using Dyadic.Runtime;

namespace Dyadic.Ir;

/// <summary>Text to graph. A text is taken for hostile: all that it says is checked, and types of values must be those that the ops infer.</summary>
internal sealed class GraphParser
{
    private readonly TextCursor _cursor;
    private readonly GraphTextOptions _options;
    private readonly LoadBudget _budget;
    private readonly AttributeParser _attributes;
    private readonly ConstantParser _constants;
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _depth, _nodes;

    /// <summary>A parser of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="options">How to read.</param>
    /// <param name="constant">Finds a constant that lies beside the text, or null.</param>
    public GraphParser(string text, GraphTextOptions options, Func<string, Tensor?> constant)
    {
        (_cursor, _options, _budget) = (new(text, options.Source), options, options.Budget ?? LoadBudget.Current);
        (_attributes, _constants) = (new(_cursor, this, options.Ops), new(_cursor, this, constant));
        if (text.Length > _budget.Bytes) throw Exceeded($"it has more than {_budget.Bytes} characters", nameof(LoadBudget.Bytes));
    }

    /// <summary>What reading may use.</summary>
    public LoadBudget Budget => _budget;

    /// <summary>The graph that is all of the text.</summary>
    /// <exception cref="GraphTextException">It is no graph.</exception>
    /// <exception cref="BudgetException">It needs more than the budget.</exception>
    public Graph ParseAll()
    {
        Graph graph = ParseGraph();
        return _cursor.IsAtEnd() ? graph : throw _cursor.Unexpected("the end behind the graph");
    }

    /// <summary>graph name(inputs) { meta… const… nodes… return outputs }.</summary>
    public Graph ParseGraph()
    {
        TextCursor.Place place = _cursor.Here();
        _cursor.ExpectWord("graph");
        string name = _cursor.Name("the name of a graph");
        Scope scope = new(_cursor);
        using (Deeper())
        {
            _cursor.Expect('(');
            List<Value> inputs = List(')', () => scope.Define(_cursor.Here(), ParseDeclaration()));
            _cursor.Expect(')');
            _cursor.Expect('{');
            Dictionary<string, string> metadata = ParseMetadata();
            while (_cursor.TakesWord("const")) ParseConstant(scope);
            List<Node> nodes = [];
            while (!_cursor.TakesWord("return")) nodes.Add(ParseNode(scope));
            List<Value> outputs = List('}', () => ParseReference(scope));
            _cursor.Expect('}');
            return Checked(place, () => new Graph(name, inputs, outputs, nodes, metadata));
        }
    }

    /// <summary>Counts a level of nesting until the result is disposed.</summary>
    public Level Deeper()
    {
        if (++_depth > _budget.Depth) throw Exceeded($"its graphs and attributes lie deeper than {_budget.Depth} in each other", nameof(LoadBudget.Depth));
        return new(this);
    }

    /// <summary>The error that a limit is exceeded.</summary>
    public BudgetException Exceeded(FormattableString what, string limit) => new($"graph: {_options.Source}: {FormattableString.Invariant(what)}", $"{nameof(LoadBudget)}.{limit}");

    /// <summary>What <paramref name="make"/> gives. Shape rules and constructors meet anything that a text may say: whatever they throw is the text's fault.</summary>
    public T Checked<T>(TextCursor.Place place, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or BudgetException or GraphTextException or OperationCanceledException))
        {
            throw _cursor.Wrong(place, e.Message, e);
        }
    }

    // Things between commas, up to a mark that ends them.
    private List<T> List<T>(char end, Func<T> parse)
    {
        List<T> all = [];
        if (_cursor.Sees(end)) return all;
        do all.Add(parse());
        while (_cursor.Takes(','));
        return all;
    }

    private Dictionary<string, string> ParseMetadata()
    {
        Dictionary<string, string> metadata = [];
        while (_cursor.TakesWord("meta"))
        {
            TextCursor.Place place = _cursor.Here();
            string key = _cursor.Quoted("a key in quotes");
            _cursor.Expect('=');
            if (!metadata.TryAdd(key, _cursor.Quoted("a value in quotes"))) throw _cursor.Wrong(place, $"the key {GraphPrinter.Quoted(key)} occurs twice");
        }
        return metadata;
    }

    private void ParseConstant(Scope scope)
    {
        TextCursor.Place place = _cursor.Here();
        Value declared = ParseDeclaration();
        _cursor.Expect('=');
        scope.Define(place, Value.Of(declared.Name, _constants.Parse(declared.Name, declared.Type)));
    }

    private Value ParseDeclaration()
    {
        string name = ParseValueName();
        _cursor.Expect(':');
        return Checked(_cursor.Here(), () => new Value(name, DimText.ReadType(_cursor)));
    }

    private string ParseValueName()
    {
        _cursor.Expect('%');
        return _cursor.Name("the name of a value");
    }

    private Value ParseReference(Scope scope)
    {
        TextCursor.Place place = _cursor.Here();
        return scope.Find(place, ParseValueName());
    }

    // %y: float32[N], … = Op(%x, …) { Attribute = value, … } @name
    private Node ParseNode(Scope scope)
    {
        if (++_nodes > _budget.Nodes) throw Exceeded($"it has more than {_budget.Nodes} nodes", nameof(LoadBudget.Nodes));
        if (Stopwatch.GetElapsedTime(_start) > _budget.Time) throw Exceeded($"reading takes longer than {_budget.Time.TotalSeconds:G4} s", nameof(LoadBudget.Time));
        if (!_cursor.Sees('%') && !_cursor.Sees('=')) throw _cursor.Unexpected("a node, which starts with its outputs such as %y: float32[N], or 'return'");
        List<(TextCursor.Place Place, Value Value)> outputs = List('=', () => (_cursor.Here(), ParseDeclaration()));
        _cursor.Expect('=');
        TextCursor.Place place = _cursor.Here();
        string opName = _cursor.Identifier("the name of an op");
        OpForm form = OpForms.Find(opName, _options.Ops) ?? throw _cursor.Wrong(place, $"expected an op, found '{opName}'");
        _cursor.Expect('(');
        List<Value> inputs = List(')', () => ParseReference(scope));
        _cursor.Expect(')');
        Op op = (Op)_attributes.Parse(place, form);
        TensorType[] inferred = Checked(place, () => Infer(op, [.. inputs.Select(v => v.Type)]));
        if (inferred.Length != outputs.Count) throw _cursor.Wrong(place, $"{opName} has {inferred.Length} outputs, found {outputs.Count}");
        Value[] defined = [.. outputs.Select((o, i) => scope.Define(o.Place, Inferred(o.Place, o.Value, inferred[i])))];
        TextCursor.Place namePlace = _cursor.Here();
        string name = _cursor.Takes('@') ? _cursor.Name("the name of a node") : defined.Length == 1 ? defined[0].Name : throw _cursor.Unexpected("'@' and the name of a node that has not one output");
        scope.DefineNode(namePlace, name);
        return new(name, op, inputs, defined);
    }

    private static TensorType[] Infer(Op op, TensorType[] inputs)
    {
        StringCodes.Require(op, inputs);
        return op.Infer(inputs);
    }

    // The type that the op infers where the text says the same: it knows what symbols were made of.
    private Value Inferred(TextCursor.Place place, Value declared, TensorType inferred)
    {
        if (!inferred.Agrees(declared.Type)) throw _cursor.Wrong(place, $"'{declared.Name}' is declared {declared.Type}, but its op gives {inferred}");
        return DimText.Of(inferred) == DimText.Of(declared.Type) ? new(declared.Name, inferred) : declared;
    }

    /// <summary>A level of nesting.</summary>
    public readonly struct Level(GraphParser parser) : IDisposable
    {
        /// <summary>Leaves it.</summary>
        public void Dispose() => parser._depth--;
    }

    // The names of one graph.
    private sealed class Scope(TextCursor cursor)
    {
        private readonly Dictionary<string, Value> _values = [];
        private readonly HashSet<string> _nodes = [];

        public Value Define(TextCursor.Place place, Value value) =>
            _values.TryAdd(value.Name, value) ? value : throw cursor.Wrong(place, $"two values are named {GraphPrinter.Quoted(value.Name)}");

        public Value Find(TextCursor.Place place, string name) =>
            _values.GetValueOrDefault(name) ?? throw cursor.Wrong(place, $"expected a value that is defined above, found {GraphPrinter.Quoted(name)}");

        public void DefineNode(TextCursor.Place place, string name)
        {
            if (!_nodes.Add(name)) throw cursor.Wrong(place, $"two nodes are named {GraphPrinter.Quoted(name)}");
        }
    }
}
