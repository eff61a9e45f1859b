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
    private static NodeProto[] Growing(string count, string condition, NodeProto next) =>
    [
        Node("SequenceEmpty", [], "none"),
        Node("Loop", [count, condition, "none", "x"], ["all", "last"], Region(
            "body", [.. Head, Items("s"), Info("sum", [N])], ["on", "more", "twice"], next, Node("Add", ["sum", "x"], "twice"), Node("SequenceInsert", ["s", "sum"], "more"))),
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

    [Fact]
    public void What_only_a_run_knows_is_refused_by_name()
    {
        ModelProto counted = Model(17, [Info("x", [N]), Info("m", [], DType.Int64)], Constants, ["y"], Growing("m", "", Node("Identity", ["go"], "on")));
        Assert.Contains("a sequence of 0 items before an iteration and a sequence of 1 items after it", Assert.Throws<OnnxException>(() => Import(counted)).Message);
        Graph fixedCount = OnnxModel.Import(counted.ToByteArray(), new() { FixedInputs = new Dictionary<string, Tensor> { ["m"] = Long(2) } }).Graph;
        Assert.Equal([1f, 2], new GraphInterpreter(fixedCount).Run([Dyadic.Tensor.Vector(1f)])[0].ToArray<float>());
        ModelProto decided = Model(17, [("x", [1])], [.. Constants, ("limit", Dyadic.Tensor.Vector(5f))], Growing("three", "yes", Node("Less", ["sum", "limit"], "on")));
        Assert.Contains("iteration 0 computes while the graph runs whether there is another one", Assert.Throws<OnnxException>(() => Import(decided)).Message);
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Onnx_runtime_computes_the_same_from_the_files_themselves()
    {
        Tensor x = Dyadic.Tensor.Vector(1f, -2f);
        foreach ((ModelProto model, Tensor[] inputs) in ((ModelProto, Tensor[])[])[(Counted, [x]), (While, [x]), (Pair, [x, Long(5)]), (Branches("x", "x"), [x, Yes()])])
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
