using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Ir.Text;

public sealed class GraphFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dyadic").FullName;

    private string At(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_graph_survives_files_with_constants_of_every_type()
    {
        GraphBuilder b = new("g");
        foreach (DType type in Enum.GetValues<DType>()) b.Output(b.Constant($"{type}", Tensor.From([.. Enumerable.Range(0, 40).Select(i => (double)(i % 8))], [40]).Cast(type)));
        Graph graph = b.Build();
        Assert.Equal([At("m.graph"), At("m.safetensors")], GraphFile.Write(graph, At("m.graph")));
        Graph back = GraphFile.Read(At("m.graph"));
        Assert.Equal(graph.ToText(), back.ToText());
        Assert.Null(TextRoundTrip.Difference(graph, back, []));
        Assert.Throws<IOException>(() => GraphFile.Write(graph, At("m.graph")));
        byte[] text = File.ReadAllBytes(At("m.graph")), constants = File.ReadAllBytes(At("m.safetensors"));
        GraphFile.Write(back, At("m.graph"), overwrite: true);
        Assert.Equal(text, File.ReadAllBytes(At("m.graph")));
        Assert.Equal(constants, File.ReadAllBytes(At("m.safetensors")));
    }

    [Fact]
    public void What_needs_no_constants_beside_it_has_no_file_of_them()
    {
        GraphBuilder b = new("g");
        b.Output(b.Add("y", new Mul(), b.Input("x", new(DType.Float32, [2])), b.Constant("c", Tensor.Ones([40, 2]))));
        Assert.Equal([At("m.txt")], GraphFile.Write(b.Build(), At("m.txt"), new() { Inline = 80 }));
        Assert.Equal([40, 2], GraphFile.Read(At("m.txt")).Constants.Single().Shape.ToArray());
        Assert.Throws<ArgumentException>(() => GraphFile.Write(b.Build(), At("m.safetensors")));
    }

    [Fact]
    public void What_is_wrong_with_a_file_is_said_with_its_name()
    {
        GraphBuilder b = new("g");
        b.Output(b.Constant("c", Tensor.Ones([40])));
        GraphFile.Write(b.Build(), At("m.graph"));
        File.Delete(At("m.safetensors"));
        Assert.Contains("m.graph, line 2, column", Assert.Throws<GraphTextException>(() => GraphFile.Read(At("m.graph"))).Message);
        File.WriteAllBytes(At("m.graph"), [.. "graph g"u8, 0xFF]);
        Assert.Contains("the file is not UTF-8 text", Assert.Throws<GraphTextException>(() => GraphFile.Read(At("m.graph"))).Message);
        Assert.Equal("LoadBudget.Bytes", Assert.Throws<BudgetException>(() => GraphFile.Read(At("m.graph"), new() { Budget = new() { Bytes = 7 } })).Limit);
    }

    [Theory]
    [InlineData("graph g() { return }", true)]
    [InlineData("\r\n  // note", true)]
    [InlineData("\uFEFFgraph", true)]
    [InlineData("graf", false)]
    [InlineData("\b\b\u0012", false)]
    [InlineData("g", false)]
    [InlineData("", false)]
    public void A_file_of_text_is_known_by_its_start(string content, bool isText)
    {
        File.WriteAllText(At("m"), content);
        Assert.Equal(isText, GraphFile.IsText(At("m")));
    }
}
