using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using static Dyadic.Onnx.Tests.Protos;

namespace Dyadic.Onnx.Tests;

/// <summary>What single rules do beyond one op for one operator.</summary>
public class ImportRuleTests
{
    [Fact]
    public void Shape_arithmetic_over_a_symbolic_batch_becomes_a_reshape()
    {
        Graph graph = Import(Model(
            13, [("x", [N, 3, 4, 5])], [("zero", Dyadic.Tensor.Vector(0L)), ("rest", Dyadic.Tensor.Vector(-1L))],
            Node("Shape", ["x"], "shape"), Node("Gather", ["shape", "zero"], "batch"),
            Node("Concat", ["batch", "rest"], "target", Attributes.Int("axis", 0)), Node("Reshape", ["x", "target"], "y")));
        Assert.Equal(new Reshape([0, -1]), Assert.Single(graph.Nodes).Op);
        Assert.Equal("[N, 60]", graph.Outputs[0].Shape.ToString());
    }

    [Fact]
    public void Known_sizes_fold_to_constants()
    {
        Graph graph = Import(Model(
            13, [("x", [2, 3, 4])], [("index", Dyadic.Tensor.Vector(2L, 0L)), ("three", Dyadic.Tensor.Vector(3L))],
            Node("Shape", ["x"], "shape"), Node("Gather", ["shape", "index"], "picked"), Node("Concat", ["picked", "three"], "target", Attributes.Int("axis", 0)),
            Node("Reshape", ["x", "target"], "y")));
        Assert.Equal(new Reshape([4, 2, 3]), Assert.Single(graph.Nodes).Op);
    }

    [Fact]
    public void Gemm_transposes_constants_at_once_and_leaves_integers_under_their_dequantisation()
    {
        AttributeProto transB = Attributes.Int("transB", 1);
        Graph plain = Import(Model(
            13, [("x", [N, 3])], [("w", Dyadic.Tensor.From([1f, 2, 3, 4, 5, 6], Shape.Of(2, 3))), ("c", Dyadic.Tensor.Vector(10f, 20f))], Node("Gemm", ["x", "w", "c"], "y", transB)));
        Assert.Equal(["MatMul", "Add"], plain.Nodes.Select(n => n.Op.Name));
        Assert.Equal([16f, 35f], new GraphInterpreter(plain).Run([Dyadic.Tensor.Ones(Shape.Of(1, 3))])[0].ToArray<float>());

        Graph quantised = Import(Model(
            13, [("x", [N, 3])], [("w", Dyadic.Tensor.From<sbyte>([1, 2, 3, 4, 5, 6], Shape.Of(2, 3))), ("s", Dyadic.Tensor.Vector(1f, 0.5f)), ("z", Dyadic.Tensor.Vector<sbyte>(0, 0))],
            Node("DequantizeLinear", ["w", "s", "z"], "dw", Attributes.Int("axis", 0)), Node("Gemm", ["x", "dw"], "y", transB)));
        Node used = quantised.ProducerOf(quantised.Nodes[^1].Inputs[1])!;
        Assert.Equal(new DequantizeLinear(1), used.Op);
        Assert.Equal("int8[3, 2]", used.Inputs[0].Type.ToString());
        Assert.Equal([6f, 7.5f], new GraphInterpreter(quantised).Run([Dyadic.Tensor.Ones(Shape.Of(1, 3))])[0].ToArray<float>());
    }

    [Fact]
    public void Automatic_padding_becomes_explicit()
    {
        AttributeProto[] window = [Attributes.Ints("kernel_shape", [3, 3]), Attributes.Ints("strides", [2, 2])];
        foreach ((string auto, Dims pads) in ((string, Dims)[])[("SAME_UPPER", [0, 0, 1, 1]), ("SAME_LOWER", [1, 1, 0, 0]), ("VALID", [0, 0, 0, 0])])
        {
            Graph graph = Import(Model(13, [("x", [N, 1, 6, 6])], [], Node("MaxPool", ["x"], "y", [.. window, Attributes.Text("auto_pad", auto)])));
            Assert.Equal(new MaxPool([3, 3], [2, 2], pads, [1, 1]), graph.Nodes[0].Op);
        }
        OnnxException e = Assert.Throws<OnnxException>(() => Import(Model(
            13, [("x", [N, 1, Dim.Symbol("H"), 6])], [], Node("MaxPool", ["x"], "y", [.. window, Attributes.Text("auto_pad", "SAME_UPPER")]))));
        Assert.Contains("auto_pad needs the size of axis 2", e.Message);
    }

    [Fact]
    public void Attributes_that_became_inputs_are_read_where_the_operator_set_has_them()
    {
        Graph old = Import(Model(11, [("x", [N, 3, 4])], [], Node("ReduceSum", ["x"], "y", Attributes.Ints("axes", [1]), Attributes.Int("keepdims", 0))));
        Graph current = Import(Model(13, [("x", [N, 3, 4])], [("a", Dyadic.Tensor.Vector(1L))], Node("ReduceSum", ["x", "a"], "y", Attributes.Int("keepdims", 0))));
        Assert.Equal(new ReduceSum([1], false), old.Nodes[0].Op);
        Assert.Equal(old.Nodes[0].Op, current.Nodes[0].Op);
        Graph clip = Import(Model(10, [("x", [N])], [], Node("Clip", ["x"], "y", Attributes.Float("min", 0), Attributes.Float("max", 6))));
        Assert.Equal(new Clip(0, 6), clip.Nodes[0].Op);
    }

    [Fact]
    public void Softmax_of_old_operator_sets_runs_over_all_axes_from_the_given_one_on()
    {
        Assert.Equal(new Softmax(1), Import(Model(9, [("x", [N, 10, 1, 1])], [], Node("Softmax", ["x"], "y"))).Nodes[0].Op);
        Assert.Equal(new Softmax(-1), Import(Model(13, [("x", [N, 10, 3])], [], Node("Softmax", ["x"], "y"))).Nodes[0].Op);
        Graph several = Import(Model(9, [("x", [N, 10, Dim.Symbol("T")])], [], Node("Softmax", ["x"], "y")));
        Assert.Equal("[N, 10, T]", several.Outputs[0].Shape.ToString());
        Tensor x = Dyadic.Tensor.Normal(Shape.Of(2, 10, 3), new(4)), expected = x.Reshape(2, 30).Softmax().Reshape(2, 10, 3);
        Assert.InRange(Samples.Distance(expected, new GraphInterpreter(several).Run([x])[0]), 0, 1e-6);
    }

    [Fact]
    public void A_constant_that_would_fill_the_memory_is_refused()
    {
        ModelProto model = Model(
            13, [("x", [N])], [("shape", Dyadic.Tensor.Vector(1L << 20, 1L << 20))], Node("ConstantOfShape", ["shape"], "big"), Node("Add", ["x", "big"], "y"));
        Assert.Contains("too large for a constant", Assert.Throws<OnnxException>(() => Import(model)).Message);
    }
}
