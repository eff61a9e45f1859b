using Dyadic.Onnx.Wire;
using Google.Protobuf;
using Kind = Dyadic.Onnx.Wire.AttributeProto.Types.AttributeType;

namespace Dyadic.Onnx.Exporting;

/// <summary>Attributes of nodes.</summary>
internal static class Attributes
{
    /// <summary>An integer.</summary>
    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = Kind.Int, I = value };

    /// <summary>A yes or no.</summary>
    public static AttributeProto Flag(string name, bool value) => Int(name, value ? 1 : 0);

    /// <summary>A list of integers.</summary>
    public static AttributeProto Ints(string name, IEnumerable<int> values)
    {
        AttributeProto attribute = new() { Name = name, Type = Kind.Ints };
        attribute.Ints.AddRange(values.Select(v => (long)v));
        return attribute;
    }

    /// <summary>A real.</summary>
    public static AttributeProto Float(string name, double value) => new() { Name = name, Type = Kind.Float, F = (float)value };

    /// <summary>A list of reals.</summary>
    public static AttributeProto Floats(string name, IEnumerable<float> values)
    {
        AttributeProto attribute = new() { Name = name, Type = Kind.Floats };
        attribute.Floats.AddRange(values);
        return attribute;
    }

    /// <summary>A list of texts.</summary>
    public static AttributeProto Texts(string name, IEnumerable<string> values)
    {
        AttributeProto attribute = new() { Name = name, Type = Kind.Strings };
        attribute.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }

    /// <summary>A text.</summary>
    public static AttributeProto Text(string name, string value) => new() { Name = name, Type = Kind.String, S = ByteString.CopyFromUtf8(value) };
}
