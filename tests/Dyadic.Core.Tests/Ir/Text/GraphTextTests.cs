using Dyadic.Core.Tests.Lowering.Random;
using Dyadic.Ir;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;
using Dyadic.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Dyadic.Core.Tests.Ir.Text;

/// <summary>The text of graphs: what it looks like, and that a graph is read from it which is equal and computes the same bits.</summary>
public sealed class GraphTextTests
{
    private static readonly Dim N = Dim.Symbol("N");

    public static TheoryData<string> Networks => [.. NetworkCatalog.All.Select(n => n.Name)];

    [Fact]
    public void A_graph_looks_like_this()
    {
        GraphBuilder b = new("example");
        Value x = b.Input("x", new(DType.Float32, [N, 1, 4]));
        Value w = b.Constant("w", Tensor.Full([4, 16], 0.5)), shift = b.Constant("shift", Tensor.From(new float[] { 1, -0.5f, 0.1f }, [3, 1]));
        Value y = b.Add("product", new MatMul(), x, w);
        Node parts = b.AddNode("halves", new Split(-1, [8, 8]), [y], ["left", "a half/0:1"]);
        Value padded = b.Add("padded", new Pad([0, 1, 0, 0, 1, 0], PadMode.Edge), parts.Outputs[1]);
        b.Output(b.Add("y", new Clip(null, 1.5), b.Add("sum", new Add(), padded, shift)));
        b.Output(parts.Outputs[0]);
        b.Metadata("note", "two\nlines");
        Assert.Equal(
            """
            graph example(%x: float32[N, 1, 4]) {
              meta "note" = "two\nlines"
              const %w: float32[4, 16] = sha256:d2b4b0a4b5e0
              const %shift: float32[3, 1] = [1, -0.5, 0.1]
              %product: float32[N, 1, 16] = MatMul(%x, %w)
              %left: float32[N, 1, 8], %"a half/0:1": float32[N, 1, 8] = Split(%product) { Axis = -1, Sizes = [8, 8] } @halves
              %padded: float32[N, 3, 8] = Pad(%"a half/0:1") { Pads = [0, 1, 0, 0, 1, 0], Mode = Edge, Value = 0 }
              %sum: float32[N, 3, 8] = Add(%padded, %shift)
              %y: float32[N, 3, 8] = Clip(%sum) { Low = none, High = 1.5 }
              return %y, %left
            }

            """.ReplaceLineEndings("\n"), b.Build().ToText().Replace(GraphPrinter.HashOf(w.Constant!), "d2b4b0a4b5e0", StringComparison.Ordinal));
    }

    [Fact]
    public void The_example_of_the_page_is_read()
    {
        string page = File.ReadAllText(Repository.At("docs/graph-text.md")).ReplaceLineEndings("\n"), example = page.Split("```\n")[1];
        Graph graph = Graph.Parse(example, new() { Constants = new Dictionary<string, Tensor> { ["w"] = Tensor.Full([4, 16], 0.5) } });
        Assert.Equal(example[(example.IndexOf('\n', StringComparison.Ordinal) + 1)..], graph.ToText());
    }

    [Fact]
    public void Graphs_inside_of_nodes_and_constants_of_every_type_survive()
    {
        Graph graph = Nested();
        Assert.Null(TextRoundTrip.Change(graph, [Tensor.Scalar(1, DType.Bool), Tensor.From([1f, 2, 3], [3])]));
        Assert.Equal(graph.ToText(), TextRoundTrip.Of(graph, new() { Inline = 0 }).ToText());
        Assert.Equal(graph.ToText(), Graph.Parse(graph.ToText(new() { Inline = int.MaxValue })).ToText());
    }

    [Fact]
    public void Constants_of_one_name_in_several_graphs_get_names_of_their_own_beside_the_text()
    {
        IReadOnlyDictionary<string, Tensor> constants = Nested().TextConstants();
        Assert.Equal(["large", "large_1"], constants.Keys.Where(k => k.StartsWith("large", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.NotEqual(constants["large"].ToBytes(), constants["large_1"].ToBytes());
    }

    [Theory, MemberData(nameof(Networks))]
    public void A_built_in_network_survives(string name)
    {
        Shape image = name == "mlp" ? [1, 6, 6] : [3, 32, 32];
        Graph graph = NetworkCatalog.Find(name).Create(image, 10, new(1)).Trace(image, name);
        Tensor[]? x = name == "resnet18" ? null : [Tensor.Normal([2, .. image], new(2))];
        Assert.Null(TextRoundTrip.Change(graph, x));
    }

    [Fact]
    public void A_recurrent_module_survives()
    {
        Lstm lstm = new(3, 4, new(1));
        Graph graph = lstm.Trace([5, 3]);
        Assert.Null(TextRoundTrip.Change(graph, [Tensor.Normal([2, 5, 3], new(2))]));
    }

    [Fact]
    public void Random_graphs_survive() => Prop.ForAll(ArbMap.Default.ArbFor<uint>(), seed =>
    {
        RandomFloatGraph floats = new(seed);
        RandomCodeGraph codes = new(seed);
        return TextRoundTrip.Change(floats.Graph, [.. floats.Inputs]) is null && TextRoundTrip.Change(codes.Graph, [.. codes.Inputs]) is null;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_names_texts_and_derived_sizes_survive() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>[]>(), ArbMap.Default.ArbFor<int[]>(), (names, numbers) =>
    {
        string[] all = [.. names.Select(n => n.Get), "a//b", "", "9", "\u2028\uD800\"\\", "x: float32[3]"];
        GraphBuilder b = new(all[0]);
        Dim d = Dim.Symbol(all[^1]);
        foreach (int n in numbers) d = (n % 5) switch { 0 => d + Dim.Symbol(all[Math.Abs(n % all.Length)]), 1 => 7 - d, 2 => d * (Math.Abs(n % 9) + 2), 3 => d / 3, _ => Dim.Broadcast(d, Dim.Symbol("k")) };
        Value y = b.Input(all[0], new(DType.Float32, [d, 2]));
        foreach (string name in all)
        {
            y = b.AddNode(name, new Concat(0), [y, y], [name + "'"]).Output;
            b.Metadata(name, name);
        }
        b.Output(b.Add("z", new NonZero(all[^1]), y));
        Graph graph = b.Build(), back = TextRoundTrip.Of(graph);
        return graph.ToText() == back.ToText() && back.Nodes.Zip(graph.Nodes).All(p => p.First.Name == p.Second.Name && p.First.Output.Type == p.Second.Output.Type && SameParts(p.First.Output.Shape, p.Second.Output.Shape));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_has_a_default_may_be_left_out_and_comments_are_skipped()
    {
        Graph graph = Graph.Parse(
            """
            // by hand
            graph g ( %x : float32[(N*2), (2+3)] ) {
              %y: float32[(N*2), "5"] = Softmax(%x)   // Axis = -1
              %z: float32["any", 5] = Softmax(%y) { Axis = 1 } @last
              return %z }
            """);
        Assert.Equal(new Softmax(-1), graph.Nodes[0].Op);
        Assert.Equal("last", graph.Nodes[1].Name);
        Assert.Equal([N * 2, 5], graph.Inputs[0].Shape);
        Assert.Equal((N, '*', (Dim)2), graph.Inputs[0].Shape[0].Parts);
        Assert.Equal(Dim.Symbol("5"), graph.Nodes[0].Output.Shape[1]);
    }

    [Fact]
    public void The_hash_is_that_of_what_the_graph_computes()
    {
        Graph With(float w, string note, string name = "x")
        {
            GraphBuilder b = new("g");
            b.Output(b.Add("y", new Mul(), b.Input(name, new(DType.Float32, [N])), b.Constant("w", Tensor.Full([1, 100], w))));
            b.Metadata("note", note);
            return b.Build();
        }
        string hash = With(1, "a").TextHash();
        Assert.Equal(64, hash.Length);
        Assert.Equal(hash, With(1, "b").TextHash());
        Assert.NotEqual(hash, With(MathF.BitIncrement(1), "a").TextHash());
        Assert.NotEqual(hash, With(1, "a", "x2").TextHash());
    }

    private static bool SameParts(Shape a, Shape b) => a.Zip(b).All(p => p.First.Parts is null == p.Second.Parts is null);

    // If inside of a Scan and a Loop beside it, with constants of every element type.
    private static Graph Nested()
    {
        Graph Branch(string name, double value, Op op)
        {
            GraphBuilder b = new(name);
            Value x = b.Input("x", new(DType.Float32, [])), large = b.Constant("large", Tensor.Full([40], value));
            b.Output(b.Add("y", op, x, b.Add("most", new ReduceMax([0], false), large)));
            return b.Build();
        }
        GraphBuilder body = new("body");
        Value state = body.Input("state", new(DType.Float32, [])), slice = body.Input("slice", new(DType.Float32, [])), go = body.Input("go", new(DType.Bool, []));
        Value chosen = body.Add("chosen", new If(Branch("then", 2, new Mul()), Branch("else", 3, new Add()), "a \"label\""), go, slice);
        body.Output(body.Add("sum", new Add(), state, chosen));
        body.Output(chosen);
        GraphBuilder b = new("nested");
        Value condition = b.Input("condition", new(DType.Bool, [])), x = b.Input("x", new(DType.Float32, [N])), zero = b.Constant("zero", Tensor.Scalar(0));
        Node scan = b.AddNode("scan", new Scan(body.Build(), 1, [0], [1], [0], [0]), [zero, x, condition], null);
        foreach (Value y in scan.Outputs) b.Output(y);
        b.Output(b.Add("words", new StringNormalizer(LetterCase.Upper, true, ["a", "\"b\n"]), b.Constant("texts", Tensor.FromStrings([.. Enumerable.Range(0, 50).Select(i => $"ß\"{i}\n")], [50]))));
        foreach (DType type in Enum.GetValues<DType>())
        {
            b.Output(b.Constant($"few.{type}", Tensor.From([0.0, 1, 0, 1], [2, 2]).Cast(type)));
            b.Output(b.Constant($"many.{type}", Tensor.From([.. Enumerable.Range(0, 48).Select(i => (double)(i % 7))], [48]).Cast(type)));
            b.Output(b.Constant($"none.{type}", Tensor.Zeros([0, 3], type)));
        }
        return b.Build();
    }
}
