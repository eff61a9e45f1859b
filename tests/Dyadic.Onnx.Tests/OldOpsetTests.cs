using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using static Dyadic.Onnx.Tests.Protos;

namespace Dyadic.Onnx.Tests;

/// <summary>Files of operator sets 1 to 6, read as those versions meant them.</summary>
public class OldOpsetTests
{
    private static float[] Run(ModelProto model, params Tensor[] inputs) => new GraphInterpreter(Import(model)).Run(inputs)[0].ToArray<float>();

    [Fact]
    public void Operands_are_aligned_from_the_given_axis()
    {
        Tensor x = Dyadic.Tensor.Zeros(Shape.Of(1, 2, 3)), b = Dyadic.Tensor.Vector(10f, 20f);
        NodeProto add = Node("Add", ["x", "b"], "y", Attributes.Int("broadcast", 1), Attributes.Int("axis", 1));
        Assert.Equal([10f, 10, 10, 20, 20, 20], Run(Model(6, [("x", [N, 2, 3])], [("b", b)], add), x));
        NodeProto last = Node("Sub", ["x", "b"], "y", Attributes.Int("broadcast", 1));
        Assert.Equal([-10f, -20, -10, -20], Run(Model(6, [("x", [N, 2, 2])], [("b", b)], last), Dyadic.Tensor.Zeros(Shape.Of(1, 2, 2))));
        OnnxException e = Assert.Throws<OnnxException>(() => Import(Model(6, [("x", [4, 2])], [("b", b)], Node("Mul", ["x", "b"], "y"))));
        Assert.Contains("without 'broadcast'", e.Message);
        e = Assert.Throws<OnnxException>(() => Import(Model(6, [("x", [4, 2])], [("b", b)], Node("Mul", ["x", "b"], "y", Attributes.Int("broadcast", 1), Attributes.Int("axis", 2)))));
        Assert.Contains("does not fit", e.Message);
    }

    [Fact]
    public void Slopes_belong_to_channels()
    {
        ModelProto model = Model(6, [("x", [N, 2, 2])], [("s", Dyadic.Tensor.Vector(0.5f, 0.25f))], Node("PRelu", ["x", "s"], "y"));
        Assert.Equal([-0.5f, -0.5f, -0.25f, -0.25f], Run(model, -Dyadic.Tensor.Ones(Shape.Of(1, 2, 2))));
    }

    [Fact]
    public void What_are_inputs_today_were_attributes()
    {
        Graph reshape = Import(Model(1, [("x", [N, 2, 3])], [], Node("Reshape", ["x"], "y", Attributes.Ints("shape", [0, -1]), Attributes.Ints("consumed_inputs", [0]))));
        Assert.Equal(new Reshape([0, -1]), reshape.Nodes[0].Op);
        Graph pad = Import(Model(1, [("x", [1, 2])], [], Node("Pad", ["x"], "y", Attributes.Ints("paddings", [0, 1, 0, 2]), Attributes.Float("value", 3))));
        Assert.Equal(new Pad([0, 1, 0, 2], Value: 3), pad.Nodes[0].Op);
        Graph cast = Import(Model(1, [("x", [N])], [], Node("Cast", ["x"], "y", Attributes.Text("to", "INT32"))));
        Assert.Equal(new Cast(DType.Int32), cast.Nodes[0].Op);
        Graph concat = Import(Model(1, [("x", [N, 2])], [], Node("Concat", ["x", "x"], "y")));
        Assert.Equal(new Concat(1), concat.Nodes[0].Op);
    }

    // (x − mean)/√variance with the statistics of (1, 3) is (−1, 1); with the stored ones, mean 1 and variance 4, it is (0, 1).
    [Theory, InlineData(6, 0, -1), InlineData(6, 1, 0)]
    public void Batch_normalisation_takes_the_statistics_of_the_batch_unless_it_is_a_test(int opset, int isTest, float first)
    {
        (string, Tensor)[] constants = [("s", Dyadic.Tensor.Ones(Shape.Of(1))), ("b", Dyadic.Tensor.Zeros(Shape.Of(1))), ("m", Dyadic.Tensor.Vector(1f)), ("v", Dyadic.Tensor.Vector(4f))];
        NodeProto node = Node("BatchNormalization", ["x", "s", "b", "m", "v"], "y", Attributes.Int("is_test", isTest), Attributes.Float("epsilon", 0));
        Assert.Equal([first, 1f], Run(Model(opset, [("x", [N, 1])], constants, node), Dyadic.Tensor.From([1f, 3], Shape.Of(2, 1))));
    }

    // running = 0.9·1 + 0.1·2 for the mean, 0.9·4 + 0.1·1 for the variance.
    [Fact]
    public void Training_mode_gives_running_statistics()
    {
        (string, Tensor)[] constants = [("s", Dyadic.Tensor.Ones(Shape.Of(1))), ("b", Dyadic.Tensor.Zeros(Shape.Of(1))), ("m", Dyadic.Tensor.Vector(1f)), ("v", Dyadic.Tensor.Vector(4f))];
        NodeProto node = Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y", "mean", "variance"], Attributes.Int("training_mode", 1));
        Graph graph = Import(Model(15, [Info("x", [N, 1])], constants, ["y", "mean", "variance"], node));
        Assert.Equal(["y", "mean", "variance"], graph.Outputs.Select(o => o.Name));
        Tensor[] results = new GraphInterpreter(graph).Run([Dyadic.Tensor.From([1f, 3], Shape.Of(2, 1))]);
        Assert.Equal(1.1, results[1].Item<float>(), 1e-6);
        Assert.Equal(3.7, results[2].Item<float>(), 1e-6);
    }

    // Of 4096 elements kept with probability ¾, n·p = 3072 with a standard error of 27.7; six of them are 166.
    [Fact]
    public void Dropout_in_training_mode_scales_what_its_mask_keeps()
    {
        Tensor x = Dyadic.Tensor.Ones(Shape.Of(4096));
        (string, Tensor)[] constants = [("r", Dyadic.Tensor.Scalar(0.25f)), ("t", Dyadic.Tensor.Ones(Shape.Scalar, DType.Bool))];
        NodeProto node = Node("Dropout", ["x", "r", "t"], ["y", "mask"], Attributes.Int("seed", 3));
        Tensor[] results = new GraphInterpreter(Import(Model(13, [Info("x", [4096])], constants, ["y", "mask"], node))).Run([x]);
        bool[] mask = results[1].ToArray<bool>();
        Assert.InRange(mask.Count(m => m), 3072 - 166, 3072 + 166);
        Assert.Equal(mask.Select(m => m ? (float)(1 / 0.75) : 0), results[0].ToArray<float>());
        Graph test = Import(Model(6, [("x", [N])], [], Node("Dropout", ["x"], "y", Attributes.Int("is_test", 1), Attributes.Float("ratio", 0.5f))));
        Assert.Equal(new Identity(), test.Nodes[0].Op);
    }
}
