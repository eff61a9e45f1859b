using Dyadic.Ir;
using Dyadic.Onnx.Wire;
using Google.Protobuf;
using static Dyadic.Onnx.Tests.Protos;

namespace Dyadic.Onnx.Tests.Hostile;

/// <summary>Files whose bytes lie: lengths, dimensions, nesting, amplification.</summary>
internal static class HostileWire
{
    public static IEnumerable<HostileCase> All =>
    [
        Tensor("dimensions", "one is negative", [-4], 16, "dimension 0 is -4"),
        Tensor("dimensions", "one is 2⁴⁰", [1L << 40], 16, "dimension 0 is 1099511627776"),
        Tensor("dimensions", "their product is 2⁶⁴, which is 0 in 64 bits", [65536, 65536, 65536, 65536], 0, "more than 2147483647 elements"),
        Tensor("dimensions", "their product is 2³² + 4, which is 4 in 32 bits", [4, 1073741825], 16, "more than 2147483647 elements"),
        Tensor("dimensions", "more bytes than there are", [1000], 16, "16 bytes of data do not fill"),
        Tensor("dimensions", "fewer bytes than there are", [2], 16, "16 bytes of data do not fill"),
        HostileCase.Refused("dimensions", "an input of 2⁴⁰", () => Of(m => m.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue = 1L << 40), "dimension 0 is 1099511627776"),
        HostileCase.Exceeds("dimensions", "tensors of more bytes than allowed", () => Of(m => m.Graph.Initializer[0] = Filled([1 << 25], new byte[4 << 25])), "LoadBudget.InitialiserBytes"),

        HostileCase.Refused("declared lengths", "raw data longer than the file", () => RawDataOf(1 << 30), "are left"),
        HostileCase.Refused("declared lengths", "a length of 2⁶³", () => RawDataOf(ulong.MaxValue >> 1), "are left"),
        HostileCase.Refused("declared lengths", "a length of eleven bytes", () => [0x3A, .. Enumerable.Repeat((byte)0xFF, 11), 1], "more than ten bytes"),
        HostileCase.Refused("declared lengths", "a message cut within a number", () => [0x3A, 0x80], "cut"),
        HostileCase.Refused("declared lengths", "fewer values than dimensions", () => Of(m => { TensorProto t = m.Graph.Initializer[0]; t.ClearRawData(); t.FloatData.Add(1); }), "1 values do not fill"),

        HostileCase.Refused("groups", "a group, ten thousand deep", () => [.. Enumerable.Repeat((byte)0x0B, 10_000)], "wire type 3"),
        HostileCase.Refused("groups", "a group inside of a node", () => InNode([0x7B, 0x7C]), "wire type 3"),
        HostileCase.Exceeds("nesting", "a type of a type of a type, a thousand deep", () => InGraph(11, Field(2, Nested(1000, 4, 1))), "LoadBudget.Depth"),
        HostileCase.Exceeds("nesting", "a graph in a node in a graph, a hundred deep", () => InGraph(1, Nested(300, 5, 6, 1)), "LoadBudget.Depth"),

        HostileCase.Exceeds("amplification", "a node of two bytes, a hundred thousand times", () => InGraph([.. Enumerable.Repeat((byte[])[0x0A, 0], 100_000).SelectMany(b => b)]), "LoadBudget.Nodes"),
        HostileCase.Exceeds("amplification", "an attribute of two bytes, two hundred thousand times", () => InNode([.. Enumerable.Repeat((byte[])[0x2A, 0], 200_000).SelectMany(b => b)]), "LoadBudget.Nodes"),
        HostileCase.Exceeds("amplification", "an input of two bytes, two hundred thousand times", () => InGraph([.. Enumerable.Repeat((byte[])[0x5A, 0], 200_000).SelectMany(b => b)]), "LoadBudget.Nodes"),
        HostileCase.Exceeds("amplification", "numbers of one byte that become eight", () => InNode(Field(5, Field(8, new byte[9 << 20]))), "LoadBudget.InitialiserBytes"),
        new("bytes", "a file of more than the budget", () => Of(_ => { }), typeof(Runtime.BudgetException), "Raise LoadBudget.Bytes") { Load = new() { Bytes = 10 } },
        new("time", "an import without time", () => Of(_ => { }), typeof(Runtime.BudgetException), "Raise LoadBudget.Time") { Load = new() { Time = TimeSpan.Zero } },

        HostileCase.Refused("sparse tensors", "an initialiser, whose indices are not looked at", () => Of(m => m.Graph.SparseInitializer.Add(new SparseTensorProto { Values = new() { Name = "s" } })), "sparse"),
        HostileCase.Refused("sparse tensors", "a constant", () => Of(m => m.Graph.Node.Insert(0, Node("Constant", [], "s", new AttributeProto { Name = "sparse_value", Type = AttributeProto.Types.AttributeType.SparseTensor }))), "no tensor"),
        HostileCase.Refused("functions", "one that calls itself", () => Functions(1, 1, calls: _ => 0), "calls itself"),
        HostileCase.Refused("functions", "two that call each other", () => Functions(2, 1, calls: f => 1 - f), "calls itself"),
        HostileCase.Exceeds("functions", "each calls the next one ten times", () => Functions(8, 10, calls: f => f + 1), "LoadBudget.Nodes"),
        HostileCase.Refused("segments", "a tensor in segments", () => Of(m => m.Graph.Initializer[0].Segment = new() { Begin = -1, End = long.MaxValue }), "segments"),
    ];

    /// <summary>x [2] + w [4 zeros] → y, changed.</summary>
    public static byte[] Of(Action<ModelProto> change)
    {
        ModelProto model = Model(17, [("x", [4])], [("w", Dyadic.Tensor.Zeros(Shape.Of(4)))], Node("Add", ["x", "w"], "y"));
        change(model);
        return model.ToByteArray();
    }

    // d.f0 is called with x; each function calls another one so many times, one after the other. The last one may call nothing that exists.
    private static byte[] Functions(int count, int times, Func<int, int> calls)
    {
        ModelProto model = Model(17, [("x", [4])], [], Node("d.f0", ["x"], "y"));
        for (int f = 0; f < count; f++)
        {
            FunctionProto function = new() { Name = $"f{f}", Domain = "d" };
            function.Input.Add("v0");
            function.Output.Add($"v{times}");
            bool last = calls(f) == count;
            for (int i = 0; i < times; i++) function.Node.Add(Node(last ? "Neg" : $"d.f{calls(f)}", [$"v{i}"], $"v{i + 1}"));
            model.Functions.Add(function);
        }
        return model.ToByteArray();
    }

    private static HostileCase Tensor(string @class, string name, long[] dims, int bytes, string text) =>
        HostileCase.Refused(@class, name, () => Of(m => m.Graph.Initializer[0] = Filled(dims, new byte[bytes])), text);

    private static TensorProto Filled(long[] dims, byte[] data)
    {
        TensorProto tensor = new() { Name = "w", DataType = 1, RawData = ByteString.CopyFrom(data) };
        tensor.Dims.Add(dims);
        return tensor;
    }

    // A graph whose only initialiser declares raw data of another length.
    private static byte[] RawDataOf(ulong declared) => InGraph(5, [.. (byte[])[0x08, 4, 0x10, 1, 0x4A], .. Varint(declared), 0, 0]);

    private static byte[] InGraph(int field, byte[] content) => InGraph(Field(field, content));

    private static byte[] InGraph(byte[] fields) => [.. Of(m => m.Graph = new()), .. Field(7, fields)];

    private static byte[] InNode(byte[] fields) => InGraph(1, fields);

    // Messages inside of each other, whose field numbers take turns.
    private static byte[] Nested(int depth, params int[] fields)
    {
        byte[] inner = [];
        for (int i = depth - 1; i >= 0; i--) inner = Field(fields[i % fields.Length], inner);
        return inner;
    }

    private static byte[] Field(int number, byte[] content) => [.. Varint(((ulong)number << 3) | 2), .. Varint((ulong)content.Length), .. content];

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
