using System.Security.Cryptography;
using System.Text;
using Dyadic.Runtime;

namespace Dyadic.Ir;

/// <summary>
/// A program of op records in single-assignment form and topological order: what is imported, traced, transformed, exported and lowered.
/// Immutable: a pass builds a new graph with <see cref="GraphBuilder"/>.
/// </summary>
public sealed class Graph
{
    private readonly Lazy<Dictionary<Value, Node>> _producers;
    private readonly Lazy<ILookup<Value, Node>> _consumers;
    private readonly Lazy<GraphInterpreter> _interpreter;

    /// <summary>A graph; <paramref name="nodes"/> must be in topological order. It is verified.</summary>
    /// <exception cref="ArgumentException">A value is used before it is defined, defined twice, or a name occurs twice.</exception>
    public Graph(string name, IReadOnlyList<Value> inputs, IReadOnlyList<Value> outputs, IReadOnlyList<Node> nodes, IReadOnlyDictionary<string, string>? metadata = null)
    {
        (Name, Inputs, Outputs, Nodes) = (name, inputs, outputs, nodes);
        Metadata = metadata ?? new Dictionary<string, string>();
        _producers = new(() => Nodes.SelectMany(n => n.Outputs.Select(v => (v, n))).ToDictionary(p => p.v, p => p.n));
        _interpreter = new(() => new(this));
        _consumers = new(() => Nodes.SelectMany(n => n.Inputs.Distinct().Select(v => (v, n))).ToLookup(p => p.v, p => p.n));
        GraphVerifier.Verify(this);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>What is fed when the graph runs.</summary>
    public IReadOnlyList<Value> Inputs { get; }

    /// <summary>What it computes.</summary>
    public IReadOnlyList<Value> Outputs { get; }

    /// <summary>The nodes, each after those that it reads from.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>Free text by key; written to and read from ONNX <c>metadata_props</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The constants that nodes or outputs use, in order of first use.</summary>
    public IEnumerable<Value> Constants => Nodes.SelectMany(n => n.Inputs).Concat(Outputs).Where(v => v.IsConstant).Distinct();

    /// <summary>The node that defines <paramref name="value"/>, or null for inputs and constants.</summary>
    public Node? ProducerOf(Value value) => _producers.Value.GetValueOrDefault(value);

    /// <summary>Runs this graph node by node.</summary>
    internal GraphInterpreter Interpreter => _interpreter.Value;

    /// <summary>The nodes that read <paramref name="value"/>.</summary>
    public IEnumerable<Node> ConsumersOf(Value value) => _consumers.Value[value];

    /// <summary>The text of this graph, from which <see cref="Parse"/> makes an equal one; docs/graph-text.md describes it.</summary>
    public override string ToString() => ToText();

    /// <inheritdoc cref="ToString"/>
    /// <param name="options">Which constants are shown; the others are those of <see cref="TextConstants"/>.</param>
    public string ToText(GraphTextOptions? options = null) => new GraphPrinter(options ?? GraphTextOptions.Default).Print(this);

    /// <summary>The constants that the text names by a hash, by name: what <see cref="GraphTextOptions.Constants"/> takes.</summary>
    /// <param name="options">Those of the text.</param>
    public IReadOnlyDictionary<string, Tensor> TextConstants(GraphTextOptions? options = null)
    {
        GraphPrinter printer = new(options ?? GraphTextOptions.Default);
        printer.Print(this);
        return printer.Constants;
    }

    /// <summary>
    /// SHA-256 of the text without metadata, in hexadecimal: of all that decides what the graph computes, constants included, and of its names. Equal for equal graphs.
    /// </summary>
    public string TextHash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(new GraphPrinter(GraphTextOptions.Default, metadata: false).Print(this))));

    /// <summary>The graph of a text.</summary>
    /// <param name="text">As <see cref="ToText"/> gives it, or written by hand.</param>
    /// <param name="options">The constants that the text does not show, ops of your own, limits. Text from elsewhere may be hostile: it is checked, and needs no more than the budget.</param>
    /// <exception cref="GraphTextException">It is no graph; the message says where, what was expected and what was found.</exception>
    /// <exception cref="BudgetException">It needs more than <see cref="GraphTextOptions.Budget"/>.</exception>
    public static Graph Parse(string text, GraphTextOptions? options = null)
    {
        options ??= GraphTextOptions.Default;
        return new GraphParser(text, options, options.Constants.GetValueOrDefault).ParseAll();
    }
}
