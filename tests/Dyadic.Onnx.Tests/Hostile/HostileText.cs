using Dyadic.Numerics;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Google.Protobuf;
using static Dyadic.Onnx.Tests.Protos;

namespace Dyadic.Onnx.Tests.Hostile;

/// <summary>Files whose strings are no text, too many or too long, or stand where numbers are computed with.</summary>
internal static class HostileText
{
    private const int Mebibyte = 1 << 20;

    private static readonly ByteString Broken = ByteString.CopyFrom(0xC3, 0x28);

    public static IEnumerable<HostileCase> All =>
    [
        HostileCase.Refused("text", "a string that is not UTF-8", () => Of([2], Broken, ByteString.Empty), "string 0 is no valid UTF-8"),
        HostileCase.Refused("text", "half of a surrogate pair, written as UTF-8", () => Of([1], ByteString.CopyFrom(0xED, 0xA0, 0x80)), "string 0 is no valid UTF-8"),
        HostileCase.Refused("text", "a stopword that is not UTF-8", () => Normalised(new AttributeProto { Name = "stopwords", Type = AttributeProto.Types.AttributeType.Strings, Strings = { Broken } }), "'stopwords' is no valid UTF-8"),
        HostileCase.Refused("text", "a case that is not UTF-8", () => Normalised(new AttributeProto { Name = "case_change_action", Type = AttributeProto.Types.AttributeType.String, S = Broken }), "'case_change_action' is no valid UTF-8"),
        HostileCase.Refused("text", "fewer strings than dimensions", () => Of([1 << 20], ByteString.Empty), "1 values do not fill"),
        HostileCase.Exceeds("text", "2³⁰ strings that are not there", () => Of([1 << 30], ByteString.Empty), "LoadBudget.InitialiserBytes"),
        HostileCase.Refused("text", "strings as raw bytes", () => Text(new() { RawData = ByteString.CopyFromUtf8("ab") }, [2]), "bytes without borders"),
        HostileCase.Refused("text", "strings in another file", () => Text(new() { DataLocation = TensorProto.Types.DataLocation.External }, [2]), "bytes without borders"),
        HostileCase.Exceeds("text", "empty strings of two bytes, a million times", () => Of([2 * Mebibyte], [.. Enumerable.Repeat(ByteString.Empty, 2 * Mebibyte)]), "LoadBudget.InitialiserBytes"),
        HostileCase.Exceeds("text", "stopwords of two bytes, a million times", () => Normalised(Attributes.Texts("stopwords", Enumerable.Repeat("", 2 * Mebibyte))), "LoadBudget.InitialiserBytes"),
        HostileCase.Exceeds("text", "a string of half the budget, which is twice as long in memory", () => Of([1], ByteString.CopyFrom(new byte[33 * Mebibyte])), "LoadBudget.InitialiserBytes"),
        HostileCase.Refused("text", "a sum of strings", () => Model(17, [Info("x", [2], DType.String)], [], ["y"], Node("Add", ["x", "x"], "y")).ToByteArray(), "Add: an input is string[2]"),
        HostileCase.Refused("text", "strings as a condition", () => Model(17, [Info("x", [1], DType.String)], [], ["y"], Node("Where", ["x", "x", "x"], "y")).ToByteArray(), "not bool"),
        HostileCase.Refused("text", "a constant that is no number", () => Model(17, [], [("t", Dyadic.Tensor.FromStrings(["1", "x"], [2]))], Node("Cast", ["t"], "y", Attributes.Int("to", 1))).ToByteArray(), "\"x\", is no Float32"),
        new("text", "an input that is no number", () => Model(17, [Info("x", [1], DType.String)], [], ["y"], Node("Cast", ["x"], "y", Attributes.Int("to", 7))).ToByteArray(), typeof(PrecisionException), "\"\", is no Int64", Stage.Run),
        HostileCase.Exceeds("text", "the text of an expansion", () => Model(17, [("x", [1])], [("to", Dyadic.Tensor.Vector<long>(Mebibyte))], Node("Expand", ["x", "to"], "e"), Node("Cast", ["e"], "y", Attributes.Int("to", 8))).ToByteArray(), "RunBudget.ArenaBytes", Stage.Run),
        new("text", "a plan of strings", () => Model(17, [Info("x", [1], DType.String)], [], ["y"], Node("Concat", ["x", "x"], "y", Attributes.Int("axis", 0))).ToByteArray(), typeof(Runtime.PlanException), "'x' holds strings", Stage.Plan),
    ];

    private static byte[] Of(long[] dims, params ByteString[] strings)
    {
        TensorProto tensor = new();
        tensor.StringData.AddRange(strings);
        return Text(tensor, dims);
    }

    // The strings t, passed on.
    private static byte[] Text(TensorProto strings, long[] dims)
    {
        ModelProto model = Model(17, [], [], Node("Identity", ["t"], "y"));
        (strings.Name, strings.DataType) = ("t", ElementTypes.CodeOf(DType.String));
        strings.Dims.AddRange(dims);
        model.Graph.Initializer.Add(strings);
        return model.ToByteArray();
    }

    private static byte[] Normalised(AttributeProto attribute) => Model(17, [Info("x", [N], DType.String)], [], ["y"], Node("StringNormalizer", ["x"], "y", attribute)).ToByteArray();
}
