using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Dyadic.Ir;

/// <summary>Graph to text.</summary>
/// <param name="options">How.</param>
/// <param name="metadata">Whether metadata are shown.</param>
internal sealed class GraphPrinter(GraphTextOptions options, bool metadata = true)
{
    private const int Indent = 2;

    private readonly StringBuilder _text = new();
    private readonly UniqueNames _keys = new();
    private readonly Dictionary<string, Tensor> _constants = [];
    private int _depth;

    /// <summary>The constants that show a hash, by the names under which the text wants them.</summary>
    public IReadOnlyDictionary<string, Tensor> Constants => _constants;

    /// <summary>The text of a graph, which ends with a line break.</summary>
    public string Print(Graph graph)
    {
        Append(graph);
        return _text.Append('\n').ToString();
    }

    /// <summary>The text of a node.</summary>
    public static string Of(Node node)
    {
        GraphPrinter printer = new(GraphTextOptions.Default);
        printer.Append(node);
        return printer._text.ToString();
    }

    /// <summary>The text of a value where it is defined.</summary>
    public static string Of(Value value) => $"{Reference(value)}: {DimText.Of(value.Type)}";

    /// <summary>True for what can stand in the name of a value, a node or a graph without quotes.</summary>
    public static bool IsOfName(char c) => DimText.IsOfName(c) || c is '/' or '-';

    /// <summary>Text in quotes; what is no printable character is escaped.</summary>
    public static string Quoted(string text)
    {
        StringBuilder result = new("\"");
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool pair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (pair) result.Append(c).Append(text[++i]);
            else if (c is '"' or '\\') result.Append('\\').Append(c);
            else if (c == '\n') result.Append("\\n");
            else if (c == '\r') result.Append("\\r");
            else if (c == '\t') result.Append("\\t");
            else if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029') result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else result.Append(c);
        }
        return result.Append('"').ToString();
    }

    /// <summary>The hash of a constant's elements: SHA-256 of their bytes, row-major and little-endian.</summary>
    public static string HashOf(Tensor tensor)
    {
        Tensor source = tensor.ToContiguous();
        string hash = Convert.ToHexStringLower(SHA256.HashData(source.Bytes()));
        GC.KeepAlive(source);
        return hash;
    }

    /// <summary>An attribute's value.</summary>
    public static string Scalar(object? value) => value switch
    {
        null => "none",
        bool b => b ? "true" : "false",
        string s => Quoted(s),
        Texts texts => $"[{string.Join(", ", texts.Select(Quoted))}]",
        float x => ElementText.Write(x),
        double x => ElementText.Write(x),
        Shape shape => DimText.Of(shape),
        DType type => DimText.NameOf(type),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!.ReplaceLineEndings(" "),
    };

    private static string Name(string name) => name.Length > 0 && name.All(IsOfName) && !name.Contains("//", StringComparison.Ordinal) ? name : Quoted(name);

    private static string Reference(Value value) => $"%{Name(value.Name)}";

    private void Append(Graph graph)
    {
        _text.Append("graph ").Append(Name(graph.Name)).Append('(').AppendJoin(", ", graph.Inputs.Select(Of)).Append(") {");
        _depth++;
        if (metadata)
            foreach ((string key, string value) in graph.Metadata.OrderBy(p => p.Key, StringComparer.Ordinal)) Line().Append("meta ").Append(Quoted(key)).Append(" = ").Append(Quoted(value));
        foreach (Value constant in graph.Constants) AppendConstant(constant);
        foreach (Node node in graph.Nodes)
        {
            Line();
            Append(node);
        }
        Line().Append("return");
        if (graph.Outputs.Count > 0) _text.Append(' ').AppendJoin(", ", graph.Outputs.Select(Reference));
        _depth--;
        Line().Append('}');
    }

    private StringBuilder Line() => _text.Append('\n').Append(' ', _depth * Indent);

    private void AppendConstant(Value value)
    {
        Tensor data = value.Constant!;
        Line().Append("const ").Append(Of(value)).Append(" = ");
        if (data.Length > options.Inline && data.Type != DType.String)
        {
            string hash = HashOf(data), key = KeyOf(value.Name, data);
            _text.Append("sha256:").Append(hash);
            if (key != value.Name) _text.Append(" as ").Append(Quoted(key));
            return;
        }
        string[] elements = Elements(data);
        if (data.Rank == 0) _text.Append(elements[0]);
        else _text.Append('[').AppendJoin(", ", elements).Append(']');
    }

    private static string[] Elements(Tensor data)
    {
        if (data.Type == DType.String) return Array.ConvertAll(data.ToStrings(), Quoted);
        byte[] bytes = data.ToBytes();
        int unit = data.Type.Size();
        return [.. Enumerable.Range(0, data.Length).Select(i => ElementText.Write(data.Type, bytes.AsSpan(i * unit, unit)))];
    }

    // Graphs inside of nodes may give one name to several constants; where all are one tensor, they share its name.
    private string KeyOf(string name, Tensor data)
    {
        if (_constants.TryGetValue(name, out Tensor? former) && ReferenceEquals(former, data)) return name;
        string key = _keys.New(name);
        _constants.Add(key, data);
        return key;
    }

    private void Append(Node node)
    {
        OpForm? form = OpForms.Find(node.Op.GetType(), options.Ops);
        _text.AppendJoin(", ", node.Outputs.Select(Of)).Append(" = ").Append(form?.Name ?? node.Op.Name);
        _text.Append('(').AppendJoin(", ", node.Inputs.Select(Reference)).Append(')');
        if (form is { Attributes.Count: > 0 }) AppendAttributes(form, node.Op, " ");
        if (node.Outputs.Count != 1 || node.Output.Name != node.Name) _text.Append(" @").Append(Name(node.Name));
        if (form is null) _text.Append(" // ").Append(Scalar(node.Op));       // an op that a reader must be told
    }

    private void AppendAttributes(OpForm form, object record, string before)
    {
        _text.Append(before).Append("{ ");
        for (int i = 0; i < form.Attributes.Count; i++)
        {
            OpForm.Attribute attribute = form.Attributes[i];
            _text.Append(i > 0 ? ", " : "").Append(attribute.Name).Append(" = ");
            AppendValue(attribute.Property.GetValue(record));
        }
        _text.Append(" }");
    }

    private void AppendValue(object? value)
    {
        if (value is Graph graph) Append(graph);
        else if (value is Op op && OpForms.Find(op.GetType(), options.Ops) is { } form) AppendAttributes(form, op, $"{form.Name} ");
        else if (value is not null && OpForms.Find(value.GetType(), options.Ops) is { } part) AppendAttributes(part, value, "");
        else _text.Append(Scalar(value));
    }
}
