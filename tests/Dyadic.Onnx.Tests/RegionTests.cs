using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Dyadic.Testing;
using static Dyadic.Onnx.Tests.Protos;

namespace Dyadic.Onnx.Tests;

/// <summary>Graphs inside nodes: what they read around them, and their way through a file.</summary>
public class RegionTests
{
    private static readonly Tensor W = Dyadic.Tensor.Vector(3f, 4f);

    // then: x·w, else: −x, both beside a use of w outside.
    private static ModelProto Choice(string condition, params NodeProto[] before) => Model(
        17, [("x", [2])], [("w", W), ("yes", Dyadic.Tensor.From([true], Shape.Scalar)), ("zero", Dyadic.Tensor.Scalar(0))],
        [
            .. before,
            Node("If", [condition], "chosen", Region("then_branch", [], ["t"], Node("Mul", ["x", "w"], "t")), Region("else_branch", [], ["e"], Node("Neg", ["x"], "e"))),
            Node("Add", ["chosen", "w"], "y"),
        ]);

    [Fact]
    public void A_constant_condition_leaves_one_branch()
    {
        Graph graph = Import(Choice("yes"));
        Assert.DoesNotContain(graph.Nodes, n => n.Op is ControlFlowOp);
        Assert.Equal([6f, 12f], new GraphInterpreter(graph).Run([Dyadic.Tensor.Vector(1f, 2f)])[0].ToArray<float>());
    }

    private static ModelProto Computed => Choice("positive", Node("ReduceSum", ["x"], "sum", Attributes.Int("keepdims", 0)), Node("Greater", ["sum", "zero"], "positive"));

    // s ← s + w·x three times; each s is stacked.
    private static ModelProto Repeated => Model(
        17, [("x", [2])], [("w", W), ("three", Dyadic.Tensor.From<long>([3], Shape.Scalar))],
        Node("Loop", ["three", "", "x"], ["last", "y"], Region(
            "body", [Info("i", [], Numerics.DType.Int64), Info("go", [], Numerics.DType.Bool), Info("s", [2])], ["on", "next", "next"],
            Node("Identity", ["go"], "on"), Node("Mul", ["x", "w"], "product"), Node("Add", ["s", "product"], "next"))));

    private static ModelProto Running => Model(
        17, [("x", [2])], [("w", W), ("rows", Dyadic.Tensor.From<float>([1, 2, 3, 4, 5, 6], Shape.Of(3, 2)))],
        Node("Scan", ["x", "rows"], ["last", "y"], [
            Region("body", [Info("s", [2]), Info("row", [2])], ["next", "out"], Node("Add", ["s", "row"], "next"), Node("Mul", ["next", "w"], "out")), Attributes.Int("num_scan_inputs", 1)]));

    [Fact]
    public void A_region_reads_what_stands_around_it()
    {
        Assert.Equal([6f, 12f], Run(Computed, 1, 2));
        Assert.Equal([4f, 6f], Run(Computed, -1, -2));
        Assert.Equal([4f, 10, 7, 18, 10, 26], Run(Repeated, 1, 2));
        Assert.Equal([6f, 16, 15, 32, 30, 56], Run(Running, 1, 2));

        static float[] Run(ModelProto model, float a, float b) => new GraphInterpreter(Import(model)).Run([Dyadic.Tensor.Vector(a, b)])[0].ToArray<float>();
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void A_region_computes_the_same_after_export_here_and_in_onnx_runtime()
    {
        foreach (ModelProto model in (ModelProto[])[Computed, Repeated, Running])
        {
            Graph graph = Import(model);
            byte[] bytes = OnnxModel.ToBytes(graph);
            Graph back = OnnxModel.Import(bytes).Graph;
            using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(bytes, 1, PeerOptimization.Off);
            foreach (float sign in (float[])[1, -1])
            {
                Tensor x = Dyadic.Tensor.Vector(sign, 2 * sign);
                float[] expected = new GraphInterpreter(graph).Run([x])[0].ToArray<float>();
                Assert.Equal(expected, new GraphInterpreter(back).Run([x])[0].ToArray<float>());
                Assert.Equal(expected, Samples.OfPeer(session.Run(Samples.ToPeer("x", x))[0]).ToArray<float>());
            }
        }
    }

    [Theory]
    [InlineData("HannWindow", 1 << 26)]
    [InlineData("OneHot", 1 << 26)]
    public void Numbers_that_would_fill_the_memory_are_refused(string op, int size)
    {
        (string, Tensor)[] constants = [("size", Dyadic.Tensor.From<long>([size], Shape.Scalar)), ("index", Dyadic.Tensor.From<long>([1], Shape.Of(1))), ("values", Dyadic.Tensor.Vector(0f, 1f))];
        ModelProto model = Model(17, [("x", [1])], constants, Node(op, op == "OneHot" ? ["index", "size", "values"] : ["size"], "big"), Node("Add", ["x", "big"], "y"));
        Assert.Contains("are made while importing", Assert.Throws<OnnxException>(() => Import(model)).Message);
    }
}
