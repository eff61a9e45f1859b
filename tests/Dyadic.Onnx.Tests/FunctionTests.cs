using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using Dyadic.Runtime;
using Google.Protobuf;
using static Dyadic.Onnx.Tests.Protos;
using Kind = Dyadic.Onnx.Wire.AttributeProto.Types.AttributeType;

namespace Dyadic.Onnx.Tests;

/// <summary>Functions that a file defines become their nodes.</summary>
public class FunctionTests
{
    [Fact]
    public void A_call_becomes_the_nodes_of_the_function_under_names_of_its_own()
    {
        ModelProto model = With(Model(17, [("x", [N, 3])], [], Call("own.Twice", ["x"], "a"), Call("own.Twice", ["a"], "y")), Twice());
        Graph graph = Import(model);
        Assert.Equal(["twice/add", "twice/add_1"], graph.Nodes.Select(n => n.Name));
        Assert.All(graph.Nodes, n => Assert.Equal(new Add(), n.Op));
        Assert.Equal("[N, 3]", graph.Outputs[0].Shape.ToString());
        Assert.Equal([4f, 8f, -12f], new GraphInterpreter(graph).Run([Dyadic.Tensor.From([1f, 2, -3], Shape.Of(1, 3))])[0].ToArray<float>());
    }

    [Fact]
    public void Attributes_come_from_the_call_or_from_the_default()
    {
        FunctionProto leaky = Function("Leaky", ["x"], ["y"], WithReference(Node("LeakyRelu", ["x"], "y"), "alpha", "slope", Kind.Float));
        leaky.AttributeProto.Add(Attributes.Float("slope", 0.25));
        Assert.Equal(new LeakyRelu(0.25f), Import(With(Model(17, [("x", [N])], [], Call("own.Leaky", ["x"], "y")), leaky)).Nodes[0].Op);
        Assert.Equal(new LeakyRelu(0.5f), Import(With(Model(17, [("x", [N])], [], Call("own.Leaky", ["x"], "y", Attributes.Float("slope", 0.5))), leaky)).Nodes[0].Op);

        FunctionProto bare = Function("Bare", ["x"], ["y"], WithReference(Node("LeakyRelu", ["x"], "y"), "alpha", "slope", Kind.Float));
        bare.Attribute.Add("slope");
        Assert.Equal(new LeakyRelu(0.01f), Import(With(Model(17, [("x", [N])], [], Call("own.Bare", ["x"], "y")), bare)).Nodes[0].Op);
        Assert.Contains("no attribute 'slop'", Refusal(With(Model(17, [("x", [N])], [], Call("own.Bare", ["x"], "y", Attributes.Float("slop", 0.5))), bare)));
    }

    [Fact]
    public void A_function_has_an_operator_set_of_its_own()
    {
        // Before opset 13 the axes of a sum were an attribute.
        FunctionProto sum = Function("Rows", ["x"], ["y"], Node("ReduceSum", ["x"], "y", Attributes.Ints("axes", [1]), Attributes.Int("keepdims", 0)));
        sum.OpsetImport[0].Version = 11;
        ModelProto model = With(Model(17, [("x", [N, 4])], [("axis", Dyadic.Tensor.Vector(1L))], Call("own.Rows", ["x"], "s"), Node("Unsqueeze", ["s", "axis"], "y")), sum);
        Assert.Equal([new ReduceSum([1], false), new Unsqueeze([1])], Import(model).Nodes.Select(n => n.Op));
        sum.OpsetImport[0].Version = 99;
        Assert.Contains("function 'Rows' has opset 99", Refusal(With(Model(17, [("x", [N, 4])], [], Call("own.Rows", ["x"], "y")), sum)));
    }

    [Fact]
    public void Functions_call_each_other_but_not_themselves()
    {
        FunctionProto four = Function("Four", ["x"], ["y"], Call("own.Twice", ["x"], "t"), Call("own.Twice", ["t"], "y"));
        Graph graph = Import(With(Model(17, [("x", [N])], [], Call("own.Four", ["x"], "y")), Twice(), four));
        Assert.Equal([12f], new GraphInterpreter(graph).Run([Dyadic.Tensor.Vector(3f)])[0].ToArray<float>());

        FunctionProto a = Function("A", ["x"], ["y"], Call("own.B", ["x"], "y")), b = Function("B", ["x"], ["y"], Call("own.A", ["x"], "y"));
        Assert.Contains("function 'A' calls itself: A → B → A", Refusal(With(Model(17, [("x", [N])], [], Call("own.A", ["x"], "y")), a, b)));
    }

    [Fact]
    public void Functions_that_double_are_stopped_before_they_fill_the_memory()
    {
        FunctionProto[] doubling = [.. Enumerable.Range(1, 40).Select(i => Function($"F{i}", ["x"], ["y"], Call($"own.F{i - 1}", ["x"], "t"), Call($"own.F{i - 1}", ["t"], "y"))), Function("F0", ["x"], ["y"], Node("Neg", ["x"], "y"))];
        ModelProto model = With(Model(17, [("x", [N])], [], Call("own.F40", ["x"], "y")), doubling);
        Assert.Contains("functions become more than 1000 nodes", Assert.Throws<BudgetException>(() => OnnxModel.Import(model.ToByteArray(), new() { Budget = new() { Nodes = 1000 } })).Message);
        FunctionProto[] deep = [.. Enumerable.Range(1, 100).Select(i => Function($"F{i}", ["x"], ["y"], Call($"own.F{i - 1}", ["x"], "y"))), Function("F0", ["x"], ["y"], Node("Neg", ["x"], "y"))];
        Assert.Contains("more than 64 deep", Refusal(With(Model(17, [("x", [N])], [], Call("own.F100", ["x"], "y")), deep)));
    }

    [Fact]
    public void A_graph_inside_of_a_function_reads_its_names()
    {
        GraphProto then = Branch(Node("Mul", ["x", "k"], "t"), "t"), otherwise = Branch(Node("Neg", ["x"], "t"), "t");
        NodeProto choice = Node("If", ["c"], "y", new() { Name = "then_branch", Type = Kind.Graph, G = then }, new AttributeProto { Name = "else_branch", Type = Kind.Graph, G = otherwise });
        FunctionProto choose = Function("Choose", ["c", "x"], ["y"], Node("Add", ["x", "x"], "k"), choice);
        ModelProto model = Model(17, [Info("condition", [], Dyadic.Numerics.DType.Bool), Info("v", [2])], [], ["y"], Call("own.Choose", ["condition", "v"], "u"), Call("own.Choose", ["condition", "u"], "y"));
        Graph graph = Import(With(model, choose));
        Tensor v = Dyadic.Tensor.Vector(2f, -3f);
        Assert.Equal([128f, 648f], new GraphInterpreter(graph).Run([Dyadic.Tensor.From([true], Shape.Scalar), v])[0].ToArray<float>());      // u = 2v², y = 2u²
        Assert.Equal([2f, -3f], new GraphInterpreter(graph).Run([Dyadic.Tensor.From([false], Shape.Scalar), v])[0].ToArray<float>());
    }

    [Fact]
    public void What_a_call_leaves_out_is_left_out_within()
    {
        FunctionProto clip = Function("Bound", ["x", "low", "high"], ["y", "x"], Node("Clip", ["x", "low", "high"], "y"));
        ModelProto model = Model(17, [Info("x", [N])], [("six", Dyadic.Tensor.Scalar(6f))], ["y", "z"], Call("own.Bound", ["x", "", "six"], ["y", "z"]));
        Graph graph = Import(With(model, clip));
        Assert.Equal([new Clip(null, 6), new Identity()], graph.Nodes.Select(n => n.Op));
        Assert.Contains("has 3 inputs and 2 outputs, the call 4 and 1", Refusal(With(Model(17, [("x", [N])], [], Call("own.Bound", ["x", "", "", "x"], "y")), clip)));
    }

    [Fact]
    public void A_function_hides_an_operator_and_an_overload_hides_nothing()
    {
        FunctionProto relu = Function("Relu", ["x"], ["y"], Node("Neg", ["x"], "y"));
        relu.Domain = "";
        Assert.Equal(new Neg(), Import(With(Model(17, [("x", [N])], [], Node("Relu", ["x"], "y")), relu)).Nodes[0].Op);
        relu.Overload = "other";
        Assert.Equal(new Relu(), Import(With(Model(17, [("x", [N])], [], Node("Relu", ["x"], "y")), relu)).Nodes[0].Op);
    }

    private static FunctionProto Twice() => Function("Twice", ["x"], ["y"], Node("Add", ["x", "x"], "y"));

    private static FunctionProto Function(string name, string[] inputs, string[] outputs, params NodeProto[] nodes)
    {
        FunctionProto function = new() { Name = name, Domain = "own" };
        function.Input.Add(inputs);
        function.Output.Add(outputs);
        function.Node.Add(nodes);
        function.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        return function;
    }

    private static NodeProto Call(string op, string[] inputs, string output, params AttributeProto[] attributes) => Call(op, inputs, [output], attributes);

    private static NodeProto Call(string op, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        NodeProto call = Node(op, inputs, outputs, attributes);
        call.Name = call.OpType.ToLowerInvariant();
        return call;
    }

    private static NodeProto WithReference(NodeProto node, string attribute, string reference, Kind kind)
    {
        node.Attribute.Add(new AttributeProto { Name = attribute, RefAttrName = reference, Type = kind });
        return node;
    }

    private static GraphProto Branch(NodeProto node, string output)
    {
        GraphProto graph = new() { Name = node.Name };
        graph.Node.Add(node);
        graph.Output.Add(new ValueInfoProto { Name = output });
        return graph;
    }

    private static ModelProto With(ModelProto model, params FunctionProto[] functions)
    {
        model.Functions.Add(functions);
        return model;
    }

    private static string Refusal(ModelProto model) => Assert.Throws<OnnxException>(() => OnnxModel.Import(model.ToByteArray())).Message;
}
