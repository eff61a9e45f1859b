using Dyadic.Numerics;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Google.Protobuf;
using static Dyadic.Onnx.Tests.Protos;

namespace Dyadic.Onnx.Tests.Hostile;

/// <summary>Graphs that are none: cycles, names that nothing or two things have, attributes and codes that mean nothing.</summary>
internal static class HostileGraphs
{
    private static readonly (string, Tensor)[] Weight = [("w", Dyadic.Tensor.Ones(Shape.Of(1, 1, 3, 3)))];

    public static IEnumerable<HostileCase> All =>
    [
        Graph("cycles", "two nodes that read each other", "not defined before it is read", Node("Neg", ["b"], "a"), Node("Neg", ["a"], "b"), Node("Add", ["a", "b"], "y")),
        Graph("cycles", "a node that reads itself", "not defined before it is read", Node("Add", ["x", "y"], "y")),
        Graph("cycles", "a graph in a node that reads the node", "not defined before it is read", Node("If", ["y"], "y", Region("then_branch", "y"), Region("else_branch", "y"))),
        Graph("names", "an output that two nodes have", "'y' is defined twice", Node("Neg", ["x"], "y"), Node("Abs", ["x"], "y")),
        Graph("names", "an output that is called as an input", "'x' is defined twice", Node("Neg", ["x"], "x"), Node("Neg", ["x"], "y")),
        HostileCase.Refused("names", "two initialisers of one name", () => HostileWire.Of(m => m.Graph.Initializer.Add(m.Graph.Initializer[0])), "'w' is defined twice"),
        HostileCase.Refused("names", "two inputs of one name", () => HostileWire.Of(m => m.Graph.Input.Add(m.Graph.Input[0])), "'x' is defined twice"),
        HostileCase.Refused("names", "two outputs of one name and none of them", () => HostileWire.Of(m => { m.Graph.Output.Add(new ValueInfoProto { Name = "z" }); m.Graph.Output.Add(new ValueInfoProto { Name = "z" }); }), "nothing defines it"),
        Graph("names", "an input that nothing defines", "'ghost' is not defined", Node("Add", ["x", "ghost"], "y")),
        Graph("names", "no input where two are needed", "input 1 is missing", Node("Add", ["x"], "y")),
        HostileCase.Refused("names", "no output at all", () => HostileWire.Of(m => m.Graph.Output.Clear()), "no outputs"),
        HostileCase.Refused("operators", "one that nobody knows", () => HostileWire.Of(m => m.Graph.Node[0].OpType = "System"), "no rule"),
        HostileCase.Refused("operators", "an operator set of the year 9999", () => HostileWire.Of(m => m.OpsetImport[0].Version = long.MaxValue), "is not supported"),
        HostileCase.Refused("operators", "a node without an operator", () => HostileWire.Of(m => m.Graph.Node[0].OpType = ""), "no rule"),

        Conv("a dilation of 2³¹ − 1", "must be", Attributes.Ints("dilations", [int.MaxValue, 1])),
        Conv("pads of 2³¹ − 1, which overflow", "must be", Attributes.Ints("pads", [int.MaxValue, 0, int.MaxValue, 0])),
        Conv("pads that just fit, beside a dilation that just fits", "reaches beyond", Attributes.Ints("pads", [1 << 29, 0, 1 << 29, 0]), Attributes.Ints("dilations", [1 << 28, 1])),
        Conv("a stride of 0", "must be positive", Attributes.Ints("strides", [0, 1])),
        Conv("a negative stride", "must be positive", Attributes.Ints("strides", [-1, 1])),
        Conv("no groups", "0 groups do not divide", Attributes.Int("group", 0)),
        Conv("−1 groups", "-1 groups", Attributes.Int("group", -1)),
        Conv("another kernel than the weights", "not that of the weights", Attributes.Ints("kernel_shape", [1 << 30, 1 << 30])),
        Conv("as many strides as it likes", "strides has 5 entries", Attributes.Ints("strides", [1, 1, 1, 1, 1])),
        Image("attributes", "a window of 2³¹ − 1", "must be", Node("MaxPool", ["x"], "y", Attributes.Ints("kernel_shape", [int.MaxValue, 1]), Attributes.Ints("pads", [int.MaxValue, 0, 0, 0]))),
        Image("attributes", "blocks of 0", "blocksize is missing", Node("DepthToSpace", ["x"], "y", Attributes.Int("blocksize", 0))),
        Image("attributes", "an axis of 2³¹ − 1", "axis 2147483647", Node("Softmax", ["x"], "y", Attributes.Int("axis", int.MaxValue))),
        Image("attributes", "a permutation that repeats an axis", "Transpose", Node("Transpose", ["x"], "y", Attributes.Ints("perm", [0, 0, 0, 0]))),
        Image("attributes", "an axis beyond 32 bits", "axis is out of range", Node("Softmax", ["x"], "y", Attributes.Int("axis", 1L << 40))),
        Image("attributes", "a list where a number belongs", "not Int", Node("Softmax", ["x"], "y", Attributes.Ints("axis", [1]))),
        Image("attributes", "one that nobody reads", "attribute 'secret' is unknown", Node("Relu", ["x"], "y", Attributes.Int("secret", 1))),

        Codes("a scale that is NaN", "positive and finite", float.NaN),
        Codes("a scale of 0", "positive and finite", 0),
        Codes("a negative scale", "positive and finite", -1),
        Codes("an infinite scale", "positive and finite", float.PositiveInfinity),
        Codes("a zero point of another type than the codes", "zero point", 1, zero: Dyadic.Tensor.Scalar(0, DType.UInt8)),
        Codes("a zero point that is a real number", "zero point", 1, zero: Dyadic.Tensor.Scalar(0)),
        Codes("more zero points than scales", "shapes differ", 1, zero: Dyadic.Tensor.Zeros(Shape.Of(4), DType.Int8)),
        HostileCase.Refused("codes", "scales for an axis of another size", () => Model(
            17, [("x", [2, 4])], [("s", Dyadic.Tensor.Ones(Shape.Of(3))), ("z", Dyadic.Tensor.Zeros(Shape.Of(3), DType.Int8))], Node("QuantizeLinear", ["x", "s", "z"], "y")).ToByteArray(), "3 scales for axis 1"),
    ];

    private static HostileCase Graph(string @class, string name, string text, params NodeProto[] nodes) =>
        HostileCase.Refused(@class, name, () => Model(17, [("x", [4])], [], nodes).ToByteArray(), text);

    private static HostileCase Image(string @class, string name, string text, params NodeProto[] nodes) =>
        HostileCase.Refused(@class, name, () => Model(17, [("x", [1, 1, 4, 4])], [], nodes).ToByteArray(), text);

    private static HostileCase Conv(string name, string text, params AttributeProto[] attributes) =>
        HostileCase.Refused("attributes", name, () => Model(17, [("x", [1, 1, 4, 4])], Weight, Node("Conv", ["x", "w"], "y", attributes)).ToByteArray(), text);

    private static HostileCase Codes(string name, string text, float scale, Tensor? zero = null) => HostileCase.Refused("codes", name, () => Model(
        17, [("x", [2])], [("q", Dyadic.Tensor.Zeros(Shape.Of(2), DType.Int8)), ("s", Dyadic.Tensor.Scalar(scale)), ("z", zero ?? Dyadic.Tensor.Scalar(0, DType.Int8))],
        Node("DequantizeLinear", ["q", "s", "z"], "r"), Node("Add", ["x", "r"], "y")).ToByteArray(), text);

    private static AttributeProto Region(string name, string output)
    {
        GraphProto graph = new() { Name = name };
        graph.Output.Add(new ValueInfoProto { Name = output });
        return new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };
    }
}
