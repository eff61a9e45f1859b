using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Dyadic.Testing;
using Google.Protobuf;
using static Dyadic.Onnx.Tests.PeerCase;
using static Dyadic.Onnx.Tests.Protos;

namespace Dyadic.Onnx.Tests;

/// <summary>Sequences that loops and branches carry, against ONNX Runtime; scans with a batch axis.</summary>
public class SequenceTests
{
    private static readonly ValueInfoProto[] Head = [Info("i", [], DType.Int64), Info("go", [], DType.Bool)];

    private static ValueInfoProto Items(string name) => new() { Name = name, Type = new() { SequenceType = new() { ElemType = new() { TensorType = new() { ElemType = 1 } } } } };

    private static Tensor Long(long value) => Dyadic.Tensor.From([value], Shape.Scalar);

    private static Tensor Yes(bool value = true) => Dyadic.Tensor.From([value], Shape.Scalar);

    private static (string, Tensor)[] Constants => [("three", Long(3)), ("two", Long(2)), ("one", Long(1)), ("nought", Long(0)), ("yes", Yes())];

    private static NodeProto Named(string name, NodeProto node)
    {
        node.Name = name;
        return node;
    }

    // x, 2x, 3x, … are added to a sequence, which is joined in the end.
    private static NodeProto[] Growing(string count, string condition, params NodeProto[] next) =>
    [
        Node("SequenceEmpty", [], "none"),
        Node("Loop", [count, condition, "none", "x"], ["all", "last"], Region(
            "body", [.. Head, Items("s"), Info("sum", [N])], ["on", "more", "twice"], [.. next, Node("Add", ["sum", "x"], "twice"), Node("SequenceInsert", ["s", "sum"], "more")])),
        Node("ConcatFromSequence", ["all"], "y", Attributes.Int("axis", 0), Attributes.Int("new_axis", 1)),
    ];

    private static ModelProto Counted => Model(17, [("x", [N])], Constants, Growing("three", "yes", Node("Identity", ["go"], "on")));

    // Goes on while i < 2, which constants tell.
    private static ModelProto While => Model(17, [("x", [N])], Constants, Growing("", "yes", Node("Less", ["i", "two"], "on")));

    // (a, b) ← (b, a + b), as often as an input says.
    private static ModelProto Pair => Model(
        17, [Info("x", [2]), Info("m", [], DType.Int64)], Constants, ["y"],
        Node("SequenceConstruct", ["x", "x"], "start"),
        Node("Loop", ["m", "", "start"], "end", Region(
            "body", [.. Head, Items("s")], ["on", "next"], Node("Identity", ["go"], "on"), Node("SequenceAt", ["s", "nought"], "a"), Named("second", Node("SequenceAt", ["s", "one"], "b")), Node("Add", ["a", "b"], "c"),
            Named("pair", Node("SequenceConstruct", ["b", "c"], "next")))),
        Named("result", Node("SequenceAt", ["end", "one"], "y")));

    private static ModelProto Branches(params string[] others) => Model(
        17, [Info("x", [2]), Info("c", [], DType.Bool)], Constants, ["y"],
        Node("If", ["c"], "s", Region("then_branch", [], ["t"], Node("Neg", ["x"], "n"), Node("SequenceConstruct", ["x", "n"], "t")), Region("else_branch", [], ["e"], Named("other", Node("SequenceConstruct", others, "e")))),
        Node("SequenceAt", ["s", "one"], "y"));

    private static float[] Run(ModelProto model, params Tensor[] inputs)
    {
        Graph graph = Import(model), back = OnnxModel.Import(OnnxModel.ToBytes(graph)).Graph;
        Assert.Equal(graph.ToString(), back.ToString());
        float[] y = new GraphInterpreter(graph).Run(inputs)[0].ToArray<float>();
        Assert.Equal(y, new GraphInterpreter(back).Run(inputs)[0].ToArray<float>());
        return y;
    }

    [Fact]
    public void A_loop_of_known_iterations_may_grow_a_sequence()
    {
        Tensor x = Dyadic.Tensor.Vector(1f, -2f);
        foreach (ModelProto model in (ModelProto[])[Counted, While])
        {
            Assert.DoesNotContain(Import(model).Nodes, n => n.Op is ControlFlowOp);
            Assert.Equal([1f, -2, 2, -4, 3, -6], Run(model, x));
        }
    }

    [Fact]
    public void A_sequence_that_keeps_its_length_is_carried_as_its_items()
    {
        Assert.Equal(2, Import(Pair).Nodes.Select(n => n.Op).OfType<Loop>().Single().Carried);
        Assert.Equal([8f, 16], Run(Pair, Dyadic.Tensor.Vector(1f, 2f), Long(4)));
        Assert.Equal([1f, 2], Run(Pair, Dyadic.Tensor.Vector(1f, 2f), Long(0)));
    }

    [Fact]
    public void Branches_give_sequences_of_one_length()
    {
        Tensor x = Dyadic.Tensor.Vector(1f, 2f);
        Assert.Equal([-1f, -2], Run(Branches("x", "x"), x, Yes()));
        Assert.Equal([1f, 2], Run(Branches("x", "x"), x, Yes(false)));
        Assert.Contains("a sequence of 2 items in one graph and a sequence of 1 items in the other", Assert.Throws<OnnxException>(() => Import(Branches("x"))).Message);
    }

    // Data say how often, or whether there is another iteration.
    private static ModelProto Asked => Model(17, [Info("x", [2]), Info("m", [], DType.Int64)], Constants, ["y"], Growing("m", "", Node("Identity", ["go"], "on")));

    private static ModelProto Decided => Model(
        17, [("x", [1])], [.. Constants, ("limit", Dyadic.Tensor.Vector(5f)), ("shape", Dyadic.Tensor.Vector<long>())],
        Growing("", "yes", Named("less", Node("Less", ["sum", "limit"], "vector")), Node("Reshape", ["vector", "shape"], "on")));

    [Fact]
    public void A_sequence_that_only_grows_is_stacked()
    {
        Assert.Equal(1, Import(Asked).Nodes.Select(n => n.Op).OfType<Loop>().Single().Carried);
        Assert.Equal([1f, -2, 2, -4, 3, -6, 4, -8], Run(Asked, Dyadic.Tensor.Vector(1f, -2f), Long(4)));
        Assert.Equal([], Run(Asked, Dyadic.Tensor.Vector(1f, -2f), Long(0)));
        Assert.Equal([2f, 4, 6], Run(Decided, Dyadic.Tensor.Vector(2f)));
    }

    [Fact]
    public void What_a_graph_cannot_hold_is_refused_by_name()
    {
        NodeProto[] nodes = Growing("m", "", Node("Identity", ["go"], "on"));
        nodes[1].Attribute[0].G.Node.Single(n => n.OpType == "SequenceInsert").Input.Add("nought");
        ModelProto inFront = Model(17, [Info("x", [N]), Info("m", [], DType.Int64)], Constants, ["y"], nodes);
        Assert.Contains("a sequence of 0 items before an iteration and a sequence of 1 items after it", Assert.Throws<OnnxException>(() => Import(inFront)).Message);
        Graph known = OnnxModel.Import(inFront.ToByteArray(), new() { FixedInputs = new Dictionary<string, Tensor> { ["m"] = Long(2) } }).Graph;
        Assert.Equal([2f, 1], new GraphInterpreter(known).Run([Dyadic.Tensor.Vector(1f)])[0].ToArray<float>());

        // Items of other shapes: x, (x, x), (x, x, x, x).
        ModelProto longer = Model(17, [Info("x", [N]), Info("m", [], DType.Int64)], Constants, ["y"], Growing("m", "", Node("Identity", ["go"], "on")));
        NodeProto add = longer.Graph.Node[1].Attribute[0].G.Node.Single(n => n.OpType == "Add");
        (add.OpType, add.Input[1]) = ("Concat", "sum");
        add.Attribute.Add(Attributes.Int("axis", 0));
        Assert.Contains("and may give 'loop/carried0.0' another size", Assert.Throws<OnnxException>(() => Import(longer)).Message);
    }

    // Rows of x, however many: one that an input chooses, all of them as columns and joined, how many, and two more.
    private static ModelProto Rows(bool keep)
    {
        ModelProto model = Model(
            17, [Info("x", [N, 3]), Info("k", [], DType.Int64)], [("row", Dyadic.Tensor.From([7f, 8, 9], keep ? Shape.Of(1, 3) : Shape.Of(3)))], ["at", "columns", "joined", "length", "more"],
            Node("SplitToSequence", ["x"], "s", Attributes.Int("axis", 0), Attributes.Int("keepdims", keep ? 1 : 0)), Node("SequenceAt", ["s", "k"], "at"),
            Node("ConcatFromSequence", ["s"], "columns", Attributes.Int("axis", 1), Attributes.Int("new_axis", 1)), Named("join", Node("ConcatFromSequence", ["s"], "joined", Attributes.Int("axis", -1))),
            Node("SequenceLength", ["s"], "length"), Node("SequenceInsert", ["s", "row"], "longer"), Named("grown", Node("ConcatFromSequence", ["longer"], "more", Attributes.Int("axis", 0))));
        return model;
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Parts_of_a_tensor_of_unknown_size_are_a_sequence()
    {
        Tensor x = Dyadic.Tensor.From<float>([1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6], Shape.Of(4, 3));
        foreach (bool keep in (bool[])[true, false])
        {
            ModelProto model = Rows(keep);
            using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(model.ToByteArray(), 1, PeerOptimization.Off);
            foreach (long k in (long[])[2, -1])
            {
                Tensor[] y = new GraphInterpreter(Import(model)).Run([x, Long(k)]);
                PeerTensor[] expected = session.Run(Samples.ToPeer("x", x), Samples.ToPeer("k", Long(k)));
                for (int i = 0; i < y.Length; i++) Assert.Equal(0, Samples.Distance(Samples.OfPeer(expected[i]), y[i]));
            }
        }
    }

    [Fact]
    public void A_sequence_of_unknown_length_leaves_a_graph_as_a_stack()
    {
        ModelProto model = Asked;
        model.Graph.Output[0].Name = "all";
        Graph graph = Import(model);
        Assert.Equal("all", graph.Outputs.Single().Name);
        Assert.Equal([3, 2], new GraphInterpreter(graph).Run([Dyadic.Tensor.Vector(1f, 2f), Long(3)])[0].Shape.ToArray());
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Onnx_runtime_computes_the_same_from_the_files_themselves()
    {
        Tensor x = Dyadic.Tensor.Vector(1f, -2f);
        foreach ((ModelProto model, Tensor[] inputs) in ((ModelProto, Tensor[])[])[(Counted, [x]), (While, [x]), (Pair, [x, Long(5)]), (Asked, [x, Long(4)]), (Decided, [Dyadic.Tensor.Vector(2f)]), (Branches("x", "x"), [x, Yes()])])
        {
            using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(model.ToByteArray(), 1, PeerOptimization.Off);
            Assert.Equal(Run(model, inputs), Samples.OfPeer(session.Run([.. inputs.Select((t, i) => Samples.ToPeer(model.Graph.Input[i].Name, t))])[0]).ToArray<float>());
        }
    }

    // Sums that run on, and their squares stacked: two samples of four steps.
    [FixtureFact(Fixture.OnnxRuntime)]
    public void Scans_over_a_batch()
    {
        AttributeProto body = Region("body", [Info("s", [3]), Info("row", [3])], ["next", "square"], Node("Add", ["s", "row"], "next"), Node("Mul", ["next", "next"], "square"));
        AttributeProto[] forward = [body, Attributes.Int("num_scan_inputs", 1)], backward = [.. forward, Attributes.Ints("directions", [1])];
        Tensor[] Inputs(Rng rng) => [Uniform(rng, -1, 1, 2, 3), Uniform(rng, -1, 1, 2, 4, 3)];
        Check(((AttributeProto[][])[forward, backward]).SelectMany(attributes => (PeerCase[])
        [
            new(8, "Scan", attributes, rng => [null, .. Inputs(rng)], Outputs: 2),
            new(8, "Scan", attributes, rng => [Dyadic.Tensor.Vector(4L, 4), .. Inputs(rng)], Outputs: 2),
            new(8, "Scan", attributes, rng => [Dyadic.Tensor.Vector(3L, 1), .. Inputs(rng)], Outputs: 2),
        ]));
    }
}
