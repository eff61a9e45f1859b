using Dyadic.Onnx.Wire;
using Google.Protobuf;
using Kind = Dyadic.Onnx.Wire.AttributeProto.Types.AttributeType;

namespace Dyadic.Onnx.Importing;

internal sealed partial class NodeImport
{
    private readonly HashSet<string> _read = [];

    /// <summary>True when the attribute is given.</summary>
    public bool Has(string name) => proto.Attribute.Any(a => a.Name == name);

    /// <summary>An integer attribute.</summary>
    public long Long(string name, long otherwise) => Attribute(name, Kind.Int) is { } a ? a.I : otherwise;

    /// <summary>An integer attribute that must fit 32 bits.</summary>
    public int Int(string name, int otherwise) =>
        Long(name, otherwise) is >= int.MinValue and <= int.MaxValue and long value ? (int)value : throw new ImportRefusal($"{name} is out of range");

    /// <summary>A yes-or-no attribute.</summary>
    public bool Flag(string name, bool otherwise) => Int(name, otherwise ? 1 : 0) != 0;

    /// <summary>A real attribute.</summary>
    public float Float(string name, float otherwise) => Attribute(name, Kind.Float) is { } a ? a.F : otherwise;

    /// <summary>A text attribute.</summary>
    public string Text(string name, string otherwise) => Attribute(name, Kind.String) is { } a ? Read(name, a.S) : otherwise;

    /// <summary>A list of integers, or null where it is left out.</summary>
    public int[]? Ints(string name) => Attribute(name, Kind.Ints) is { } a ? [.. a.Ints.Select(v => (int)Math.Clamp(v, int.MinValue, int.MaxValue))] : null;

    /// <summary>A list of 64-bit integers, or null where it is left out.</summary>
    public long[]? Longs(string name) => Attribute(name, Kind.Ints) is { } a ? [.. a.Ints] : null;

    /// <summary>A list of reals, or null where it is left out.</summary>
    public float[]? Floats(string name) => Attribute(name, Kind.Floats) is { } a ? [.. a.Floats] : null;

    /// <summary>A list of texts, or null where it is left out.</summary>
    public string[]? Texts(string name) => Attribute(name, Kind.Strings) is { } a ? [.. a.Strings.Select(s => Read(name, s))] : null;

    /// <summary>A tensor, or null where it is left out.</summary>
    public Tensor? Tensor(string name) => Attribute(name, Kind.Tensor) is { T: not null } a ? importer.Read(a.T) : null;

    /// <summary>A graph, which must be given.</summary>
    public GraphProto Graph(string name) => Attribute(name, Kind.Graph)?.G ?? throw new ImportRefusal($"the graph '{name}' is missing");

    /// <summary>Attributes that do not change what is computed here.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names) _read.Add(name);
    }

    /// <summary>Refuses the node when it has an attribute that its rule has not read: nothing is dropped silently.</summary>
    public void RefuseUnread()
    {
        foreach (AttributeProto a in proto.Attribute)
            if (!_read.Contains(a.Name)) throw new ImportRefusal($"attribute '{a.Name}' is unknown");
    }

    private static string Read(string name, ByteString text) => Utf8.Read(text.Span) ?? throw new ImportRefusal($"attribute '{name}' is no valid UTF-8");

    private AttributeProto? Attribute(string name, Kind kind)
    {
        _read.Add(name);
        AttributeProto? attribute = proto.Attribute.FirstOrDefault(a => a.Name == name);
        if (attribute is null) return null;
        if (attribute.RefAttrName.Length > 0) throw new ImportRefusal($"attribute '{name}' refers to a function's");
        if (attribute.Type != kind && attribute.Type != Kind.Undefined)     // the oldest files leave the type out
            throw new ImportRefusal($"attribute '{name}' is {attribute.Type}, not {kind}");
        return attribute;
    }
}
