using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Passes;
using Dyadic.Runtime;

namespace Dyadic.Core.Tests.Tensors;

/// <summary>Tensors whose elements are strings.</summary>
public sealed class StringTensorTests
{
    private static readonly string[] Words = ["b", "", "ä", "b", "a", "𝄞"];

    private static Tensor Matrix => Tensor.FromStrings(Words, [2, 3]);

    [Fact]
    public void Strings_come_back_through_views_and_copies()
    {
        Tensor x = Matrix;
        Assert.Equal("string[2, 3]", x.TensorType.ToString());
        Assert.Equal(Words, x.ToStrings());
        Assert.Equal(["b", "b", "", "a", "ä", "𝄞"], x.Transpose().ToStrings());
        Assert.Equal(["a", "𝄞"], x.Slice(1.., 1..).Clone().ToStrings());
        Assert.Equal("𝄞", x.GetString(-1, 2));
        Assert.Equal(["", ""], Tensor.Zeros([2], DType.String).ToStrings());
        Assert.Equal(["", ""], Tensor.Empty([2], DType.String).ToStrings());
        Assert.Empty(Tensor.FromStrings([], [0, 4]).ToStrings());
        Assert.Equal("string[2, 3]\n[[ \"b\",   \"\",  \"ä\"],\n [ \"b\",  \"a\", \"𝄞\"]]", x.ToString());
    }

    // By code points: a surrogate pair stands above U+FFFD, though its first half is below.
    [Fact]
    public void Codes_ascend_as_code_points_do()
    {
        string[] ascending = ["", "A", "AA", "B", "a", "ä", "\uD7FF", "\uE000", "\uFFFD", "𐀀", "𝄞", "𝄞a"];
        (StringTable table, int[] codes) = StringTable.Of([.. ascending.Reverse()]);
        Assert.Equal(ascending, table.Span.ToArray());
        Assert.Equal(Enumerable.Range(0, ascending.Length).Reverse(), codes);
        Assert.Equal([3, -1, 0], table.CodesOf(["B", "C", ""]));
    }

    [Fact]
    public void What_needs_numbers_refuses_strings()
    {
        Tensor x = Matrix;
        Assert.Contains("holds String, not Int32", Assert.Throws<InvalidOperationException>(() => x.ToArray<int>()).Message);
        Assert.Throws<InvalidOperationException>(() => x.AsSpan<int>().Length);
        Assert.Throws<InvalidOperationException>(x.ToBytes);
        Assert.Throws<InvalidOperationException>(() => x.CopyFrom(x));
        Assert.Throws<InvalidOperationException>(() => Tensor.Full([1], 1, DType.String));
        Assert.Throws<InvalidOperationException>(() => Tensor.Create(Shape.Of(1), DType.String, 0, (_, _) => { }));
        Assert.Throws<InvalidOperationException>(() => x.RequiresGrad = true);
        Assert.Contains("holds Float32, not strings", Assert.Throws<InvalidOperationException>(Tensor.Zeros([1]).ToStrings).Message);
        Assert.Throws<ShapeException>(() => Tensor.FromStrings(["a"], [2]));
        Assert.Contains("string 1 holds half of a surrogate pair", Assert.Throws<ArgumentException>(() => Tensor.FromStrings(["a", "b\uD834"], [2])).Message);
    }

    [Fact]
    public void Strings_count_against_the_budget_of_a_run()
    {
        using RunMeter meter = RunMeter.Begin(new RunBudget { ArenaBytes = 1 << 12 })!;
        Tensor few = Tensor.FromStrings([new string('x', 1000)], [1]);
        Assert.InRange(meter.Bytes, 2000, 1 << 12);
        Assert.Throws<BudgetException>(() => Tensor.FromStrings([new string('y', 1100)], [1]));
        Assert.Throws<BudgetException>(() => Tensor.Zeros([100], DType.Int8).Cast(DType.String));
        GC.KeepAlive(few);
    }

    [Fact]
    public void A_plan_says_that_it_has_no_place_for_strings()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("words", new(DType.String, [3]));
        b.Output(b.Add("twice", new Concat(0), x, x));
        Graph graph = b.Build();
        Assert.Contains("'words' holds strings", Assert.Throws<PlanException>(() => graph.Compile()).Message);
        Assert.Equal(["a", "b", "c", "a", "b", "c"], new GraphInterpreter(graph).Run([Tensor.FromStrings(["a", "b", "c"], [3])])[0].ToStrings());
    }

    // "a" and "b" have the same code, each in its own table.
    [Fact]
    public void Constants_are_the_same_where_their_strings_are()
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.String, [1]));
        Value[] y = [.. ((string[])["a", "b", "b"]).Select((s, i) => b.Add($"n{i}", new Concat(0), x, b.Constant($"c{i}", Tensor.FromStrings([s], [1]))))];
        b.Output(b.Add("all", new Concat(0), y));
        Graph graph = new EliminateCommonSubexpressions().Run(b.Build());
        Assert.Equal(3, graph.Nodes.Count);
        Assert.Equal(["z", "a", "z", "b", "z", "b"], new GraphInterpreter(graph).Run([Tensor.FromStrings(["z"], [1])])[0].ToStrings());
    }
}
