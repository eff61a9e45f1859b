using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Dyadic.Runtime;
using Google.Protobuf;
using static Dyadic.Onnx.Tests.Protos;

namespace Dyadic.Onnx.Tests.Hostile;

/// <summary>Small files that want much: of constants, nodes, memory, operations and iterations; and indices outside of what they index.</summary>
internal static class HostileBombs
{
    private static readonly Tensor Far = Longs(1000), Large = Longs(30_000, 30_000);

    public static IEnumerable<HostileCase> All =>
    [
        HostileCase.Exceeds("folding bombs", "a constant that is doubled again and again", () => Constants([("c", Dyadic.Tensor.Ones(Shape.Of(1000)))], [.. Enumerable.Range(0, 16).Select(i => Node("Concat", [i == 0 ? "c" : $"c{i}", i == 0 ? "c" : $"c{i}"], $"c{i + 1}", Attributes.Int("axis", 0))), Node("ReduceSum", ["c16"], "y")]), "RunBudget.ArenaBytes", Stage.Plan),
        HostileCase.Exceeds("folding bombs", "a hundred constants of the largest size that is computed", () => Constants([("shape", Longs(1 << 18))], [Node("ConstantOfShape", ["shape"], "c0"), .. Enumerable.Range(0, 100).Select(i => Node("Neg", [$"c{i}"], $"c{i + 1}")), Node("ReduceSum", ["c100"], "y")]), "LoadBudget.FoldedBytes"),
        HostileCase.Exceeds("folding bombs", "a product of constants", () => Constants([("shape", Longs(2000, 2000))], Node("ConstantOfShape", ["shape"], "c"), Node("MatMul", ["c", "c"], "p"), Node("ReduceSum", ["p"], "y")), "RunBudget.Operations", Stage.Plan),
        HostileCase.Refused("folding bombs", "a constant of 2⁴⁰ elements", () => Constants([("shape", Longs(1 << 20, 1 << 20))], Node("ConstantOfShape", ["shape"], "y")), "too large for a constant"),
        HostileCase.Refused("folding bombs", "numbers from 0 to 2⁴⁰", () => Constants([("zero", Long(0)), ("end", Long(1L << 40)), ("one", Long(1))], Node("Range", ["zero", "end", "one"], "y")), "are made while importing"),
        HostileCase.Refused("folding bombs", "numbers in steps of 0", () => Constants([("zero", Long(0)), ("end", Long(1)), ("one", Long(0))], Node("Range", ["zero", "end", "one"], "y")), "are made while importing"),
        HostileCase.Refused("folding bombs", "2³¹ − 1 classes", () => Constants([("i", Longs(1)), ("depth", Long(int.MaxValue)), ("v", Dyadic.Tensor.Vector(0f, 1f))], Node("OneHot", ["i", "depth", "v"], "y")), "are made while importing"),
        HostileCase.Refused("folding bombs", "a window of 2³¹ − 1", () => Constants([("n", Long(int.MaxValue))], Node("HannWindow", ["n"], "y")), "are made while importing"),
        HostileCase.Exceeds("folding bombs", "many windows", () => Constants([("n", Long(1 << 20))], [.. Enumerable.Range(0, 20).Select(i => Node("HannWindow", ["n"], $"w{i}")), Node("Neg", ["w0"], "y")]), "LoadBudget.FoldedBytes"),

        HostileCase.Refused("node bombs", "a tensor split to a sequence of 2³¹ − 1", () => Model(17, [("x", [2, 3, int.MaxValue])], [], Node("SplitToSequence", ["x"], "s", Attributes.Int("axis", -1)), Node("SequenceLength", ["s"], "y")).ToByteArray(), "are made while importing"),
        HostileCase.Exceeds("node bombs", "a tensor split to a sequence of a million", () => Model(17, [("x", [1 << 20])], [], Node("SplitToSequence", ["x"], "s"), Node("SequenceLength", ["s"], "y")).ToByteArray(), "LoadBudget.Nodes"),
        HostileCase.Exceeds("node bombs", "a map over a map over a map", NestedMaps, "LoadBudget.Nodes"),
        HostileCase.Exceeds("node bombs", "a loop that adds to a sequence without end", GrowingSequence, "LoadBudget.Nodes"),
        HostileCase.Refused("dimensions", "a shape of 2³⁰ dimensions", () => Model(17, [Info("x", [1]), Info("to", [1 << 30], DType.Int64)], [], ["y"], Node("Expand", ["x", "to"], "y")).ToByteArray(), "at most 16"),
        HostileCase.Refused("dimensions", "a shape of a thousand dimensions", () => Of([("to", Longs(new long[1000]))], Node("ConstantOfShape", ["to"], "y")), "1000 dimensions"),
        new("numbers", "a division of integers by 0", () => Model(17, [Info("x", [1], DType.Int32)], [("zero", Dyadic.Tensor.Zeros(Shape.Of(1), DType.Int32))], ["y"], Node("Div", ["x", "zero"], "y")).ToByteArray(), typeof(PlanException), "divided by 0", Stage.Run),
        new("numbers", "the least integer, divided by −1", () => Constants([("least", Dyadic.Tensor.Vector(int.MinValue)), ("minus", Dyadic.Tensor.Vector(-1))], Node("Div", ["least", "minus"], "y")), typeof(OnnxException), "divided by 0, or the least one by"),
        HostileCase.Refused("names", "an operator without the inputs that it needs", () => Model(17, [("x", [3, 7])], [], Node("LayerNormalization", ["x"], "y")).ToByteArray(), "1 inputs were given"),
        HostileCase.Exceeds("symbol bombs", "a size that is doubled sixty times", () => Of([], [.. Enumerable.Range(0, 60).Select(i => Node("Concat", [i == 0 ? "x" : $"x{i}", i == 0 ? "x" : $"x{i}"], $"x{i + 1}", Attributes.Int("axis", 0))), Node("Neg", ["x60"], "y")]), "RunBudget.ArenaBytes", Stage.Run),
        HostileCase.Exceeds("loops", "one without end", () => OfOne([("most", Long(long.MaxValue)), ("go", Yes)], Node("Loop", ["most", "go", "x"], "y", Body())), "RunBudget.Iterations", Stage.Run),
        HostileCase.Exceeds("loops", "one of which only its body knows the end", () => OfOne([("go", Yes)], Node("Loop", ["", "go", "x"], "y", Body())), "RunBudget.Iterations", Stage.Run),
        HostileCase.Exceeds("loops", "one in another", () => OfOne([("most", Long(100)), ("go", Yes)], Node("Loop", ["most", "go", "x"], "y", Body(Node("Loop", ["most", "go", "s"], "next", Body())))), "RunBudget.Iterations", Stage.Run),
        HostileCase.Exceeds("loops", "one that stacks what it makes", () => OfOne([("most", Long(1000)), ("go", Yes), ("wide", Longs(100_000))], Node("Loop", ["most", "go", "x"], ["z", "y"], Body([Node("Expand", ["s", "wide"], "more")], "more"))), "RunBudget.ArenaBytes", Stage.Run),

        HostileCase.Refused("loops", "one whose number of iterations is no int64", () => OfOne([("most", Dyadic.Tensor.Scalar(5, DType.Int8)), ("go", Yes)], Node("Loop", ["most", "go", "x"], "y", Body())), "number of iterations is int8"),
        HostileCase.Refused("loops", "one whose condition is no truth value", () => OfOne([("most", Long(5)), ("go", Dyadic.Tensor.Scalar(1, DType.Int8))], Node("Loop", ["most", "go", "x"], "y", Body())), "the condition is int8"),
        HostileCase.Refused("attributes", "n-grams that start outside of their pool", () => Model(17, [Info("x", [4], DType.Int64)], [], ["y"], Node(
            "TfIdfVectorizer", ["x"], "y", Attributes.Ints("pool_int64s", [1, 2]), Attributes.Ints("ngram_counts", [-5]), Attributes.Ints("ngram_indexes", [0, 1]), Attributes.Text("mode", "TF"),
            Attributes.Int("min_gram_length", 1), Attributes.Int("max_gram_length", 1), Attributes.Int("max_skip_count", 0))).ToByteArray(), "starts ascend within it"),
        HostileCase.Exceeds("run bombs", "an expansion", () => OfOne([("to", Longs(1 << 20, 100))], Node("Expand", ["x", "to"], "e"), Node("Neg", ["e"], "y")), "RunBudget.ArenaBytes", Stage.Run),
        HostileCase.Exceeds("run bombs", "an expansion, in a plan", () => OfOne([("to", Longs(1 << 20, 100))], Node("Expand", ["x", "to"], "e"), Node("Neg", ["e"], "y")), "RunBudget.ArenaBytes", Stage.Plan),
        HostileCase.Exceeds("run bombs", "a tile", () => OfOne([("by", Longs(1 << 28))], Node("Tile", ["x", "by"], "y")), "RunBudget.ArenaBytes", Stage.Run),
        HostileCase.Exceeds("run bombs", "a tile, in a plan", () => OfOne([("by", Longs(1 << 28))], Node("Tile", ["x", "by"], "y")), "RunBudget.ArenaBytes", Stage.Plan),
        HostileCase.Exceeds("run bombs", "a border", () => OfOne([("pads", Longs(0, 1 << 28))], Node("Pad", ["x", "pads"], "y")), "RunBudget.ArenaBytes", Stage.Run),
        HostileCase.Exceeds("run bombs", "an enlargement", () => OfOne([("to", Longs(1 << 26))], Node("Resize", ["x", "", "", "to"], "y")), "RunBudget.ArenaBytes", Stage.Run),
        new("run bombs", "an enlargement of more places than there is room for", () => OfOne([("to", Longs(int.MaxValue))], Node("Resize", ["x", "", "", "to"], "y", Attributes.Text("mode", "linear"))), typeof(OnnxException), "places"),
        HostileCase.Exceeds("run bombs", "an outer product and its square", () => OfOne([("column", Longs(20_000, 1)), ("row", Longs(1, 20_000))], Node("Expand", ["x", "column"], "c"), Node("Expand", ["x", "row"], "r"), Node("MatMul", ["c", "r"], "y")), "RunBudget.Operations", Stage.Run),
        HostileCase.Exceeds("run bombs", "a product without large outputs", () => OfOne([("a", Longs(300, 10_000)), ("b", Longs(10_000, 300))], Node("Expand", ["x", "a"], "l"), Node("Expand", ["x", "b"], "r"), Node("MatMul", ["l", "r"], "y")), "RunBudget.Operations", Stage.Plan),
        new("run bombs", "more elements than an int holds", () => OfOne([("to", Large), ("by", Longs(9, 9))], Node("Expand", ["x", "to"], "e"), Node("Tile", ["e", "by"], "y")), typeof(ShapeException), "are supported. Split it.", Stage.Run),

        Outside("Gather", Node("Gather", ["x", "far"], "y")),
        Outside("GatherElements", Node("GatherElements", ["x", "far"], "y")),
        Outside("GatherND", Node("GatherND", ["x", "far"], "y")),
        Outside("ScatterElements", Node("ScatterElements", ["x", "far", "x"], "y")),
        Outside("ScatterND", Node("Reshape", ["far", "pair"], "at"), Node("ScatterND", ["x", "at", "x"], "y")),
        new("indices", "places of a pooling outside of its plane", () => Model(17, [("x", [1, 1, 1, 1])], [("far", Dyadic.Tensor.From<long>([-1001], Shape.Of(1, 1, 1, 1)))], Node("MaxUnpool", ["x", "far"], "y", Attributes.Ints("kernel_shape", [2, 2]), Attributes.Ints("strides", [2, 2]))).ToByteArray(), typeof(ShapeException), "place -1 is outside of a plane", Stage.Run),
        HostileCase.Refused("indices", "fewer lengths than sequences", () => Model(
            17, [("x", [3, 2, 2])], [("w", Dyadic.Tensor.Zeros(Shape.Of(1, 3, 2))), ("r", Dyadic.Tensor.Zeros(Shape.Of(1, 3, 3))), ("b", Dyadic.Tensor.Zeros(Shape.Of(1, 6))), ("n", Dyadic.Tensor.Zeros(Shape.Of(0), DType.Int32))],
            Node("RNN", ["x", "w", "r", "b", "n"], "y", Attributes.Int("hidden_size", 3))).ToByteArray(), "0 lengths for 2 sequences"),
        new("indices", "lengths of sequences beyond them", () => Model(17, [("x", [2, 1])], [("n", Longs(1000))], Node("ReverseSequence", ["x", "n"], "y")).ToByteArray(), typeof(ShapeException), "1000", Stage.Run),
    ];

    private static byte[] GrowingSequence()
    {
        ValueInfoProto sequence = new() { Name = "s", Type = new() { SequenceType = new() { ElemType = Info("", [1]).Type } } };
        NodeProto[] nodes =
        [
            Node("SequenceEmpty", [], "none"),
            Node("Loop", ["most", "go", "none"], "all", Region(
                "body", [Info("i", [], DType.Int64), Info("on", [], DType.Bool), sequence], ["still", "more"], Node("Identity", ["on"], "still"), Node("SequenceInsert", ["s", "x"], "more"))),
            Node("SequenceLength", ["all"], "y"),
        ];
        return OfOne([("most", Long(long.MaxValue)), ("go", Yes)], nodes);
    }

    private static Tensor Yes => Dyadic.Tensor.From([true], Shape.Scalar);

    private static Tensor Longs(params long[] values) => Dyadic.Tensor.Vector<long>(values);

    private static Tensor Long(long value) => Dyadic.Tensor.From([value], Shape.Scalar);

    private static byte[] Of((string, Tensor)[] constants, params NodeProto[] nodes) => Model(17, [("x", [N])], constants, nodes).ToByteArray();

    private static byte[] OfOne((string, Tensor)[] constants, params NodeProto[] nodes) => Model(17, [("x", [1])], constants, nodes).ToByteArray();

    private static byte[] Constants((string, Tensor)[] constants, params NodeProto[] nodes) => Model(17, [], constants, nodes).ToByteArray();

    private static HostileCase Outside(string op, params NodeProto[] nodes) =>
        new("indices", $"{op} far outside", () => Model(17, [("x", [1])], [("far", Far), ("pair", Longs(1, 1))], nodes).ToByteArray(), typeof(ShapeException), "1000", Stage.Run);

    // s → −s, or what the nodes make; true for ever.
    private static AttributeProto Body(params NodeProto[] nodes) => Body(nodes, []);

    private static AttributeProto Body(NodeProto[] nodes, params string[] stacked)
    {
        GraphProto body = new() { Name = "body" };
        body.Input.Add([Info("i", [], DType.Int64), Info("on", [], DType.Bool), Info("s", [1])]);
        body.Node.Add(Node("Identity", ["on"], "still"));
        body.Node.Add(nodes);
        if (!nodes.Any(n => n.Output.Contains("next"))) body.Node.Add(Node("Neg", ["s"], "next"));
        foreach (string output in (string[])["still", "next", .. stacked]) body.Output.Add(new ValueInfoProto { Name = output });
        return new() { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = body };
    }

    // Twenty items, mapped by a graph that maps twenty items, and so on: 20⁴ nodes of four.
    private static byte[] NestedMaps()
    {
        NodeProto inner = Node("Neg", ["e0"], "r0");
        for (int depth = 0; depth < 4; depth++)
        {
            GraphProto body = new() { Name = $"b{depth}" };
            body.Input.Add(Info($"e{depth}", [N]));
            body.Node.Add(inner);
            if (depth > 0) body.Node.Add(Node("ConcatFromSequence", [$"q{depth}"], $"r{depth}", Attributes.Int("axis", 0)));
            body.Output.Add(new ValueInfoProto { Name = $"r{depth}" });
            inner = Node("SequenceMap", ["items"], $"q{depth + 1}", new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = body });
        }
        return Of([], Node("SequenceConstruct", [.. Enumerable.Repeat("x", 20)], "items"), inner, Node("ConcatFromSequence", ["q4"], "y", Attributes.Int("axis", 0)));
    }
}
