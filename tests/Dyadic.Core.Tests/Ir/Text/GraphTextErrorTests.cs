using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Core.Tests.Ir.Text;

/// <summary>Texts that are no graph: each is refused with the place, and what was expected there.</summary>
public sealed class GraphTextErrorTests
{
    [Theory]
    [InlineData("", 1, 1, "expected 'graph', found the end")]
    [InlineData("graph", 1, 6, "expected the name of a graph, found the end")]
    [InlineData("graph g(%x: float32[N]) { return %x } x", 1, 39, "expected the end behind the graph, found 'x'")]
    [InlineData("graph g(%x: real[N]) { return %x }", 1, 13, "expected an element type, such as float32 or int8, found 'real'")]
    [InlineData("graph g(%x: float32[N) { return %x }", 1, 22, "expected ']', found ')'")]
    [InlineData("graph g(%x: float32[99999999999]) { return %x }", 1, 21, "expected a size from 0 to 2147483647, found '99999999999'")]
    [InlineData("graph g(%x: float32[(3|4)]) { return %x }", 1, 21, "3 and 4 do not broadcast")]
    [InlineData("graph g(%x: float32[(2-3)]) { return %x }", 1, 21, "A dimension cannot be -1")]
    [InlineData("graph g(%x: float32[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) { return %x }", 1, 20, "a shape has at most 16 dimensions")]
    [InlineData("graph g(%x: int8[], %x: int8[]) { return %x }", 1, 21, "two values are named \"x\"")]
    [InlineData("graph g(%\"x: int8[]) {\n}", 1, 10, "expected '\"' at the end of this quoted text")]
    [InlineData("graph g(%\"\\q\": int8[]) { return }", 1, 12, "expected one of \" \\ n r t and u")]
    [InlineData("graph g() {\n  meta \"a\" = \"1\"\n  meta \"a\" = \"2\"\n  return\n}", 3, 8, "the key \"a\" occurs twice")]
    [InlineData("graph g() {\n  const %c: int8[2] = [1, 300]\n  return %c\n}", 2, 27, "expected an element of int8, found '300'")]
    [InlineData("graph g() {\n  const %c: int8[3] = [1, 2]\n  return %c\n}", 2, 23, "int8[3] has 3 elements, found 2")]
    [InlineData("graph g() {\n  const %c: int8[2] = 1\n  return %c\n}", 2, 23, "expected '[' and elements, or sha256: and a hash, found '1'")]
    [InlineData("graph g() {\n  const %c: int8[N] = []\n  return %c\n}", 2, 23, "a constant has a known shape, 'c' is int8[N]")]
    [InlineData("graph g() {\n  const %c: int8[2147483647, 2147483647] = []\n  return %c\n}", 2, 44, "at most 2147483647 are supported")]
    [InlineData("graph g() {\n  const %c: string[2] = [\"a\"]\n  return %c\n}", 2, 25, "1 strings do not fill shape [2]")]
    [InlineData("graph g() {\n  const %c: string[] = a\n  return %c\n}", 2, 24, "expected text in quotes, found 'a'")]
    [InlineData("graph g() {\n  const %c: string[1] = [\"\\ud800\"]\n  return %c\n}", 2, 25, "half of a surrogate pair")]
    [InlineData("graph g(%x: string[2]) {\n  %y: string[2] = Neg(%x)\n  return %y\n}", 2, 19, "")]
    [InlineData("graph g() {\n  const %c: int8[99] = sha256:ab\n  return %c\n}", 2, 24, "the constant \"c\" is not among those that lie beside the text")]
    [InlineData("graph g(%x: float32[]) {\n  %y: float32[] = Relux(%x)\n  return %y\n}", 2, 19, "expected an op, found 'Relux'")]
    [InlineData("graph g(%x: float32[]) {\n  %y: float32[] = Relu(%z)\n  return %y\n}", 2, 24, "expected a value that is defined above, found \"z\"")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[4] = Relu(%x)\n  return %y\n}", 2, 3, "'y' is declared float32[4], but its op gives float32[3]")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: int8[3] = Relu(%x)\n  return %y\n}", 2, 3, "'y' is declared int8[3], but its op gives float32[3]")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3], %z: float32[3] = Relu(%x)\n  return %y\n}", 2, 36, "Relu has 1 outputs, found 2")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Add(%x)\n  return %y\n}", 2, 20, "")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Softmax(%x) { Axis = 7 }\n  return %y\n}", 2, 20, "axis 7 does not exist in shape [3]")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Softmax(%x) { Axis = one }\n  return %y\n}", 2, 41, "expected a whole number that fits Int32, found 'one'")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Softmax(%x) { Axes = 1 }\n  return %y\n}", 2, 34, "Softmax has no attribute 'Axes'; it has Axis")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Relu(%x) { Axis = 1 }\n  return %y\n}", 2, 31, "Relu has no attribute 'Axis'; it has none")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Softmax(%x) { Axis = 0, Axis = 0 }\n  return %y\n}", 2, 44, "the attribute Axis occurs twice")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Cast(%x)\n  return %y\n}", 2, 20, "Cast needs the attribute To")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Pad(%x) { Pads = [0, 0], Mode = Wrapped }\n  return %y\n}", 2, 52, "expected one of Constant, Reflect, Edge")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Relu(%x) @a\n  %z: float32[3] = Relu(%x) @a\n  return %y\n}", 3, 29, "two nodes are named \"a\"")]
    [InlineData("graph g(%x: float32[3]) {\n  %y: float32[3] = Relu(%x)\n", 3, 1, "expected a node, which starts with its outputs such as %y: float32[N], or 'return', found the end")]
    [InlineData("graph g(%x: float32[3]) {\n  what\n", 2, 3, "or 'return', found 'what'")]
    public void A_text_that_is_no_graph_is_refused_with_the_place(string text, int line, int column, string reason)
    {
        GraphTextException e = Assert.Throws<GraphTextException>(() => Graph.Parse(text, new() { Source = "g.graph" }));
        Assert.Contains(reason, e.Reason);
        Assert.Equal((line, column), (e.Line, e.Column));
        Assert.StartsWith($"graph: g.graph, line {line}, column {column}: ", e.Message);
    }

    [Fact]
    public void A_constant_beside_the_text_must_be_the_one_that_was_written()
    {
        GraphBuilder b = new("g");
        b.Output(b.Constant("c", Tensor.Ones([40])));
        string text = b.Build().ToText();
        GraphTextException Refused(Tensor c) => Assert.Throws<GraphTextException>(() => Graph.Parse(text, new() { Constants = new Dictionary<string, Tensor> { ["c"] = c } }));
        Assert.Contains("beside the text is another one: its hash is", Refused(Tensor.Zeros([40])).Reason);
        Assert.Contains("\"c\" beside the text is float32[41], float32[40] is expected", Refused(Tensor.Ones([41])).Reason);
    }

    [Fact]
    public void Every_limit_is_kept()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.Float32, [3]));
        for (int i = 0; i < 3; i++) x = b.Add("relu", new Relu(), x);
        b.Output(b.Add("y", new Add(), x, b.Constant("c", Tensor.Ones([3]))));
        string text = b.Build().ToText();
        Assert.Equal(4, Graph.Parse(text, new() { Budget = new() { Nodes = 4, Depth = 2, InitialiserBytes = 12, Bytes = text.Length } }).Nodes.Count);
        Exceeds(new() { Nodes = 3 }, "LoadBudget.Nodes");
        Exceeds(new() { Depth = 1 }, "LoadBudget.Depth");
        Exceeds(new() { InitialiserBytes = 11 }, "LoadBudget.InitialiserBytes");
        Exceeds(new() { Bytes = text.Length - 1 }, "LoadBudget.Bytes");
        Exceeds(new() { Time = TimeSpan.Zero }, "LoadBudget.Time");
        void Exceeds(LoadBudget budget, string limit) => Assert.Equal(limit, Assert.Throws<BudgetException>(() => Graph.Parse(text, new() { Budget = budget })).Limit);
    }

    [Fact]
    public void Nesting_ends_before_the_stack_does()
    {
        string graphs = string.Concat(Enumerable.Repeat("graph g(%c: bool[]) { %y: bool[] = If(%c) { Then = ", 100_000));
        Assert.Equal("LoadBudget.Depth", Assert.Throws<BudgetException>(() => Graph.Parse(graphs)).Limit);
        string dims = "graph g(%x: float32[" + new string('(', 100_000);
        Assert.Contains("more than 100 others in each other", Assert.Throws<GraphTextException>(() => Graph.Parse(dims)).Reason);
    }
}
